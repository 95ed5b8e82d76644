-- Which indexes a conflict target means.
CREATE TABLE inf (id int, name text, state int, note text);
CREATE UNIQUE INDEX inf_active ON inf (id) WHERE state > 5;
CREATE UNIQUE INDEX inf_lower ON inf (lower(name));
INSERT INTO inf VALUES (1, 'One', 10, 'first');
INSERT INTO inf VALUES (1, 'Two', 10, 'second') ON CONFLICT (id) WHERE state > 5 DO UPDATE SET note = excluded.note;
INSERT INTO inf VALUES (1, 'Two', 10, 'third') ON CONFLICT (id) WHERE state > 7 DO UPDATE SET note = excluded.note;
INSERT INTO inf VALUES (1, 'Two', 10, 'fourth') ON CONFLICT (id) WHERE state = 6 AND id > 0 DO UPDATE SET note = excluded.note;
SELECT * FROM inf ORDER BY note;
-- These do not imply the predicate.
INSERT INTO inf VALUES (1, 'Two', 10, 'x') ON CONFLICT (id) WHERE state > 3 DO NOTHING;
INSERT INTO inf VALUES (1, 'Two', 10, 'x') ON CONFLICT (id) DO NOTHING;
INSERT INTO inf VALUES (1, 'Two', 10, 'x') ON CONFLICT (id) WHERE state > 5 OR id = 1 DO NOTHING;
INSERT INTO inf VALUES (1, 'Two', 10, 'x') ON CONFLICT (id) WHERE state > 6 OR state = 9 DO NOTHING;
-- A row that the index leaves out conflicts with nothing.
INSERT INTO inf VALUES (1, 'Three', 1, 'out') ON CONFLICT (id) WHERE state > 5 DO NOTHING;
-- Expressions.
INSERT INTO inf VALUES (2, 'ONE', 0, 'by name') ON CONFLICT (lower(name)) DO UPDATE SET note = excluded.note, name = excluded.name;
INSERT INTO inf VALUES (2, 'ONE', 0, 'x') ON CONFLICT (upper(name)) DO NOTHING;
INSERT INTO inf VALUES (2, 'tWO', 0, 'new') ON CONFLICT (lower(name)) WHERE state = 2 DO NOTHING;
SELECT * FROM inf ORDER BY note;
CREATE UNIQUE INDEX inf_both ON inf (lower(note), id);
INSERT INTO inf VALUES (2, 'another', 0, 'NEW') ON CONFLICT (id, lower(note)) DO UPDATE SET state = 99;
SELECT * FROM inf ORDER BY note;
CREATE UNIQUE INDEX inf_null ON inf (state) WHERE note IS NOT NULL;
INSERT INTO inf VALUES (9, 'n', 99, 'nn') ON CONFLICT (state) WHERE note = 'q' DO NOTHING;
INSERT INTO inf VALUES (9, 'n', 99, 'nn') ON CONFLICT (state) WHERE note IS NULL DO NOTHING;
DROP TABLE inf;
