CREATE TABLE t (n int4, s text);
COPY t FROM STDIN;
1	one
2	\N
3	tab\there
\.
COPY t (s, n) FROM STDIN WITH (FORMAT csv, HEADER);
s,n
"a ""quoted"" word",4
,5
\.
COPY t TO STDOUT;
COPY t TO STDOUT WITH (FORMAT csv, HEADER);
COPY (SELECT n * 2 FROM t WHERE n < 3 ORDER BY n) TO STDOUT;
COPY t FROM STDIN;
x	bad
\.
COPY t FROM STDIN;
6
\.
SELECT count(*) FROM t;
-- A zero byte by an escape.
CREATE TABLE zero (t text);
COPY zero FROM stdin;
a\000b
\.
COPY zero FROM stdin;
a\101b
\.
SELECT * FROM zero;
DROP TABLE zero;
