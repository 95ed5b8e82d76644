-- Foreign keys: making them, checks, referential actions, deferral, what depends on them.
\set VERBOSITY default
create table p (id int primary key, b text unique);
create table c (a int references p on delete restrict, n int references p(id));
insert into p values (1,'x'),(2,'y');
insert into c values (3,null);
insert into c values (1,2);
delete from p where id=1;
delete from p where id=2;
update p set id=5 where id=2;
update p set id=5 where id=1;
create table d (x text references p);
create table d (x int references nop);
create table d (x int references p(b));
create table d (x int, foreign key (y) references p);
create table d (x int, y int, foreign key (x,y) references p);
create table d (x int references p(id) match partial);
create table d (x int references p(nocol));
create table e0 (x int);
create table d (x int references e0);
create table d (x int references e0(x));
create table pu (x int unique deferrable);
create table d (x int references pu(x));
create temp table d (x int references p);
create table mf (a int, b int, foreign key (a,b) references p2 match full);
create table p2 (a int, b int, primary key (a,b));
create table mf (a int, b int, foreign key (a,b) references p2 match full);
insert into mf values (1,null);
insert into mf values (null,null);
drop table p;
drop table p cascade;
create table p (id int primary key);
create table c2 (a int);
insert into c2 values (7);
alter table c2 add foreign key (a) references p;
alter table c2 add constraint zz foreign key (a) references p not valid;
\d c2
\d p
alter table c2 validate constraint zz;
insert into p values (7);
alter table c2 validate constraint zz;
truncate p;
truncate p cascade;
alter table p drop constraint p_pkey;
alter table p drop column id;
alter table p drop column id cascade;
drop index p_pkey;
create table q (id int primary key, up int references q on delete cascade);
insert into q values (1,null),(2,1),(3,2),(4,3);
delete from q where id=1;
select * from q;
create table r (id int references q on delete set null on update cascade);
create table r2 (id int primary key references q on delete cascade on update cascade);
create table r3 (id int references r2 on update restrict);
insert into q values (1,null); insert into r values (1); insert into r2 values (1); insert into r3 values (1);
update q set id = 8;
delete from q;
create table dd (id int references q deferrable initially deferred);
begin; insert into dd values (99); commit;
begin; set constraints dd_id_fkey immediate; insert into dd values (99); commit;
begin; insert into dd values (99); set constraints all immediate; rollback;
create table ss (a int, b int default 5, foreign key (a,b) references p2 on delete set null (b));
create table s2 (a int, b int default 5, foreign key (a,b) references p2 on delete set null (c));

-- actions
create table parent (a int, b int, t text, primary key (a, b), unique (t));
create table kid (id int primary key, x bigint default 1, y int default 1,
  foreign key (x, y) references parent on delete set default on update cascade);
create table kid2 (x int, y int, foreign key (x, y) references parent match full on delete set null);
create table kid3 (x int, y int, foreign key (x, y) references parent on delete set null (y) on update set null);
create table byname (t varchar(10) references parent (t) on update cascade on delete cascade, check (t <> 'bad'));
insert into parent values (1, 1, 'one'), (2, 2, 'two'), (3, 3, 'three');
insert into kid values (10, 2, 2), (11, 3, 3), (12, null, 3);
insert into kid2 values (2, 2), (3, 3), (null, null);
insert into kid3 values (2, 2), (3, 3), (null, 3);
insert into byname values ('one'), ('two'), (null);
update parent set a = 20 where a = 2;
select * from kid order by id;
delete from parent where a = 3;
select * from kid order by id;
select * from kid2 order by x, y;
select * from kid3 order by x, y;
update parent set t = 'bad' where t = 'one';
update parent set t = upper(t);
select * from byname order by t;
delete from parent where a = 1;
insert into kid values (20, 5, 5) on conflict do nothing;
insert into kid values (10, 1, 1) on conflict (id) do update set x = 7;
copy kid (id, x, y) from stdin;
30	1	1
31	8	8
\.
insert into kid (id, x, y) select n, 1, 1 from generate_series(100, 2200) n;
select count(*) from kid;
with gone as (select 1) delete from kid where id >= 100;
-- rows that refer to rows of the same table and statement
create table tree (id int primary key, up int references tree on delete cascade on update cascade);
insert into tree values (1, 2), (2, 3), (3, null);
update tree set id = id + 10;
select * from tree order by id;
delete from tree where id = 13;
select * from tree;
insert into tree values (1, 2);
-- deferral
create table later (x int constraint later_x references tree deferrable initially deferred);
begin;
insert into later values (5);
savepoint s;
insert into later values (6);
rollback to s;
insert into tree values (5, null);
commit;
begin;
delete from tree where id = 5;
insert into tree values (5, null);
commit;
begin;
delete from tree where id = 5;
set constraints later_x immediate;
rollback;
begin;
insert into later values (9);
delete from later where x = 9;
commit;
alter table later alter constraint later_x not deferrable;
begin;
insert into later values (9);
rollback;
set constraints later_x deferred;
-- what the catalogs say
select conname, contype, condeferrable, condeferred, convalidated, confupdtype, confdeltype, confmatchtype, conkey, confkey
  from pg_constraint where contype = 'f' and conrelid in ('kid'::regclass, 'kid2'::regclass, 'kid3'::regclass, 'later'::regclass) order by conname;
select conname, pg_get_constraintdef(oid) from pg_constraint where contype = 'f' and conrelid::regclass::text like 'kid%' order by conname;
select constraint_name, unique_constraint_name, match_option, update_rule, delete_rule
  from information_schema.referential_constraints order by constraint_name;
\d kid
\d parent
-- several tables at once
truncate parent, kid, kid2, kid3, byname;
drop table parent, kid;
drop table kid, kid2, kid3, byname, parent;
create schema s;
create table s.p (id int primary key);
create table outside (id int references s.p);
drop schema s cascade;
\d outside
alter table outside add constraint outside_id foreign key (id) references tree;
alter table outside drop constraint outside_id;
alter table outside add column up int references tree;
alter table outside drop column up;
-- privileges
create role fk_owner;
create role fk_user;
create table secret (id int primary key);
insert into secret values (1);
create table open (id int references secret);
insert into open values (1);
grant insert, delete on open to fk_user;
grant delete on secret to fk_user;
set role fk_user;
insert into open values (1);
insert into open values (2);
delete from secret;
create table mine (id int references secret);
reset role;
grant create on schema public to fk_user;
set role fk_user;
create table mine (id int references secret);
reset role;
drop table open, secret;
revoke create on schema public from fk_user;
drop role fk_owner;
drop role fk_user;
