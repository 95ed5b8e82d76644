-- Window functions.
CREATE TABLE sales (id int PRIMARY KEY, region text, day date, amount int, price numeric, ratio float8);
INSERT INTO sales VALUES
 (1, 'north', '2024-01-01', 10, 1.50, 0.5), (2, 'north', '2024-01-02', 20, 2.50, 1.5),
 (3, 'north', '2024-01-02', 30, NULL, NULL), (4, 'south', '2024-01-05', 5, 4.00, 2.5),
 (5, 'south', '2024-01-09', NULL, 5.25, 'NaN'), (6, 'south', '2024-01-10', 7, 0.10, 'Infinity'),
 (7, 'east', '2024-02-01', 100, 9.99, 3.5), (8, NULL, NULL, 1, 1.00, 4.5), (9, NULL, '2024-02-29', 2, 2.00, 5.5);
SELECT id, region, row_number() OVER (PARTITION BY region ORDER BY id) AS n, rank() OVER (PARTITION BY region ORDER BY day) AS r, dense_rank() OVER (ORDER BY region) AS d FROM sales ORDER BY id;
SELECT id, percent_rank() OVER (ORDER BY day) AS p, cume_dist() OVER (ORDER BY day) AS c, ntile(4) OVER (ORDER BY id) AS t FROM sales ORDER BY id;
SELECT id, ntile(3) OVER (PARTITION BY region ORDER BY id), ntile(20) OVER (ORDER BY id), ntile(NULL) OVER () FROM sales ORDER BY id;
SELECT id, lag(amount) OVER w, lag(amount, 2) OVER w, lag(amount, 1, -1) OVER w, lead(amount) OVER w, lead(amount, 2, id * 100) OVER w, lag(amount, -1) OVER w, lag(amount, NULL) OVER w FROM sales WINDOW w AS (ORDER BY id) ORDER BY id;
SELECT id, first_value(amount) OVER w, last_value(amount) OVER w, nth_value(amount, 2) OVER w FROM sales WINDOW w AS (PARTITION BY region ORDER BY id) ORDER BY id;
SELECT id, sum(amount) OVER (PARTITION BY region), count(*) OVER (), avg(price) OVER (PARTITION BY region ORDER BY id), max(day) OVER (ORDER BY id), array_agg(id) OVER (PARTITION BY region ORDER BY day) FROM sales ORDER BY id;
SELECT id, count(*) FILTER (WHERE amount > 6) OVER (ORDER BY id), string_agg(region, ',') OVER (ORDER BY id) FROM sales ORDER BY id;
-- Frames.
SELECT id, array_agg(id) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) a, array_agg(id) OVER (ORDER BY id ROWS 2 PRECEDING) b, array_agg(id) OVER (ORDER BY id ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) c, array_agg(id) OVER (ORDER BY id ROWS BETWEEN 3 PRECEDING AND 2 PRECEDING) d, array_agg(id) OVER (ORDER BY id ROWS BETWEEN 2 FOLLOWING AND 3 FOLLOWING) e FROM sales ORDER BY id;
SELECT id, array_agg(id) OVER (ORDER BY day GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING) a, array_agg(id) OVER (ORDER BY day GROUPS BETWEEN 2 PRECEDING AND 1 PRECEDING) b, array_agg(id) OVER (ORDER BY day GROUPS BETWEEN 1 FOLLOWING AND 2 FOLLOWING) c, array_agg(id) OVER (ORDER BY day GROUPS CURRENT ROW) d FROM sales ORDER BY id;
SELECT id, array_agg(id) OVER (ORDER BY amount RANGE BETWEEN 5 PRECEDING AND 10 FOLLOWING) a, array_agg(id) OVER (ORDER BY amount DESC RANGE BETWEEN 5 PRECEDING AND 10 FOLLOWING) b, array_agg(id) OVER (ORDER BY amount NULLS FIRST RANGE BETWEEN 1 FOLLOWING AND 10 FOLLOWING) c, array_agg(id) OVER (ORDER BY amount DESC NULLS LAST RANGE BETWEEN UNBOUNDED PRECEDING AND 3 PRECEDING) d FROM sales ORDER BY id;
SELECT id, array_agg(id) OVER (ORDER BY day RANGE BETWEEN '3 days' PRECEDING AND '1 month' FOLLOWING) a, sum(id) OVER (ORDER BY day::timestamp DESC RANGE BETWEEN '3 days'::interval PRECEDING AND CURRENT ROW) b, array_agg(id) OVER (ORDER BY price RANGE BETWEEN 1.5 PRECEDING AND 0.5 FOLLOWING) c, array_agg(id) OVER (ORDER BY ratio RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING) d, array_agg(id) OVER (ORDER BY ratio DESC RANGE BETWEEN 'Infinity' PRECEDING AND 1 FOLLOWING) e FROM sales ORDER BY id;
SELECT id, array_agg(id) OVER w a, first_value(id) OVER w b, last_value(id) OVER w c, nth_value(id, 2) OVER w d FROM sales WINDOW w AS (ORDER BY day ROWS BETWEEN 2 PRECEDING AND 2 FOLLOWING EXCLUDE CURRENT ROW) ORDER BY id;
SELECT id, array_agg(id) OVER (ORDER BY day ROWS BETWEEN 2 PRECEDING AND 2 FOLLOWING EXCLUDE GROUP) a, array_agg(id) OVER (ORDER BY day ROWS BETWEEN 2 PRECEDING AND 2 FOLLOWING EXCLUDE TIES) b, array_agg(id) OVER (ORDER BY day ROWS BETWEEN 2 PRECEDING AND 2 FOLLOWING EXCLUDE NO OTHERS) c, array_agg(id) OVER (PARTITION BY region ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE TIES) d FROM sales ORDER BY id;
SELECT id, sum(amount) OVER (ORDER BY id ROWS BETWEEN id - id + 1 PRECEDING AND CURRENT ROW) FROM sales;
SELECT x, count(*) OVER (ORDER BY x RANGE BETWEEN 10 PRECEDING AND 10 FOLLOWING) FROM (VALUES (9223372036854775807), (9223372036854775800), (-9223372036854775808), (0)) v(x) ORDER BY x;
SELECT x, count(*) OVER (ORDER BY x RANGE BETWEEN '1 hour' PRECEDING AND '1 hour' FOLLOWING) FROM (VALUES (time '23:30'), ('00:15'), ('00:45'), ('22:45')) v(x) ORDER BY x;
SELECT x, count(*) OVER (ORDER BY x RANGE BETWEEN '1 hour' PRECEDING AND '1 hour' FOLLOWING) FROM (VALUES (interval '23:30'), ('1 day'), ('00:45'), ('1 mon')) v(x) ORDER BY x;
-- Named windows and windows that extend others.
SELECT id, sum(amount) OVER (w ORDER BY id), rank() OVER (w2), sum(amount) OVER (w2 ROWS 1 PRECEDING), sum(id) OVER w3 FROM sales WINDOW w AS (PARTITION BY region), w2 AS (w ORDER BY id DESC), w3 AS (ORDER BY id ROWS UNBOUNDED PRECEDING) ORDER BY id;
-- With grouping, DISTINCT, ORDER BY, LIMIT, subqueries.
SELECT region, sum(amount) AS total, rank() OVER (ORDER BY sum(amount) DESC NULLS LAST), sum(sum(amount)) OVER (ORDER BY region), sum(count(*)) OVER () FROM sales GROUP BY region ORDER BY region;
SELECT region, count(*), row_number() OVER (ORDER BY count(*), region) FROM sales GROUP BY region HAVING count(*) > 1 ORDER BY 3;
SELECT DISTINCT dense_rank() OVER (ORDER BY region) FROM sales ORDER BY 1;
SELECT id FROM sales ORDER BY row_number() OVER (ORDER BY id DESC) LIMIT 3;
SELECT * FROM (SELECT id, row_number() OVER (PARTITION BY region ORDER BY id DESC) n FROM sales) s WHERE n = 1 ORDER BY id;
SELECT id, sum(amount) OVER (ORDER BY id) + 1, rank() OVER (ORDER BY amount % 3, id) * 2 FROM sales WHERE amount IS NOT NULL ORDER BY id;
SELECT s.id, (SELECT sum(t.amount) OVER (ORDER BY t.id ROWS s.id PRECEDING) FROM sales t ORDER BY t.id DESC LIMIT 1) FROM sales s ORDER BY s.id;
SELECT row_number() OVER (), g FROM generate_series(1, 3) g;
SELECT g, sum(g) OVER (ORDER BY g) FROM generate_series(1, 5) g ORDER BY g DESC;
SELECT region, amount, lag(region, 1, 'none') OVER (PARTITION BY region ORDER BY amount) FROM sales ORDER BY region, amount;
WITH t AS (SELECT id, sum(id) OVER (ORDER BY id) s FROM sales) SELECT max(s) FROM t;
SELECT count(*), sum(s) FROM (SELECT sum(g) OVER (PARTITION BY g % 7 ORDER BY g ROWS BETWEEN 5 PRECEDING AND 3 FOLLOWING) s FROM generate_series(1, 5000) g) x;
SELECT sum(a), sum(b), sum(c) FROM (SELECT sum(g) OVER (ORDER BY g) a, row_number() OVER (ORDER BY g DESC) b, count(*) OVER (ORDER BY g / 100) c FROM generate_series(1, 5000) g) x;
SELECT sum(1) OVER (ORDER BY 'a'::text) FROM sales LIMIT 1;
SELECT id FROM sales WHERE false AND id IN (SELECT row_number() OVER () FROM sales);
-- Errors.
SELECT rank() OVER (ORDER BY id) FROM sales WHERE rank() OVER () = 1;
SELECT 1 FROM sales GROUP BY rank() OVER ();
SELECT rank() OVER () FROM sales GROUP BY 1;
SELECT 1 FROM sales HAVING rank() OVER () > 1;
SELECT sum(rank() OVER ()) FROM sales;
SELECT sum(1) FILTER (WHERE rank() OVER () = 1) FROM sales;
SELECT rank() OVER (ORDER BY rank() OVER ()) FROM sales;
SELECT lag(rank() OVER ()) OVER () FROM sales;
SELECT 1 FROM sales a JOIN sales b ON rank() OVER () = 1;
SELECT * FROM sales LIMIT rank() OVER ();
UPDATE sales SET amount = rank() OVER ();
DELETE FROM sales WHERE rank() OVER () = 1;
INSERT INTO sales VALUES (rank() OVER ());
DELETE FROM sales WHERE false RETURNING rank() OVER ();
SELECT * FROM generate_series(1, rank() OVER ());
SELECT rank() FROM sales;
SELECT lower('x') OVER () FROM sales;
SELECT count() OVER () FROM sales;
SELECT count(DISTINCT id) OVER () FROM sales;
SELECT array_agg(id ORDER BY id) OVER () FROM sales;
SELECT rank() FILTER (WHERE true) OVER () FROM sales;
SELECT rank() OVER nowhere FROM sales;
SELECT rank() OVER (nowhere) FROM sales;
SELECT rank() OVER w FROM sales WINDOW w AS (ORDER BY id), w AS (ORDER BY day);
SELECT rank() OVER (w PARTITION BY day) FROM sales WINDOW w AS (ORDER BY id);
SELECT rank() OVER (w ORDER BY day) FROM sales WINDOW w AS (ORDER BY id);
SELECT rank() OVER (w) FROM sales WINDOW w AS (ORDER BY id ROWS 1 PRECEDING);
SELECT rank() OVER (w ROWS 1 PRECEDING) FROM sales WINDOW w AS (ORDER BY id ROWS 1 PRECEDING);
SELECT sum(1) OVER (RANGE 1 PRECEDING) FROM sales;
SELECT sum(1) OVER (ORDER BY id, day RANGE 1 PRECEDING) FROM sales;
SELECT sum(1) OVER (GROUPS 1 PRECEDING) FROM sales;
SELECT sum(1) OVER (ORDER BY region RANGE 1 PRECEDING) FROM sales;
SELECT sum(1) OVER (ORDER BY id RANGE 'x'::text PRECEDING) FROM sales;
SELECT sum(1) OVER (ORDER BY id ROWS -1 PRECEDING) FROM sales;
SELECT sum(1) OVER (ORDER BY id ROWS NULL PRECEDING) FROM sales;
SELECT sum(1) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND -1 FOLLOWING) FROM sales;
SELECT sum(1) OVER (ORDER BY id RANGE -1 PRECEDING) FROM sales;
SELECT sum(1) OVER (ORDER BY day RANGE '-1 day' PRECEDING) FROM sales;
SELECT sum(1) OVER (ORDER BY id ROWS 'x' PRECEDING) FROM sales;
SELECT sum(1) OVER (ORDER BY id ROWS sum(1) PRECEDING) FROM sales;
SELECT ntile(0) OVER () FROM sales;
SELECT nth_value(id, 0) OVER () FROM sales;
SELECT rank() OVER () FROM sales FOR UPDATE;
-- A grouped primary key determines the other columns.
SELECT id, region, day, count(*) FROM sales GROUP BY id ORDER BY id LIMIT 3;
SELECT s.id, s.region || '!', max(t.amount) FROM sales s JOIN sales t ON t.id >= s.id GROUP BY s.id HAVING s.amount > 6 ORDER BY s.day, s.id;
SELECT s.id, (SELECT s.region) FROM sales s GROUP BY s.id ORDER BY s.region, s.id;
SELECT (SELECT max(t.id) FROM sales t WHERE t.region = s.region) FROM sales s GROUP BY s.region ORDER BY 1;
SELECT t.id, t.region, count(s.id) FROM sales s LEFT JOIN sales t ON t.id = s.id + 5 GROUP BY t.id ORDER BY t.id;
-- Lists of values and indexes.
CREATE TABLE item (id bigint PRIMARY KEY, kind text, size int, note text);
CREATE INDEX item_kind ON item (kind, size DESC);
INSERT INTO item SELECT g, 'k' || g % 50, g % 10, 'n' || g FROM generate_series(1, 3000) g;
SELECT id FROM item WHERE id IN (3, 1, 3, 5000, NULL, 2) ORDER BY id DESC;
SELECT id FROM item WHERE id = ANY ('{7,5,NULL,7}'::int[]) ORDER BY id;
SELECT id FROM item WHERE id = ANY ('{7,5,NULL,7}') ORDER BY id LIMIT 1;
SELECT id FROM item WHERE id = ANY (NULL::bigint[]);
SELECT id FROM item WHERE id = ANY ('{}');
PREPARE listed (bigint[]) AS SELECT id FROM item WHERE id = ANY ($1) ORDER BY id;
EXECUTE listed ('{9,1,8}');
EXECUTE listed (NULL);
EXECUTE listed ('{{10,11},{12,13}}');
SELECT count(*), min(id), max(id) FROM item WHERE kind IN ('k7', 'k3', 'zz');
SELECT id, kind, size FROM item WHERE kind IN ('k7', 'k3') AND size = 7 AND id < 200 ORDER BY kind, id;
SELECT kind, size, count(*) FROM item WHERE kind IN ('k7', 'k13') AND size IN (3, 7) GROUP BY kind, size ORDER BY kind;
SELECT kind, size FROM item WHERE kind IN ('k17', 'k24') AND size > 5 ORDER BY kind DESC, size LIMIT 2;
SELECT i.id, g FROM generate_series(1, 3) g JOIN item i ON i.id = ANY (ARRAY[g, g + 10]) ORDER BY 2, 1;
UPDATE item SET note = 'changed' WHERE id IN (1, 2, 9999);
DELETE FROM item WHERE id = ANY ('{1,3}'::bigint[]);
SELECT id, note FROM item WHERE id IN (1, 2, 3, 4) ORDER BY id;
DROP TABLE item, sales;
