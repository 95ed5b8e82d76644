"""`surus check` and `surus info`, on whole and on damaged data directories."""

import os
import pathlib
import signal
import subprocess

from harness import Server, Wire, run_tests, test


def surus(*arguments):
    run = subprocess.run([os.environ["SURUS"], *arguments], capture_output=True, text=True, timeout=60)
    return run.returncode, run.stdout + run.stderr


def filled():
    server = Server()
    wire = Wire(server)
    wire.query("CREATE TABLE a (id int PRIMARY KEY, v text, UNIQUE (v))")
    wire.query("INSERT INTO a SELECT i, 'row ' || i FROM generate_series(1, 2000) i")
    wire.query("CREATE TABLE b (id int, v text); CREATE INDEX ON b (length(v))")
    wire.query("INSERT INTO b SELECT i, repeat(md5(i::text), 1000) FROM generate_series(1, 20) i")
    wire.query("UPDATE a SET v = v || '!' WHERE id % 3 = 0; DELETE FROM a WHERE id % 7 = 0; DELETE FROM b WHERE id = 3")
    return server, wire


@test
def a_whole_directory():
    server, _ = filled()
    code, text = surus("info", server.data)
    assert code == 0 and "open by a server    yes" in text, text
    code, text = surus("check", server.data)
    assert code != 0 and "in use by another surus server" in text, text
    server.stop(signal.SIGKILL)
    code, text = surus("check", server.data)
    assert code == 0 and "2 tables" in text and "nothing is wrong" in text, text
    code, text = surus("info", server.data)
    assert code == 0 and "format              3" in text and "open by a server    no" in text, text
    server.start()
    server.stop()


@test
def a_damaged_page_is_found():
    server, _ = filled()
    server.stop()
    # The copies of the pages that were written last would heal them.
    os.remove(os.path.join(server.data, "doublewrite"))
    base = pathlib.Path(server.data) / "base" / "5"
    largest = max(base.iterdir(), key=lambda file: file.stat().st_size)
    with open(largest, "r+b") as file:
        file.seek(16384 + 9000)
        byte = file.read(1)
        file.seek(16384 + 9000)
        file.write(bytes([byte[0] ^ 1]))
    code, text = surus("check", server.data)
    assert code != 0 and f"base/5/{largest.name}, page 1" in text, text


@test
def what_is_no_directory_of_surus():
    code, text = surus("info", "/tmp")
    assert code != 0 and "no data directory of surus" in text, text
    code, text = surus("check", "/nonexistent")
    assert code != 0 and "there is no directory" in text, text


run_tests()
