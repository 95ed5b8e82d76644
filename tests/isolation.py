"""Runs isolation specs: several sessions in one order, where who waits for whom is part of the result.

    python3 tests/isolation.py --record FILE.spec ...    writes the .out beside each spec from the PostgreSQL that PGURL tells

A spec has histories, each begun by a line `== name`. A line `setup: SQL` runs first, in a session of its own; a line
`s1: SQL` is a step of session s1. A step that has to wait prints `waits`, and its result after the step that let it
go on. Sessions that are left in a transaction are closed at the end of the history.
"""

import pathlib
import re
import select
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "client"))

from harness import Wire  # noqa: E402

BLOCKED = "SELECT pg_isolation_test_session_is_blocked({}, ARRAY[{}])"


class Address:
    """Where a server listens."""

    def __init__(self, url):
        self.port = int(re.search(r":(\d+)", url.split("@")[1]).group(1))


def described(messages):
    """What a statement gave, a line each."""
    lines = []
    for kind, body in messages:
        if kind == b"D":
            count = int.from_bytes(body[:2], "big")
            at, values = 2, []
            for _ in range(count):
                length = int.from_bytes(body[at : at + 4], "big", signed=True)
                at += 4
                values.append("NULL" if length < 0 else body[at : at + length].decode())
                at += max(length, 0)
            lines.append("|".join(values))
        elif kind == b"C":
            lines.append(body.rstrip(b"\0").decode())
        elif kind == b"E":
            fields = {part[:1]: part[1:].decode() for part in body.split(b"\0") if part}
            lines.append(f"ERROR {fields[b'C']}: {fields[b'M']}")
    return lines


class Client:
    """A session of a history."""

    def __init__(self, address):
        self.wire = Wire(address)
        self.waiting = False

    def send(self, sql):
        self.wire.send(b"Q" + (len(sql.encode()) + 5).to_bytes(4, "big") + sql.encode() + b"\0")

    def answer(self, seconds):
        """The result, if there is one in time."""
        ready, _, _ = select.select([self.wire.socket], [], [], seconds)
        return described(self.wire.until(b"Z")) if ready else None


def settle(control, clients, name):
    """The result of a session's statement, or None when it waits for another session."""
    client = clients[name]
    others = ",".join(str(other.wire.process()) for other in clients.values() if other is not client)
    until = time.monotonic() + 30
    while time.monotonic() < until:
        result = client.answer(0.01)
        if result is not None:
            return result
        if others and described(control.query(BLOCKED.format(client.wire.process(), others)))[0] == "t":
            # It may have gone on between the two looks.
            return client.answer(0.01)
    raise RuntimeError(f"{name} neither ends nor waits")


def go_on(control, clients, lines):
    """Prints what those who waited gave, as far as they can go on now."""
    found = True
    while found:
        found = False
        for name, client in sorted(clients.items()):
            if client.waiting:
                result = settle(control, clients, name)
                if result is not None:
                    client.waiting = False
                    found = True
                    lines.extend(f"    {name} goes on: {line}" for line in result)


def history(address, steps):
    """Runs the steps of one history and returns its lines."""
    control, clients, lines = Wire(address), {}, []
    for who, sql in steps:
        if who == "setup":
            lines.extend(f"setup: {line}" for line in described(control.query(sql)) if "ERROR" in line)
            continue
        if who not in clients:
            clients[who] = Client(address)
            clients[who].wire.query("SET deadlock_timeout = '50ms'")
        lines.append(f"{who}: {sql}")
        clients[who].send(sql)
        result = settle(control, clients, who)
        if result is None:
            clients[who].waiting = True
            lines.append("    waits")
        else:
            lines.extend(f"    {line}" for line in result)
        go_on(control, clients, lines)
    for client in clients.values():
        client.wire.close()
    control.close()
    return lines


def run(url, spec):
    """Runs a spec and returns what it printed."""
    address, out, steps = Address(url), [], []

    def finish():
        if steps:
            out.extend(history(address, steps))
            steps.clear()

    for line in pathlib.Path(spec).read_text().splitlines():
        if line.startswith("== "):
            finish()
            out.append(line)
        elif line and not line.startswith("#"):
            who, sql = line.split(":", 1)
            steps.append((who.strip(), sql.strip()))
    finish()
    return "\n".join(out) + "\n"


if __name__ == "__main__":
    import os

    if sys.argv[1:2] != ["--record"]:
        sys.exit(__doc__)
    for name in sys.argv[2:]:
        pathlib.Path(name).with_suffix(".out").write_text(run(os.environ["PGURL"], name))
