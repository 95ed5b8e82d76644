"""The protocol by hand: start-up, simple and extended query, pipelines, cancel, malformed messages."""

import random
import struct
import time

from harness import Server, Wire, first_value, kinds, message, run_tests, sqlstate, test, wait_for

SYNC = message(b"S")


def parse(sql, name=b""):
    return message(b"P", name + b"\0" + sql + b"\0\0\0")


BIND = message(b"B", b"\0\0\0\0\0\0\0\0")
DESCRIBE = message(b"D", b"P\0")
EXECUTE = message(b"E", b"\0\0\0\0\0")


@test
def start_up_tells_settings_and_key():
    wire = Wire(server)
    assert wire.parameters["server_version"] == "18.4"
    assert wire.parameters["client_encoding"] == "UTF8"
    assert len(wire.key[1]) == 4
    wire = Wire(server, version=3 << 16 | 2)
    assert len(wire.key[1]) == 32


@test
def versions_are_negotiated():
    wire = Wire(server, start=False)
    wire.send_start(version=3 << 16 | 99, **{"_pq_.x": "1"})
    kind, body = wire.read()
    assert kind == b"v" and body == struct.pack(">II", 3 << 16 | 2, 1) + b"_pq_.x\0", body
    wire.until(b"Z")
    wire = Wire(server, start=False)
    wire.send_start(version=2 << 16)
    assert sqlstate(wire.until(b"E")) == "0A000"
    assert wire.read() is None


@test
def encryption_is_declined():
    wire = Wire(server, start=False)
    for code in (5679, 5680):
        wire.send(struct.pack(">IHH", 8, 1234, code))
        assert wire.socket.recv(1) == b"N"
    wire.send_start()
    assert kinds(wire.until(b"Z")).endswith("KZ")


@test
def simple_queries():
    wire = Wire(server)
    assert kinds(wire.query("select 1")) == "TDCZ"
    assert kinds(wire.query("")) == "IZ"
    assert sqlstate(wire.query("bad")) == "42601"
    assert kinds(wire.query("select 1; select 2")) == "TDCTDCZ"


@test
def extended_queries_and_pipelines():
    wire = Wire(server)
    wire.send(parse(b"select 1") + BIND + DESCRIBE + EXECUTE + SYNC)
    assert kinds(wire.until(b"Z")) == "12TDCZ"
    one = parse(b"select 1") + BIND + EXECUTE + SYNC
    wire.send(one * 500)
    for _ in range(500):
        assert kinds(wire.until(b"Z")) == "12DCZ"


@test
def messages_may_come_in_pieces():
    wire = Wire(server)
    for byte in parse(b"select 1") + BIND + DESCRIBE + EXECUTE + SYNC:
        wire.send(bytes([byte]))
    assert kinds(wire.until(b"Z")) == "12TDCZ"


@test
def after_an_error_all_is_left_out_up_to_sync():
    wire = Wire(server)
    wire.send(parse(b"bad") + BIND + EXECUTE + parse(b"select 1") + SYNC + parse(b"select 1") + BIND + EXECUTE + SYNC)
    messages = wire.until(b"Z")
    assert kinds(messages) == "EZ" and sqlstate(messages) == "42601"
    assert kinds(wire.until(b"Z")) == "12DCZ"


@test
def flush_sends_without_sync():
    wire = Wire(server)
    wire.send(parse(b"select 1") + message(b"H"))
    assert wire.read()[0] == b"1"
    wire.send(SYNC)
    assert wire.read()[0] == b"Z"


@test
def function_calls_are_refused():
    wire = Wire(server)
    wire.send(message(b"F", b"\0\0\0\0"))
    assert sqlstate(wire.until(b"Z")) == "0A000"
    assert kinds(wire.query("select 1")) == "TDCZ"


@test
def malformed_messages():
    wire = Wire(server)
    wire.send(message(b"D", b"X\0") + SYNC)
    assert sqlstate(wire.until(b"Z")) == "08P01"
    wire.send(message(b"Q", b"select '\xff'\0"))
    assert sqlstate(wire.until(b"Z")) == "22021"
    for bad in (b"@\0\0\0\4", b"Q\0\0\0\3", b"Q\xff\xff\xff\xff", message(b"p", b"x")):
        wire = Wire(server)
        wire.send(bad)
        assert sqlstate(wire.until(b"E")) == "08P01"
        assert wire.read() is None
    for bad in (b"GET / HTTP/1.1\r\n\r\n", b"\0\0\0\4", b"\x16\3\1\0\xff", struct.pack(">II", 8, 3 << 16)):
        wire = Wire(server, start=False)
        wire.send(bad)
        assert sqlstate(wire.until(b"E")) in ("08P01", "28000")
        assert wire.read() is None


@test
def hostile_bytes_hurt_only_their_connection():
    """10,000 seeded messages, a few on each connection, which is then broken off or ended by the server."""
    rng = random.Random(20260)
    good = Wire(server)
    sent = 0
    while sent < 10_000:
        wire = Wire(server, start=rng.random() < 0.9)
        data = b""
        for _ in range(rng.randrange(1, 12)):
            body = bytes(rng.choice((0, 0, 1, 65, 255, rng.randrange(256))) for _ in range(rng.randrange(30)))
            item = rng.choice((message(bytes([rng.choice(b"QPBDECHSdcfFpX")]), body), parse(b"select 1"), BIND, EXECUTE, SYNC))
            if rng.random() < 0.2:
                at = rng.randrange(len(item))
                item = item[:at] + bytes([rng.randrange(256)]) + item[at + 1:]
            data += item
            sent += 1
        try:
            wire.send(data)
            wire.socket.settimeout(0.001)
            wire.socket.recv(65536)
        except OSError:
            pass
        wire.close()
    assert kinds(good.query("select 1")) == "TDCZ"
    assert server.process.poll() is None


