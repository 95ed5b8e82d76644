"""pg_dump, psql and pg_restore: a database is dumped, restored, and dumped again the same.

The programs are those beside PSQL, which ./test installs, or in the folder PG_BIN.
"""

import os
import re
import subprocess
import tempfile

import psycopg2
from harness import Server, run_tests, test

SCHEMA = r"""
    CREATE SCHEMA s;
    CREATE TYPE s.mood AS ENUM ('sad', 'ok', 'happy');
    CREATE DOMAIN s.pos AS int CHECK (VALUE > 0);
    CREATE TYPE pair AS (a int, b text);
    CREATE SEQUENCE s.counter START 5 INCREMENT 3;
    CREATE SEQUENCE unused;
    CREATE TABLE s.parent (id serial PRIMARY KEY, name text NOT NULL UNIQUE, m s.mood DEFAULT 'ok', p s.pos,
        tags text[] DEFAULT '{}', made timestamptz DEFAULT '2020-01-01 00:00:00+00', j jsonb, pr pair);
    CREATE TABLE child (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        parent_id int REFERENCES s.parent (id) ON DELETE CASCADE, amount numeric(12,2) CHECK (amount >= 0),
        twice numeric GENERATED ALWAYS AS (amount * 2) STORED, note varchar(20));
    CREATE INDEX child_amount ON child (amount DESC NULLS LAST) WHERE amount > 1;
    CREATE INDEX child_expr ON child (lower(note), (amount + 1));
    INSERT INTO s.parent (name, m, p, tags, j, pr) VALUES ('a', 'sad', 1, '{x,"y z"}', '{"k": [1, 2]}', '(1,"b c")'),
        ('b', NULL, NULL, NULL, NULL, NULL), (E'tab\tnl\n\\', DEFAULT, 3, DEFAULT, 'null', NULL);
    INSERT INTO child (parent_id, amount, note) VALUES (1, 1.5, 'n'), (1, 20, 'M'), (2, 0, NULL);
    CREATE FUNCTION add(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + $2';
    CREATE FUNCTION fire() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$;
    CREATE TRIGGER t BEFORE INSERT ON child FOR EACH ROW EXECUTE FUNCTION fire();
    COMMENT ON TABLE child IS 'the child';
    COMMENT ON COLUMN child.note IS 'a note';
    CREATE UNLOGGED TABLE fleeting (a int);
    SELECT nextval('s.counter'), nextval('s.counter');
"""


def program(name):
    folder = os.environ.get("PG_BIN") or os.path.dirname(os.environ["PSQL"])
    return os.path.join(folder, name)


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **options)
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return done.stdout


def database(server, name):
    connection = psycopg2.connect(server.url + "/postgres")
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    connection.close()
    return f"{server.url}/{name}"


def dump(url):
    """The dump without the line that is new each time."""
    return re.sub(r"(?m)^\\(un)?restrict .*$", "", run(program("pg_dump"), "-d", url))


@test
def a_dump_is_restored_and_dumps_the_same():
    server = Server()
    try:
        source = database(server, "source")
        with psycopg2.connect(source) as connection, connection.cursor() as cursor:
            cursor.execute(SCHEMA)
        connection.close()
        text = dump(source)
        for word in ("CREATE TYPE public.pair", "CHECK ((VALUE > 0))", "setval('s.counter', 8, true)",
                     "CREATE INDEX child_amount", "ADD CONSTRAINT child_parent_id_fkey"):
            assert word in text, word
        by_psql = database(server, "by_psql")
        run(program("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", by_psql, input=text)
        assert dump(by_psql) == text
        by_restore = database(server, "by_restore")
        with tempfile.TemporaryDirectory() as folder:
            archive = os.path.join(folder, "archive")
            run(program("pg_dump"), "-Fc", "-d", source, "-f", archive)
            run(program("pg_restore"), "--exit-on-error", "-d", by_restore, archive)
        assert dump(by_restore) == text
    finally:
        server.stop()


@test
def what_takes_long_stops_at_the_timeout():
    server = Server()
    try:
        connection = psycopg2.connect(server.url + "/postgres")
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = '200ms'")
            for query in (
                "SELECT regexp_match(repeat('a', 1000000), '((a{0,50}){0,50}){0,20}')",
                "SELECT count(*) FROM regexp_matches(repeat('a', 5000000), '(a)|b', 'g')",
                "SELECT jsonb_path_exists((SELECT jsonb_agg(i) FROM generate_series(1, 9000) i),"
                " '$[*] ? (exists($[*] ? (@ == -1)))')",
            ):
                try:
                    cursor.execute(query)
                except psycopg2.errors.QueryCanceled:
                    continue
                raise AssertionError(f"{query} was not stopped")
        connection.close()
    finally:
        server.stop()


run_tests()
