-- What a failed CREATE INDEX CONCURRENTLY leaves is not read, and REINDEX TABLE CONCURRENTLY passes over it.
CREATE TABLE reindexed (a int PRIMARY KEY, b int);
INSERT INTO reindexed VALUES (1, 1), (2, 1);
CREATE UNIQUE INDEX CONCURRENTLY reindexed_b ON reindexed (b);
SELECT indexrelid::regclass, indisvalid, indislive FROM pg_index WHERE indrelid = 'reindexed'::regclass ORDER BY pg_index.indexrelid;
REINDEX TABLE CONCURRENTLY reindexed;
REINDEX INDEX CONCURRENTLY reindexed_b;
DELETE FROM reindexed WHERE a = 2;
DROP INDEX CONCURRENTLY IF EXISTS reindexed_b_ccnew;
REINDEX INDEX CONCURRENTLY reindexed_b;
SELECT indexrelid::regclass, indisvalid, indislive FROM pg_index WHERE indrelid = 'reindexed'::regclass ORDER BY pg_index.indexrelid;
REINDEX TABLE CONCURRENTLY reindexed;
INSERT INTO reindexed VALUES (3, 1);
DROP INDEX CONCURRENTLY reindexed_pkey;
DROP INDEX CONCURRENTLY reindexed_b;
DROP INDEX CONCURRENTLY IF EXISTS reindexed_b;
DROP TABLE reindexed;
