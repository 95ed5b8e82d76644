-- Positions of the log are counted in bytes.
select '0/1'::pg_lsn - '0/5'::pg_lsn, 'FFFFFFFF/FFFFFFFF'::pg_lsn - '0/0';
select pg_wal_lsn_diff('1/0', '0/10');
select '0/10'::pg_lsn + 16, '0/10'::pg_lsn - 16, 2.5 + '0/1'::pg_lsn, '0/A'::pg_lsn + (-3);
select pg_lsn(1.5), pg_lsn(18446744073709551615.4);
select pg_lsn('NaN'::numeric);
select pg_lsn('Infinity'::numeric);
select pg_lsn(-1);
select pg_lsn(18446744073709551616);
select '0/1'::pg_lsn + 'NaN'::numeric;
select '0/1'::pg_lsn - 'NaN'::numeric;
select '0/1'::pg_lsn + 'inf'::numeric;
select '0/1'::pg_lsn - 2;
-- The log grows, and is durable no further than it goes.
create temp table place as select pg_current_wal_lsn() as was;
create table grows (a int);
insert into grows values (1);
select pg_current_wal_lsn() > was from place;
select pg_current_wal_flush_lsn() <= pg_current_wal_insert_lsn();
