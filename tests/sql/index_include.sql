-- Columns that an index keeps with its keys.
CREATE TABLE inc (a int, b text, c numeric, d jsonb, e text);
INSERT INTO inc SELECT i, 'b' || i % 10, i / 4.0, jsonb_build_object('i', i), CASE WHEN i % 3 = 0 THEN NULL ELSE repeat('e', i % 50) END FROM generate_series(1, 500) i;
CREATE UNIQUE INDEX inc_a ON inc (a) INCLUDE (c, d, e);
CREATE INDEX inc_b ON inc (b) INCLUDE (a);
SET enable_seqscan = off;
SELECT a, c, d, e FROM inc WHERE a BETWEEN 7 AND 11 ORDER BY a;
SELECT a, b FROM inc WHERE b = 'b3' AND a < 50 ORDER BY a;
SELECT sum(c) FROM inc WHERE a > 490;
-- A unique index looks at its keys alone.
INSERT INTO inc VALUES (7, 'x', 0, NULL, NULL);
INSERT INTO inc VALUES (1000, 'x', 0, NULL, NULL), (1001, 'x', 1, 'null', ''), (1000, 'y', 5, NULL, NULL);
INSERT INTO inc VALUES (NULL, 'x', 1, NULL, NULL), (NULL, 'x', 2, NULL, NULL);
SELECT c FROM inc WHERE a IS NULL ORDER BY c;
-- What is kept follows updates.
UPDATE inc SET c = c + 1000, e = 'new' WHERE a IN (8, 9);
SELECT a, c, e FROM inc WHERE a BETWEEN 7 AND 10 ORDER BY a;
BEGIN;
UPDATE inc SET d = '[1]' WHERE a = 8;
SAVEPOINT s;
UPDATE inc SET d = '[2]' WHERE a = 8;
SELECT d FROM inc WHERE a = 8;
ROLLBACK TO s;
SELECT d FROM inc WHERE a = 8;
ROLLBACK;
SELECT d FROM inc WHERE a = 8;
DELETE FROM inc WHERE a = 9;
SELECT a, c FROM inc WHERE a BETWEEN 8 AND 10 ORDER BY a;
INSERT INTO inc VALUES (9, 'again', 9.9000, '{}', 'e') ON CONFLICT (a) DO UPDATE SET c = excluded.c;
INSERT INTO inc VALUES (9, 'again', 1.10, '{}', 'e') ON CONFLICT (a) DO UPDATE SET c = excluded.c RETURNING a, c;
REINDEX INDEX inc_a;
SELECT a, c, e FROM inc WHERE a BETWEEN 7 AND 10 ORDER BY a;
REINDEX INDEX CONCURRENTLY inc_a;
REINDEX TABLE CONCURRENTLY inc;
SELECT a, c, e FROM inc WHERE a BETWEEN 7 AND 10 ORDER BY a;
SELECT relname FROM pg_class WHERE relname LIKE 'inc%' ORDER BY 1;
SELECT pg_get_indexdef('inc_a'::regclass);
BEGIN;
REINDEX TABLE CONCURRENTLY inc;
ROLLBACK;
INSERT INTO inc (a) VALUES (9);
-- Duplicates are found by the keys alone when an index is made.
INSERT INTO inc VALUES (2000, 'p', 1, NULL, NULL), (2001, 'p', 2, NULL, NULL);
CREATE UNIQUE INDEX ON inc (b) INCLUDE (a) WHERE a >= 2000;
ALTER TABLE inc ADD CONSTRAINT inc_key UNIQUE (a) INCLUDE (b);
INSERT INTO inc (a, b) VALUES (2000, 'other');
DROP TABLE inc;
