"""Starting and stopping: data directories, passwords, sockets, and what goes wrong."""

import os
import re
import stat
import subprocess
import tempfile

import psycopg2
from dotenv import dotenv_values
from harness import Server, Wire, run_tests, sqlstate, test


def error_of(**arguments):
    try:
        psycopg2.connect(**arguments).close()
    except psycopg2.OperationalError as error:
        return str(error)
    raise AssertionError("it connected")


def fails(*arguments, **environment):
    """The one line that a server which cannot start prints."""
    environment = {**os.environ, **environment}
    command = [os.environ["SURUS"], "serve", *arguments]
    run = subprocess.run(command, capture_output=True, text=True, timeout=20, env=environment)
    assert run.returncode == 1, run
    assert run.stdout == "" and run.stderr.count("\n") == 1, run
    return run.stderr


@test
def a_password_is_made_and_asked_for():
    with Server(arguments=()) as server:
        path = os.path.join(server.data, "credentials.env")
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
        assert stat.S_IMODE(os.stat(server.data).st_mode) == 0o700
        values = dotenv_values(path)
        greeting = "".join(server.greeting)
        assert path in greeting and values["POSTGRES_PASSWORD"] not in greeting
        connection = psycopg2.connect(values["DATABASE_URL"])
        cursor = connection.cursor()
        cursor.execute("select 1")
        assert cursor.fetchone() == (1,)
        connection.close()
        address = {"host": "127.0.0.1", "port": server.port, "password": "wrong", "dbname": "postgres"}
        assert 'password authentication failed for user "postgres"' in error_of(user="postgres", **address)
        assert 'password authentication failed for user "nobody"' in error_of(user="nobody", **address)


@test
def the_owner_needs_no_password_on_the_unix_socket():
    with Server(arguments=()) as server:
        address = {"host": server.data, "port": server.port}
        psycopg2.connect(user="postgres", dbname="postgres", **address).close()
        assert 'role "nobody" does not exist' in error_of(user="nobody", dbname="postgres", **address)
        assert 'database "none" does not exist' in error_of(user="postgres", dbname="none", **address)


@test
def user_password_and_database_are_taken_from_the_environment():
    given = {"POSTGRES_USER": "me", "POSTGRES_PASSWORD": "secret", "POSTGRES_DB": "mine"}
    with Server(arguments=(), environment=given) as server:
        assert not os.path.exists(os.path.join(server.data, "credentials.env"))
        address = {"host": "127.0.0.1", "port": server.port}
        psycopg2.connect(user="me", password="secret", dbname="mine", **address).close()
        assert server.stop() == 0
        server.start()
        psycopg2.connect(user="me", password="secret", dbname="mine", **address).close()


@test
def settings_are_given_on_the_command_line():
    given = ("--trust", "-c", "shared_buffers=8MB", "-c", "max_connections=2", "-c", "work_mem=7MB")
    with Server(arguments=given) as server:
        connection = psycopg2.connect(server.url)
        cursor = connection.cursor()
        for name, value in [("shared_buffers", "8MB"), ("max_connections", "2"), ("work_mem", "7MB")]:
            cursor.execute(f"show {name}")
            assert cursor.fetchone() == (value,), name
        second = psycopg2.connect(server.url)
        assert "too many clients" in error_of(dsn=server.url)
        second.close()
    assert 'unrecognized configuration parameter "shred_buffers"' in fails("-c", "shred_buffers=1")
    assert "invalid value" in fails("-c", "shared_buffers=much")
    assert "told by --listen" in fails("-c", "port=5433")


@test
def more_data_than_shared_buffers_needs_no_more_memory():
    with Server(arguments=("--trust", "-c", "shared_buffers=16MB")) as server:
        connection = psycopg2.connect(server.url)
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute("create table t (id int primary key, n int, filler char(200) default 'x')")
        before = server.resident_kib()
        cursor.execute("insert into t select g, 0 from generate_series(1, 300000) g")
        for _ in range(3):
            cursor.execute("update t set n = n + 1")
            cursor.execute("select sum(n) from t")
        assert cursor.fetchone() == (900000,)
        cursor.execute("select pg_table_size('t')")
        assert cursor.fetchone()[0] > 3 * 16 << 20
        grown = server.resident_kib() - before
        # The pool, the log in memory, and what statements need.
        assert grown < 120 << 10, f"{grown} KiB"


@test
def trust_asks_for_nothing():
    with Server() as server:
        wire = Wire(server, start=False)
        wire.send_start(user="nobody")
        assert sqlstate(wire.until(b"E")) == "28000"
        wire = Wire(server, start=False)
        wire.send_start(database="none")
        assert sqlstate(wire.until(b"E")) == "3D000"


@test
def what_cannot_start_says_so_in_one_line():
    with Server() as server, tempfile.TemporaryDirectory() as other:
        listen = f"127.0.0.1:{server.port}"
        assert "in use by another" in fails("--data", server.data, "--listen", "127.0.0.1:0")
        busy = fails("--data", os.path.join(other, "data"), "--listen", listen)
        assert re.search(r"port \d+ is in use", busy), busy
        assert "this machine only" in fails("--trust", "--listen", "0.0.0.0:0", "--data", os.path.join(other, "x"))
        foreign = os.path.join(other, "foreign")
        os.mkdir(foreign)
        with open(os.path.join(foreign, "holiday.txt"), "w") as file:
            file.write("not a database")
        fails("--data", foreign, "--listen", "127.0.0.1:0")
        assert os.listdir(foreign) in (["holiday.txt"], ["holiday.txt", "lock"], ["lock", "holiday.txt"])
        fails("--data", "/proc/none", "--listen", "127.0.0.1:0")


run_tests()
