"""PREPARE TRANSACTION: prepared transactions outlive their session and a killed server, with their locks."""

import signal

from harness import Server, Wire, first_value, run_tests, sqlstate, test


def value(wire, sql):
    return first_value(wire.query(sql)).decode()


@test
def a_prepared_transaction_is_committed_by_another_session():
    one, two = Wire(server), Wire(server)
    one.query("CREATE TABLE a (id int PRIMARY KEY); INSERT INTO a VALUES (1)")
    one.query("BEGIN; INSERT INTO a VALUES (2); UPDATE a SET id = 3 WHERE id = 1")
    assert b"PREPARE TRANSACTION" in one.query("PREPARE TRANSACTION 'first'")[-2][1]
    assert value(one, "SELECT string_agg(id::text, ',') FROM a") == "1"
    assert value(two, "SELECT gid || ' ' || owner || ' ' || database FROM pg_prepared_xacts") == "first postgres postgres"
    assert sqlstate(one.query("BEGIN; SELECT 1; PREPARE TRANSACTION 'first'")) == "42710"
    assert sqlstate(one.query("SET lock_timeout = '20ms'; UPDATE a SET id = 4 WHERE id = 1")) == "55P03"
    assert sqlstate(one.query("BEGIN; COMMIT PREPARED 'first'")) == "25001"
    one.query("ROLLBACK")
    two.query("COMMIT PREPARED 'first'")
    assert value(one, "SELECT string_agg(id::text, ',' ORDER BY id) FROM a") == "2,3"
    assert sqlstate(two.query("COMMIT PREPARED 'first'")) == "42704"


@test
def prepared_transactions_survive_a_kill():
    one = Wire(server)
    one.query("CREATE TABLE b (id int PRIMARY KEY, v text)")
    one.query("INSERT INTO b SELECT i, repeat('x', 20000) FROM generate_series(1, 5) i")
    one.query("BEGIN; CREATE TABLE made (x int); INSERT INTO made VALUES (7); UPDATE b SET v = 'new' WHERE id < 3")
    one.query("PREPARE TRANSACTION 'commit me'")
    one.query("BEGIN; DELETE FROM b WHERE id > 3; PREPARE TRANSACTION 'forget me'")
    one.query("BEGIN; LOCK TABLE b IN ACCESS SHARE MODE; PREPARE TRANSACTION 'third'")
    one.query("ROLLBACK PREPARED 'third'")
    for _ in range(2):
        server.stop(signal.SIGKILL)
        server.start()
        one = Wire(server)
        one.query("CHECKPOINT")
        assert value(one, "SELECT string_agg(gid, ',' ORDER BY gid) FROM pg_prepared_xacts") == "commit me,forget me"
        assert value(one, "SELECT count(*) || ' ' || sum(length(v)) FROM b") == "5 100000"
        assert sqlstate(one.query("SELECT * FROM made")) == "42P01"
        assert sqlstate(one.query("SET lock_timeout = '20ms'; UPDATE b SET v = 'mine' WHERE id = 1")) == "55P03"
        assert sqlstate(one.query("SET lock_timeout = '20ms'; LOCK TABLE b IN SHARE MODE")) in ("25P01", "55P03")
    one.query("COMMIT PREPARED 'commit me'")
    one.query("ROLLBACK PREPARED 'forget me'")
    assert value(one, "SELECT count(*) || ' ' || sum(length(v)) FROM b") == "5 60006"
    assert value(one, "SELECT x FROM made") == "7"
    server.stop(signal.SIGKILL)
    server.start()
    one = Wire(server)
    assert value(one, "SELECT x FROM made") == "7"
    assert value(one, "SELECT count(*) FROM pg_prepared_xacts") == "0"


@test
def what_a_prepared_serializable_transaction_read_survives_a_kill():
    one = Wire(server)
    one.query("CREATE TABLE s (id int PRIMARY KEY, v int); INSERT INTO s VALUES (1, 0), (2, 0), (3, 0)")
    one.query("BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT v FROM s WHERE id = 1; UPDATE s SET v = 1 WHERE id = 2")
    one.query("PREPARE TRANSACTION 'p'")
    server.stop(signal.SIGKILL)
    server.start()
    one, two = Wire(server), Wire(server)
    locks = "SELECT count(*) > 0 FROM pg_locks WHERE mode = 'SIReadLock'"
    assert value(one, locks) == "t"
    # Who reads what it wrote, and writes what it read, would close the circle.
    one.query("BEGIN ISOLATION LEVEL SERIALIZABLE")
    assert sqlstate(one.query("SELECT v FROM s WHERE id = 2")) == "40001"
    one.query("ROLLBACK")
    # Who has nothing to do with it is left alone.
    one.query("BEGIN ISOLATION LEVEL SERIALIZABLE; UPDATE s SET v = 3 WHERE id = 3")
    assert b"COMMIT" in one.query("COMMIT")[0][1]
    two.query("COMMIT PREPARED 'p'")
    assert value(two, "SELECT string_agg(v::text, ',' ORDER BY id) FROM s") == "0,1,3"
    assert value(two, locks) == "f"


@test
def temporary_tables_of_a_killed_server_are_gone():
    one = Wire(server)
    one.query("CREATE TEMPORARY TABLE t (x int); INSERT INTO t VALUES (1)")
    assert value(one, "SELECT count(*) FROM pg_class WHERE relname = 't'") == "1"
    server.stop(signal.SIGKILL)
    server.start()
    one = Wire(server)
    assert value(one, "SELECT count(*) FROM pg_class WHERE relname = 't'") == "0"
    assert value(one, "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'pg_temp%'") == "0"


with Server() as server:
    run_tests()
