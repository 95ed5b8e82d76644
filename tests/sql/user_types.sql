-- Enums and composite types.
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE person (name text, m mood);
INSERT INTO person VALUES ('a', 'happy'), ('b', 'sad'), ('c', NULL);
SELECT * FROM person WHERE m = 'happy';
SELECT * FROM person ORDER BY m;
SELECT m, count(*) FROM person GROUP BY m ORDER BY m;
SELECT 'ok'::mood < 'happy'::mood, 'ok'::mood::text, max(m) FROM person;
CREATE INDEX ON person (m);
SELECT * FROM person WHERE m > 'sad';
ALTER TYPE mood ADD VALUE 'meh' BEFORE 'ok';
ALTER TYPE mood RENAME VALUE 'sad' TO 'low';
ALTER TYPE mood ADD VALUE 'ok';
SELECT * FROM person ORDER BY m, name;
SELECT 'x'::mood;
INSERT INTO person VALUES ('d', 'bad');
DROP TYPE mood;
DROP TABLE person;
DROP TYPE mood;
DROP TYPE mood;
CREATE TYPE comp AS (a int, b text);
SELECT '(1,"x y")'::comp, ('(1,"x y")'::comp).b, ROW(2, 'q')::comp;
SELECT '(1)'::comp;
SELECT * FROM json_populate_record(NULL::comp, '{"a": 5, "b": "q"}');
SELECT * FROM json_to_recordset('[{"a": 1, "b": [1, 2]}, {"b": [3]}]') AS t(a int, b int[]);
DROP TYPE comp;
-- Ranges, bits, addresses, shapes.
SELECT int4range(1, 5), '[1,5]'::int4range * '[3,9)'::int4range, '{[1,3),[5,7)}'::int4multirange + '{[3,5)}'::int4multirange;
SELECT range_agg(r) FROM (VALUES (int4range(1, 3)), (int4range(3, 6)), (int4range(9, 10))) AS t(r);
SELECT B'1010' | B'0101', B'1010'::bit(6), '192.168.1.5/24'::inet << '192.168.0.0/16', '12.34'::money * 3;
SELECT point(1, 2) <-> point(4, 6), box '(0,0),(2,2)' && box '(1,1),(3,3)', area(circle '<(0,0),2>');
-- Templates, jsonpath, ordered sets, named arguments.
SELECT to_char(timestamp '2024-02-29 13:05:09', 'Day, DD Mon YYYY HH12:MI:SS am'), to_char(-1234.5, 'S9G999D00'), to_date('05 Dec 2000', 'DD Mon YYYY'), to_number('1,234.5', '9G999D9');
SELECT jsonb_path_query_array('{"a": [1, 2, 3]}', '$.a[*] ? (@ > $min)', '{"min": 1}'), '{"a": 1}'::jsonb @? '$.b';
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY x), mode() WITHIN GROUP (ORDER BY x % 3), rank(4) WITHIN GROUP (ORDER BY x) FROM generate_series(1, 10) AS x;
SELECT make_interval(days => 3, hours => 2), hashtext('surus'), pg_input_is_valid('12a', 'int');
