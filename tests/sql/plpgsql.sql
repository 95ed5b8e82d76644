-- PL/pgSQL.
create function f1(a int) returns int language plpgsql as $$
declare x int := 10; y text default 'q';
begin
  x := x + a;
  if x > 12 then return x; elsif x = 11 then return -1; else return 0; end if;
end $$;
select f1(1), f1(2), f1(3);
create function fact(n int) returns numeric language plpgsql as $$ begin if n <= 1 then return 1; end if; return n * fact(n-1); end $$;
select fact(20), fact(30);
create table t(a int primary key, b text);
create function ins(n int) returns int language plpgsql as $$
declare i int; c bigint;
begin
  for i in 1..n loop insert into t values (i, 'v'||i); end loop;
  get diagnostics c = row_count;
  raise notice 'inserted % (last %) found %', n, c, found;
  return n;
end $$;
select ins(5);
create function srf() returns setof t language plpgsql as $$
declare r t; begin for r in select * from t order by a loop r.b := r.b || '!'; return next r; end loop; return; end $$;
select * from srf();
create function srf2(lo int, hi int) returns table(k int, v text) language plpgsql as $$
begin return query select a, b from t where a between lo and hi order by a; if not found then raise exception 'none between % and %', lo, hi using errcode='22012', hint='try more'; end if; end $$;
select * from srf2(2,3);
select * from srf2(20,30);
create function exc(a int) returns text language plpgsql as $$
declare msg text; st text;
begin
  begin
    insert into t values (100,'x');
    perform 1/a;
    return 'fine';
  exception when division_by_zero then
    get stacked diagnostics msg = message_text, st = returned_sqlstate;
    return 'caught '||sqlerrm||' '||sqlstate||' '||msg||st;
  when others then return 'other '||sqlerrm; end;
end $$;
select exc(0); select exc(1); select count(*) from t where a=100; select exc(1);
create function dyn(tab text, lim int) returns bigint language plpgsql as $$
declare n bigint; begin execute 'select count(*) from '||quote_ident(tab)||' where a <= $1' into n using lim; return n; end $$;
select dyn('t', 3);
create function rec() returns text language plpgsql as $$
declare r record; o text := ''; arr int[] := '{1,2,3}'; x int;
begin
  for r in select a, b from t where a<4 loop o := o || r.a || r.b || ','; end loop;
  arr[2] := 20; arr[5] := 50;
  foreach x in array arr loop o := o || coalesce(x::text,'N') || ';'; end loop;
  select a, b into r from t where a = 2; o := o || r.b;
  select a into strict x from t where a = 3;
  case x when 1,2 then o := o||'low'; when 3 then o := o || 'three'; end case;
  while x > 0 loop x := x - 1; continue when x = 1; o := o || x; exit when x = 0; end loop;
  return o;
end $$;
select rec();
do $$ declare v int; begin select 1/0 into v; end $$;
do $$ begin raise exception 'boo %', 5; end $$;
do $$ begin perform nosuch(1); end $$;
do $$ begin raise notice 'hello %', now() is not null; end $$;
create procedure pr(a int, inout b int) language plpgsql as $$ begin b := b + a; end $$;
call pr(1, 41);
do $$ declare z int := 5; begin call pr(2, z); raise notice 'z=%', z; end $$;
create function bad() returns int language plpgsql as $$ begin retrun 1; end $$;
create function bad2() returns int language plpgsql as $$ begin if true then return 1; end $$;
create function noret() returns int language plpgsql as $$ begin null; end $$;
select noret();
create function outp(a int, out b int, out c text) language plpgsql as $$ begin b := a*2; c := 'x'||a; end $$;
select * from outp(4); select outp(4);
create function setout(n int, out i int, out sq int) returns setof record language plpgsql as $$ begin for i in 1..n loop sq := i*i; return next; end loop; end $$;
select * from setout(3);
do $$ declare c cursor(x int) for select a from t where a > x order by a; v int; begin open c(3); loop fetch c into v; exit when not found; raise notice 'v %', v; end loop; close c; end $$;
do $$ declare a int; begin select a from t; end $$;
create function amb(a int) returns int language plpgsql as $$ begin return (select a from t limit 1); end $$;
select amb(1);
do $$ begin assert 1 = 2, 'math'; end $$;
select f1(i) from generate_series(1,3) i where f1(i) <> 0;

do $$ <<around>> declare a int := 1; begin declare a int := 2; begin raise notice '% %', a, around.a; end; end $$;
do $$ declare r record; begin raise notice '%', r.x; end $$;
do $$ declare r record; begin r := row(1, 'a'::text); raise notice '% %', r.f1, r; r.f2 := 'b'; raise notice '%', r; end $$;
do $$ begin begin raise exception using errcode = 'unique_violation', message = 'mine', detail = 'd', hint = 'h'; exception when unique_violation then raise notice '% %', sqlerrm, sqlstate; raise; end; end $$;
do $$ declare v t%rowtype; w t.b%type := 'w'; begin select * into v from t where a = 1; v.b := w; raise notice '%', v; end $$;
do $$ declare x int not null := 1; begin x := null; end $$;
do $$ declare x constant int := 1; begin x := 2; end $$;
do $$ declare n int; begin select count(*) into n from t; raise notice '%', n; update t set b = b where a < 3; get diagnostics n = row_count; raise notice '% %', n, found; end $$;
create function opt(int default 5, variadic more int[] default '{}') returns int language plpgsql as $$ begin return $1 + coalesce(array_length(more, 1), 0); end $$;
select opt(), opt(1), opt(1, 2, 3);
create function poly2(anyelement) returns anyarray language plpgsql as $$ begin return array[$1, $1]; end $$;
select poly2(1), poly2('x'::text);
create function retrec(int) returns record language plpgsql as $$ declare r record; begin select $1 as n, 'v' || $1 as v into r; return r; end $$;
select * from retrec(3) as (n int, v text);
create function stab() returns int language plpgsql stable as $$ begin insert into t values (50, 'no'); return 1; end $$;
select stab();