@test
def a_client_that_does_not_read_holds_no_thread_and_little_memory():
    before = server.resident_kib()
    idle = [Wire(server) for _ in range(8)]
    for wire in idle:
        wire.send(message(b"Q", b"select generate_series(1, 3000000)\0"))
    other = Wire(server)
    for _ in range(50):
        assert kinds(other.query("select 1")) == "TDCZ"
    assert server.thread_count() < 40
    assert server.resident_kib() - before < 200_000
    rows = sum(1 for kind, _ in idle[0].until(b"Z") if kind == b"D")
    assert rows == 3_000_000, rows
    for wire in idle:
        wire.close()


@test
def a_cancel_request_ends_the_statement():
    wire = Wire(server)
    wire.send(message(b"Q", b"select count(*) from generate_series(1, 100000000000)\0"))
    process, secret = wire.key
    wrong = Wire(server, start=False)
    wrong.send(struct.pack(">IHHi", 16, 1234, 5678, process) + b"\0\0\0\0")
    assert wrong.read() is None
    right = Wire(server, start=False)
    right.send(struct.pack(">IHHi", 12 + len(secret), 1234, 5678, process) + secret)
    assert right.read() is None
    assert sqlstate(wire.until(b"Z")) == "57014"
    assert kinds(wire.query("select 1")) == "TDCZ"


@test
def a_long_statement_holds_up_nobody():
    wires = [Wire(server) for _ in range(6)]
    for wire in wires:
        wire.send(message(b"Q", b"select count(*) from generate_series(1, 100000000000)\0"))
    other = Wire(server)
    for _ in range(20):
        assert kinds(other.query("select 1")) == "TDCZ"
    # A cancel request that comes before its statement has begun hits none.
    count = "select count(*) from pg_stat_activity where state = 'active' and pid <> pg_backend_pid()"
    while first_value(other.query(count)) != b"6":
        time.sleep(0.01)
    for wire in wires:
        process, secret = wire.key
        cancel = Wire(server, start=False)
        cancel.send(struct.pack(">IHHi", 12 + len(secret), 1234, 5678, process) + secret)
    for wire in wires:
        assert sqlstate(wire.until(b"Z")) == "57014"


@test
def a_session_that_waits_for_its_client_is_ended():
    other = Wire(server)
    for begin in ("select 1", "begin", "copy (select 1) to stdout"):
        wire = Wire(server)
        wire.query(begin)
        other.query(f"select pg_terminate_backend({wire.process()})")
        assert sqlstate(wire.until(b"E")) == "57P01"
        assert wire.read() is None
    wire = Wire(server)
    wire.query("create temp table c (a int)")
    wire.send(message(b"Q", b"copy c from stdin\0"))
    wire.until(b"G")
    other.query(f"select pg_terminate_backend({wire.process()})")
    assert sqlstate(wire.until(b"E")) == "57P01"
    count = "select count(*) from pg_stat_activity where pid <> pg_backend_pid()"
    wait_for(lambda: first_value(other.query(count)) == b"0")


@test
def a_session_that_is_idle_for_too_long_is_ended():
    for settings, begin, state in (
        ("set idle_session_timeout = 20", "select 1", "57P05"),
        ("set idle_in_transaction_session_timeout = 20", "begin", "25P03"),
        ("set idle_in_transaction_session_timeout = 20", "begin; select 1/0", "25P03"),
        ("set transaction_timeout = 20", "begin", "25P04"),
    ):
        wire = Wire(server)
        wire.query(settings)
        wire.query(begin)
        assert sqlstate(wire.until(b"E")) == state
        assert wire.read() is None
    wire = Wire(server)
    wire.query("set idle_in_transaction_session_timeout = 20; set transaction_timeout = 20; begin")
    wire.query("set local idle_in_transaction_session_timeout = 0; set local transaction_timeout = 0")
    time.sleep(0.05)
    assert kinds(wire.query("commit")) == "CZ"
    time.sleep(0.05)
    assert kinds(wire.query("select 1")) == "TDCZ"


@test
def notices_come_before_the_error_of_their_statement():
    wire = Wire(server)
    assert kinds(wire.query("drop table if exists missing, pg_class")) == "NEZ"
    assert kinds(wire.query("select 1")) == "TDCZ"


@test
def many_idle_connections_cost_little():
    before = server.resident_kib()
    wires = [Wire(server) for _ in range(500)]
    for wire in wires:
        assert kinds(wire.query("select 1")) == "TDCZ"
    assert (server.resident_kib() - before) / len(wires) < 20
    for wire in wires:
        wire.close()


@test
def a_stop_tells_the_sessions():
    wire = Wire(server)
    assert server.stop() == 0
    assert sqlstate(wire.until(b"E")) == "57P01"
    assert wire.read() is None
    server.start()
    assert kinds(Wire(server).query("select 1")) == "TDCZ"


with Server() as server:
    run_tests()
