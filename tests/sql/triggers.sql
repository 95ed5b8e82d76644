-- Triggers.
create table t(a int primary key, b text);
create table log(n serial, m text);
create function trg() returns trigger language plpgsql as $$
begin
  insert into log(m) values (tg_name||' '||tg_when||' '||tg_level||' '||tg_op||' '||tg_table_name||' '||tg_nargs);
  if tg_level = 'STATEMENT' then return null; end if;
  if tg_op = 'DELETE' then insert into log(m) values ('old '||old.b); return old; end if;
  if tg_when = 'BEFORE' then new.b := coalesce(new.b,'') || '+'; if new.a = 13 then return null; end if; end if;
  insert into log(m) select 'new '||new.b;
  return new;
end $$;
create trigger b1 before insert or update or delete on t for each row execute function trg('x');
create trigger a1 after insert or update of b or delete on t for each row when (pg_trigger_depth() < 10) execute function trg();
create trigger s1 before insert or update or delete or truncate on t for each statement execute function trg();
create trigger s2 after insert or update or delete or truncate on t execute procedure trg();
insert into t values (1,'one'),(13,'no'),(2,'two') returning *;
update t set b = b || 'u' where a = 1 returning *;
update t set a = 3 where a = 2;
insert into t values (1,'dup') on conflict (a) do update set b = excluded.b || 'c';
delete from t where a = 1;
truncate t;
select m from log order by n;
\d t
create function chk() returns trigger language plpgsql as $$ begin if new.a < 0 then raise exception 'negative % in %', new.a, tg_name; end if; return null; end $$;
create constraint trigger ct after insert on t deferrable initially deferred for each row execute function chk();
begin; insert into t values (-5,'x'); select 1; commit;
alter table t disable trigger b1;
create trigger w before update on t for each row when (old.* is distinct from new.*) execute function trg();
insert into t values (7,'seven'); delete from log; update t set b = b; update t set b = 'eight'; select m from log order by n;
alter trigger w on t rename to w2; drop trigger a1 on t; drop trigger if exists zz on t; drop trigger zz on t;
select tgname, tgtype, tgenabled from pg_trigger order by 1;
drop function trg(); drop function trg() cascade;
\d t

create table acc(id int primary key, v int);
create table hist(id int, old_v int, new_v int);
create function hist() returns trigger language plpgsql as $$ begin insert into hist values (new.id, old.v, new.v); return null; end $$;
create trigger h after update on acc for each row when (old.v <> new.v) execute function hist();
insert into acc select i, i from generate_series(1, 5) i;
update acc set v = v + 1 where id <= 2;
update acc set v = v;
copy acc from stdin;
10	100
11	110
\.
select * from hist order by id;
create function nope() returns int language plpgsql as $$ begin return 1; end $$;
create trigger bad after insert on acc for each row execute function nope();
create trigger bad instead of insert on acc for each row execute function hist();
create trigger bad before truncate on acc for each row execute function hist();
create trigger h after update on acc for each row execute function hist();
select hist();
