-- EXPLAIN tells the conditions of scans, as PostgreSQL does for the same plans.
CREATE TABLE goods (id int, name text, price numeric, gone timestamp);
INSERT INTO goods SELECT i, 'name ' || i, i, NULL FROM generate_series(1, 5000) i;
EXPLAIN (COSTS OFF) SELECT * FROM goods WHERE price > 10.5 AND name <> 'x';
EXPLAIN (COSTS OFF) SELECT * FROM goods WHERE price > 10.5 OR gone IS NOT NULL;
CREATE INDEX goods_id ON goods (id, name);
CREATE INDEX goods_price ON goods (price) WHERE gone IS NULL;
ANALYZE goods;
SET enable_bitmapscan = off;
EXPLAIN (COSTS OFF) SELECT * FROM goods WHERE id = 5;
EXPLAIN (COSTS OFF) SELECT * FROM goods WHERE id = 5 AND name > 'a' AND price <> 3.5;
EXPLAIN (COSTS OFF) SELECT * FROM goods g WHERE id = 5 AND upper(name) = 'NAME 5';
EXPLAIN (COSTS OFF) SELECT * FROM goods WHERE price = 7.5 AND gone IS NULL;
EXPLAIN (COSTS OFF) SELECT * FROM goods WHERE price = 7.5 AND gone IS NULL AND id > 2;
EXPLAIN (COSTS OFF) SELECT "Odd".id FROM goods "Odd" WHERE id = 7 AND name = 'a';
EXPLAIN (COSTS OFF) SELECT * FROM goods a JOIN goods b ON b.id = a.price::int WHERE a.id = 5 AND a.name = 'x';
DROP TABLE goods;
