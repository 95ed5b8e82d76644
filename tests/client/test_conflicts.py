"""What waits and what conflicts beyond plain statements: DROP DATABASE heeds a cancel, COPY FROM counts as a write."""

import time

from harness import Server, Wire, kinds, message, run_tests, sqlstate, test, wait_for


@test
def drop_database_heeds_a_cancel():
    one, control = Wire(server), Wire(server)
    one.query("CREATE DATABASE used")
    guest = Wire(server, database="used")
    begun = time.monotonic()
    one.send(message(b"Q", b"DROP DATABASE used\0"))
    activity = f"SELECT 1 FROM pg_stat_activity WHERE pid = {one.process()} AND state = 'active'"
    wait_for(lambda: any(kind == b"D" for kind, _ in control.query(activity)))
    control.query(f"SELECT pg_cancel_backend({one.process()})")
    answer = one.until(b"Z")
    assert sqlstate(answer) == "57014", answer
    assert time.monotonic() - begun < 4, "it waited for the other session all the same"
    guest.close()
    assert b"DROP DATABASE" in one.query("DROP DATABASE used")[0][1]


def copy_in(wire, table, rows):
    wire.send(message(b"Q", f"COPY {table} FROM STDIN\0".encode()))
    wire.until(b"G")
    wire.send(message(b"d", rows) + message(b"c"))
    return wire.until(b"Z")


def outcome(messages):
    """The SQLSTATE of the error among messages, if there is one."""
    return sqlstate(messages) if "E" in kinds(messages) else None


def both_copy(look, table):
    """Two transactions that do not see what the other copies."""
    one, two = Wire(server), Wire(server)
    for wire in (one, two):
        wire.query("BEGIN ISOLATION LEVEL SERIALIZABLE")
        wire.query(look)
    states = [outcome(copy_in(one, table, b"1\t1\n")), outcome(copy_in(two, table, b"2\t2\n"))]
    return states + [outcome(wire.query("COMMIT")) for wire in (one, two)]


@test
def copy_from_is_a_write_of_a_serializable_transaction():
    Wire(server).query("CREATE TABLE copied (a int, b int); CREATE TABLE keyed (a int PRIMARY KEY, b int)")
    for table in ("copied", "keyed"):
        states = both_copy(f"SELECT count(*) FROM {table}", table)
        assert states.count("40001") == 1, states
    # A range of an index's keys is read, and written, as such.
    Wire(server).query("TRUNCATE keyed; INSERT INTO keyed SELECT i, i FROM generate_series(1000, 9000) i; ANALYZE keyed")
    states = both_copy("SELECT * FROM keyed WHERE a BETWEEN 1 AND 2", "keyed")
    assert states.count("40001") == 1, states
    Wire(server).query("DELETE FROM keyed WHERE a < 1000")
    assert both_copy("SELECT * FROM keyed WHERE a = 100", "keyed") == [None] * 4


with Server() as server:
    run_tests()
