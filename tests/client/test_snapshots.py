"""max_snapshot_wal_keep_size: a snapshot that keeps too much log is given up, and who reads by it is told."""

import os
import struct

from harness import Server, Wire, first_value, message, run_tests, sqlstate, test, wait_for

FILL = "INSERT INTO {0} SELECT i, repeat('x', 30000 * (i % 2) + 10) FROM generate_series(1, 20) i"
TOO_OLD = "72000"


def value(wire, sql):
    return first_value(wire.query(sql)).decode()


def table(wire, name):
    wire.query(f"CREATE TABLE {name} (id int PRIMARY KEY, v text)")
    wire.query(FILL.format(name))


def write(wire, name, megabytes):
    """Changes rows for so many MB of log, and has recovery need none of it."""
    for number in range(megabytes * 5):
        wire.query(f"UPDATE {name} SET v = md5('{number}') WHERE id = 1")
        wire.query(f"DELETE FROM {name} WHERE id = 2; INSERT INTO {name} SELECT 2, string_agg(md5(i::text || '{number}'), '')"
                   " FROM generate_series(1, 6000) i")
    wire.query("CHECKPOINT")


def is_kept(reader, writer, other, name):
    """The reader's snapshot shows the same after 10 MB of log and looks of the server at what it keeps."""
    before = value(reader, f"SELECT sum(length(v)) FROM {name}")
    write(writer, name, 10)
    for _ in range(5):
        other.query(f"UPDATE {name} SET v = 'z' WHERE id = 3; CHECKPOINT")
    assert value(reader, f"SELECT sum(length(v)) FROM {name}") == before


def log_begin():
    return min(int(name, 16) for name in os.listdir(os.path.join(server.data, "wal")))


def fails(wire, sql, again):
    """Waits until the statement fails, with writes meanwhile that have the server look; gives the answer."""
    answers = []

    def failed():
        again()
        answers.append(wire.query(sql))
        return any(kind == b"E" for kind, _ in answers[-1])

    wait_for(failed)
    return answers[-1]


@test
def the_setting():
    wire = Wire(server)
    assert value(wire, "SHOW max_snapshot_wal_keep_size") == "-1"
    wire.query("SET max_snapshot_wal_keep_size = '1GB'")
    assert value(wire, "SHOW max_snapshot_wal_keep_size") == "1GB"
    row = value(wire, "SELECT concat_ws(' ', setting, unit, context, vartype) FROM pg_settings"
                " WHERE name = 'max_snapshot_wal_keep_size'")
    assert row == "1024 MB superuser integer", row
    wire.query("CREATE ROLE plain LOGIN")
    wire.query("ALTER ROLE plain SET max_snapshot_wal_keep_size = '64MB'")
    plain = Wire(server, user="plain")
    assert value(plain, "SHOW max_snapshot_wal_keep_size") == "64MB"
    for own in ("SET max_snapshot_wal_keep_size = -1", "ALTER ROLE plain SET max_snapshot_wal_keep_size = -1",
                "ALTER ROLE plain RESET max_snapshot_wal_keep_size"):
        assert sqlstate(plain.query(own)) == "42501", own
    plain.query("ALTER ROLE plain SET work_mem = '7MB'")
    plain.query("ALTER ROLE plain RESET ALL")
    again = Wire(server, user="plain")
    assert value(again, "SELECT current_setting('work_mem') || current_setting('max_snapshot_wal_keep_size')") == "4MB64MB"


@test
def a_repeatable_read_transaction_is_told():
    one, two, three = Wire(server), Wire(server), Wire(server)
    table(one, "a")
    one.query("SET max_snapshot_wal_keep_size = '2MB'")
    one.query("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1")
    before = value(one, "SELECT sum(length(v)) FROM a")
    write(two, "a", 1)
    assert value(one, "SELECT sum(length(v)) FROM a") == before
    begin = log_begin()
    write(two, "a", 30)
    answer = fails(one, "SELECT sum(length(v)) FROM a", lambda: three.query("UPDATE a SET v = 'y' WHERE id = 3"))
    assert sqlstate(answer) == TOO_OLD
    text = next(body for kind, body in answer if kind == b"E")
    assert b"Msnapshot too old\0" in text, text
    assert b"DThe snapshot kept more than 2 MB of write-ahead log that nothing else needed.\0" in text, text
    assert b"max_snapshot_wal_keep_size" in text.split(b"\0H")[1], text
    assert sqlstate(one.query("SELECT 1")) == "25P02"
    one.query("ROLLBACK")
    assert value(one, "SELECT count(*) FROM a") == "20"

    def is_given_back():
        three.query("UPDATE a SET v = 'y' WHERE id = 3")
        three.query("CHECKPOINT")
        return log_begin() > begin

    wait_for(is_given_back)


@test
def its_writes_are_rolled_back_and_a_cursor_is_told():
    one, two, three = Wire(server), Wire(server), Wire(server)
    table(one, "b")
    one.query("CREATE TABLE large AS SELECT i, repeat('x', 500) AS v FROM generate_series(1, 20000) i")
    one.query("SET max_snapshot_wal_keep_size = '2MB'")
    one.query("BEGIN")
    one.send(message(b"P", b"\0SELECT * FROM large\0\0\0") + message(b"B", b"c\0\0" + bytes(6)))
    fetch = message(b"E", b"c\0" + struct.pack(">I", 1)) + message(b"H")
    one.send(fetch)
    assert any(kind == b"D" for kind, _ in one.until(b"s"))
    write(two, "b", 10)

    def failed():
        three.query("UPDATE b SET v = 'y' WHERE id = 3")
        return log_begin() > begin

    begin = log_begin()
    wait_for(failed)
    one.send(message(b"E", b"c\0" + bytes(4)) + message(b"S"))
    assert sqlstate(one.until(b"Z")) == TOO_OLD
    one.query("ROLLBACK")
    # What wrote before the log that is too much keeps its snapshot: its own undo is needed anyway.
    one.query("BEGIN ISOLATION LEVEL REPEATABLE READ; INSERT INTO b VALUES (100, 'mine')")
    is_kept(one, two, three, "b")
    one.query("ROLLBACK")
    assert value(one, "SELECT count(*) FROM b") == "20"


@test
def without_a_limit_it_is_kept():
    one, two = Wire(server), Wire(server)
    table(one, "d")
    one.query("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1")
    is_kept(one, two, two, "d")


with Server() as server:
    run_tests()
