-- Snapshots as values, and what became of transactions.
SELECT pg_snapshot_xmin('10:20:10,14,15'), pg_snapshot_xmax('10:20:10,14,15'), txid_snapshot_xmin('10:20:10,14,15'), txid_snapshot_xmax('10:20:');
SELECT pg_snapshot_xip('10:20:10,14,15');
SELECT id, txid_visible_in_snapshot(id, '10:20:10,14,15'), pg_visible_in_snapshot(id::text::xid8, '10:20:10,14,15') FROM unnest(ARRAY[9, 10, 11, 14, 16, 19, 20, 21]) AS id;
SELECT * FROM txid_snapshot_xip('5:9:') AS none;
SELECT txid_snapshot_xmin(txid_current_snapshot()) <= txid_current(), txid_visible_in_snapshot(txid_current(), txid_current_snapshot());
BEGIN;
SELECT txid_status(txid_current()), pg_xact_status(pg_current_xact_id());
SELECT count(*) FROM pg_snapshot_xip(pg_current_snapshot()) AS id WHERE id = pg_current_xact_id();
ROLLBACK;
CREATE TEMP TABLE t (a jsonb);
CREATE INDEX ON t (json_value(a, '$.x'));
CREATE INDEX ON t (json_value(a, '$.x.date()'));
CREATE INDEX ON t (json_exists(a, '$.a.datetime() < $.b.datetime()'));
CREATE INDEX ON t (json_exists(a, '$.a.datetime("YYYY") < $.b.datetime("YYYY")'));
CREATE INDEX ON t (json_exists(a, '$.a ? (@.datetime("YYYY TZH") < $x)' PASSING date '2020-01-01' AS x));
CREATE INDEX ON t (json_exists(a, '$.a ? (@.datetime("YYYY") < $x)' PASSING date '2020-01-01' AS x));
