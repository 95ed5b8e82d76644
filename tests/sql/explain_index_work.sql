-- What EXPLAIN ANALYZE tells of index scans: rows looked up in the table, searches.
SET enable_seqscan = off;
SET enable_bitmapscan = off;
BEGIN;
CREATE TABLE explained_work (a int PRIMARY KEY, b text);
INSERT INTO explained_work SELECT n, 'row ' || n FROM generate_series(1, 20) n;
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) SELECT a FROM explained_work WHERE a < 8;
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) SELECT b FROM explained_work WHERE a = 8;
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) SELECT a FROM explained_work WHERE a = 100;
PREPARE explained_query AS SELECT b FROM explained_work WHERE a = 3;
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) EXECUTE explained_query;
DEALLOCATE explained_query;
COMMIT;
EXPLAIN (COSTS OFF) SELECT a FROM explained_work WHERE a < 8;
DROP TABLE explained_work;
