"""`surus check` and `surus info`, on whole and on damaged data directories."""

import os
import pathlib
import signal
import subprocess

from harness import Server, Wire, first_value, run_tests, test


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
    assert code == 0 and "format              4" in text and "open by a server    no" in text, text
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


INDEXES = {
    "plain": "plain ON c (n)",
    "descending": "descending ON c (n DESC NULLS LAST, id)",
    "of_expression": "of_expression ON c (lower(v), (n + 1))",
    "partial": "partial ON c (n) WHERE n % 2 = 0",
    "with_more": "with_more ON c (n) INCLUDE (v)",
    "partial_expression": "partial_expression ON c (upper(v) DESC) INCLUDE (n) WHERE n > 100",
    "unique_one": "unique_one ON c (id) NULLS NOT DISTINCT",
}


@test
def indexes_are_compared_with_their_table():
    """Each index's file is put back as it was before some changes: one that lost writes, each page of it whole."""
    server = Server()
    wire = Wire(server)
    wire.query("CREATE TABLE c (id int, n int, v text)")
    for index, definition in INDEXES.items():
        unique = "UNIQUE " if index.startswith("unique") else ""
        wire.query(f"CREATE {unique}INDEX {definition}")
    wire.query("INSERT INTO c SELECT i, i, 'Row ' || i FROM generate_series(1, 500) i")
    files = {}
    for index in INDEXES:
        found = wire.query(f"SELECT relfilenode FROM pg_class WHERE relname = '{index}'")
        files[index] = pathlib.Path(server.data) / "base" / "5" / first_value(found).decode()
    server.stop()
    code, text = surus("check", server.data)
    assert code == 0 and "nothing is wrong" in text, text
    before = {index: file.read_bytes() for index, file in files.items()}
    server.start()
    wire = Wire(server)
    # A new row, one that left every index, one that changed its keys alone, and one that leaves the partial ones.
    wire.query("INSERT INTO c VALUES (1000, 1000, 'New')")
    wire.query("DELETE FROM c WHERE id = 400")
    wire.query("UPDATE c SET id = 1300, n = 300002, v = 'Other' WHERE id = 300")
    wire.query("UPDATE c SET id = 1200, n = -1, v = 'Odd' WHERE id = 200")
    server.stop()
    after = {index: file.read_bytes() for index, file in files.items()}
    for index, file in files.items():
        # The copies of the pages that were written last would heal nothing here, but are of no use either.
        file.write_bytes(before[index])
        code, text = surus("check", server.data)
        name = f'index "{index}" of table "c"'
        assert code != 0, f"{index}: {text}"
        lacking = text.count(f"{name} lacks row")
        foreign = sum(name in line and "that the row does not have" in line for line in text.splitlines())
        # The new row and the two with other keys; a partial index has less of them.
        assert lacking == (2 if index.startswith("partial") else 3), f"{index}: {text}"
        # The old keys of the two; the entry of the deleted row counts where purge had taken it already.
        assert foreign >= 2, f"{index}: {text}"
        others = [line for line in text.splitlines() if "index " in line and name not in line]
        assert not others, f"{index}: {others}"
        file.write_bytes(after[index])
    code, text = surus("check", server.data)
    assert code == 0 and "nothing is wrong" in text, text


@test
def what_is_no_directory_of_surus():
    code, text = surus("info", "/tmp")
    assert code != 0 and "no data directory of surus" in text, text
    code, text = surus("check", "/nonexistent")
    assert code != 0 and "there is no directory" in text, text


run_tests()
