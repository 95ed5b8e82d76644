-- Values that do not fit a page are kept out of line; nothing of it shows.
CREATE TABLE large (id int PRIMARY KEY, name text, body text, data bytea, n int DEFAULT 0);
INSERT INTO large (id, name, body) VALUES (1, 'one', repeat('abc', 100000)), (2, 'two', NULL), (3, 'three', repeat('x', 5000));
INSERT INTO large (id, name, body, data) SELECT g, 'row ' || g, string_agg(md5((g * 1000 + i)::text), '' ORDER BY i), decode(string_agg(md5(i::text), '' ORDER BY i), 'hex')
FROM generate_series(4, 8) g, generate_series(1, 1000) i GROUP BY g;
SELECT id, name, length(body), md5(body), length(data), md5(data), n FROM large ORDER BY id;
-- What an update leaves alone stays; what it changes is read back.
UPDATE large SET n = n + 1;
UPDATE large SET name = name || '!' WHERE id % 2 = 1;
UPDATE large SET body = body || 'tail' WHERE id IN (1, 5);
UPDATE large SET data = NULL WHERE id = 6;
SELECT id, name, length(body), md5(body), length(data), md5(data), n FROM large ORDER BY id;
SELECT id FROM large WHERE body LIKE '%tail' ORDER BY id;
SELECT id, left(body, 3), right(body, 3) FROM large WHERE n = 1 AND id < 4 ORDER BY id;
-- Rolled back, nothing is left.
BEGIN;
UPDATE large SET body = repeat('y', 200000);
SAVEPOINT s;
DELETE FROM large WHERE id > 4;
INSERT INTO large (id, body) VALUES (99, repeat('z', 30000));
SELECT count(*), sum(length(body)) FROM large;
ROLLBACK TO s;
SELECT count(*), sum(length(body)) FROM large;
ROLLBACK;
SELECT count(*), sum(length(body)), md5(string_agg(body, '' ORDER BY id)) FROM large;
-- Returned, in conflicts, in errors.
UPDATE large SET n = 7 WHERE id = 4 RETURNING id, length(body), md5(data);
DELETE FROM large WHERE id = 8 RETURNING id, length(body), name;
INSERT INTO large (id, body) VALUES (4, 'new') ON CONFLICT (id) DO UPDATE SET name = excluded.body, n = large.n + 1 RETURNING id, name, length(large.body), n;
INSERT INTO large (id, body) VALUES (4, repeat('w', 9000)) ON CONFLICT (id) DO UPDATE SET body = excluded.body RETURNING id, name, length(body), length(data);
INSERT INTO large (id, body) VALUES (4, repeat('w', 9000)) ON CONFLICT DO NOTHING;
ALTER TABLE large ADD CONSTRAINT few CHECK (n < 100);
ALTER TABLE large ALTER name SET NOT NULL;
UPDATE large SET n = 100 WHERE id = 1;
UPDATE large SET name = NULL WHERE id = 5;
-- Indexes on columns whose values are out of line.
CREATE TABLE keyed (a text, b text);
INSERT INTO keyed SELECT repeat(chr(97 + g), 300), repeat('b', 6000) FROM generate_series(0, 5) g;
CREATE INDEX ON keyed (a);
CREATE INDEX ON keyed (length(b));
UPDATE keyed SET b = repeat('c', 7000 + ascii(a));
SELECT left(a, 3), length(b) FROM keyed WHERE a = repeat('c', 300);
SELECT left(a, 3), length(b) FROM keyed WHERE length(b) = 7100;
-- Other types, and tables made of tables.
CREATE TABLE copied AS SELECT * FROM large;
SELECT count(*), md5(string_agg(body, '' ORDER BY id)) FROM copied;
TRUNCATE copied;
SELECT count(*) FROM copied;
CREATE TABLE documents (d jsonb, a int[], t numeric);
INSERT INTO documents SELECT jsonb_build_object('k', repeat('v', 20000)), array_agg(i), repeat('9', 9000)::numeric FROM generate_series(1, 5000) i;
SELECT length(d ->> 'k'), array_length(a, 1), a[4999], length(t::text) FROM documents;
DROP TABLE large, keyed, copied, documents;
