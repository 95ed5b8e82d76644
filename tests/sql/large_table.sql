-- Tables of more than 8 MB, whose pages are read ahead by threads where all rows are taken at once.
CREATE TABLE big (id int, n numeric, t text, d date, b boolean);
INSERT INTO big SELECT i, i::numeric / 100, 'word' || i % 1000, date '2000-01-01' + i % 5000, i % 3 = 0 FROM generate_series(1, 150000) i;
-- Rows of other forms: NULLs, changed, moved and deleted ones, values out of line, rows older than a column.
UPDATE big SET n = NULL, t = NULL WHERE id % 17 = 0;
UPDATE big SET t = repeat('long ', 300) || id WHERE id % 501 = 0;
UPDATE big SET t = (SELECT string_agg(md5(i::text), '') FROM generate_series(id, id + 200) i) WHERE id IN (7, 50007, 99997);
DELETE FROM big WHERE id % 23 = 0;
ALTER TABLE big ADD c int DEFAULT 5;
INSERT INTO big SELECT i, 'NaN', 'late', NULL, NULL, i FROM generate_series(150001, 150010) i;
SELECT count(*), count(n), count(t), count(d), count(b), sum(id), sum(c) FROM big;
SELECT sum(n), avg(n), min(n), max(n) FROM big WHERE n <> 'NaN';
SELECT sum(n) FROM big;
SELECT sum(length(t)), md5(string_agg(t, ',' ORDER BY id)) FROM big;
SELECT b, count(*), sum(c) FROM big GROUP BY b ORDER BY b;
SELECT count(*) FROM big WHERE t LIKE 'word1%' AND d >= '2010-01-01';
SELECT count(*) FROM big WHERE t LIKE '%99';
SELECT count(*) FROM big WHERE t LIKE '%d99%';
SELECT count(*) FROM big WHERE t LIKE 'word_9';
SELECT count(*) FROM big WHERE t NOT LIKE 'word7';
SELECT id, left(t, 20) FROM big ORDER BY t, id LIMIT 3;
SELECT count(*) FROM big a JOIN big b ON a.id = b.id + 1;
SELECT count(*) FROM (SELECT id FROM big LIMIT 10) few;
SELECT (SELECT count(*) FROM big b WHERE b.id < a.id) FROM big a WHERE id IN (10, 90000) ORDER BY id;
-- Errors and changes of the own transaction.
SELECT sum(1 / (id - 60000)) FROM big;
BEGIN;
DELETE FROM big WHERE id > 50000;
SELECT count(*), sum(id) FROM big;
INSERT INTO big (id) SELECT count(*) FROM big;
SELECT count(*), max(id) FROM big;
ROLLBACK;
SELECT count(*), sum(id) FROM big;
SET max_parallel_workers_per_gather = 0;
SELECT count(*), sum(id), sum(length(t)) FROM big;
RESET max_parallel_workers_per_gather;
-- Sums of numerics of several scales, and of more than 128 bits.
SELECT sum(x), avg(x) FROM (VALUES (1.5), (0.25), (10), (-3.125), (NULL)) v (x);
SELECT sum(x) FROM (VALUES (12345678901234567890123456789012345678.5), (1.25), (99999999999999999999999999999999999999)) v (x);
SELECT sum(x) FROM (VALUES (1e-40::numeric), (9223372036854775807), (-0.5)) v (x);
SELECT sum(x), sum(-x) FROM (VALUES ('Infinity'::numeric), (1.5)) v (x);
SELECT sum(x) FROM (VALUES (NULL::numeric)) v (x);
DROP TABLE big;
