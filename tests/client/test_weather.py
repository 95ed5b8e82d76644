"""The programs of examples/weather, at work at once."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request

import psycopg2
from dotenv import dotenv_values
from harness import Server, run_tests, test

EXAMPLE = pathlib.Path(__file__).resolve().parent.parent.parent / "examples" / "weather"


def environment():
    return {k: v for k, v in os.environ.items() if not k.startswith(("PG", "POSTGRES_", "DB_", "DATABASE_"))}


def run(directory, *command):
    """What a program of the example prints; it must end well."""
    done = subprocess.run(
        [sys.executable, *command], cwd=directory, env=environment(), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done
    return done.stdout


def example(server, directory):
    """A copy of the example whose .env is the server's own file."""
    copy = os.path.join(directory, "weather")
    shutil.copytree(EXAMPLE, copy, ignore=shutil.ignore_patterns(".env", "venv", "__pycache__"))
    shutil.copy(os.path.join(server.data, "credentials.env"), os.path.join(copy, ".env"))
    return copy


@test
def the_pattern_with_either_form_of_credentials():
    with tempfile.TemporaryDirectory() as directory, Server(arguments=()) as server:
        copy = example(server, directory)
        printed = run(copy, "connection_pattern.py")
        assert printed.startswith("row 1\nrolled back: value too long for type character varying(100)"), printed
        assert "refused, as it should be" in printed and "Berlin: 21.50 C, sunny" in printed, printed
        url = urllib.parse.urlparse(dotenv_values(os.path.join(copy, ".env"))["DATABASE_URL"])
        with open(os.path.join(copy, ".env"), "w") as file:
            file.write(f"DB_HOST={url.hostname}\nDB_PORT={url.port}\nDB_NAME={url.path[1:]}\n")
            file.write(f"DB_USER={url.username}\nDB_PASSWORD={urllib.parse.unquote(url.password)}\n")
        # The refused row used up no number: as in PostgreSQL, it failed before the sequence was asked.
        printed = run(copy, "connection_pattern.py")
        assert printed.startswith("row 2\n"), printed


@test
def web_page_worker_and_analytics_at_once():
    with tempfile.TemporaryDirectory() as directory, Server(arguments=()) as server:
        copy = example(server, directory)
        started = {"cwd": copy, "env": environment(), "stdout": subprocess.PIPE, "text": True}
        workers = [
            subprocess.Popen([sys.executable, "worker.py", "0", "50"], **started) for _ in range(3)
        ]
        web = subprocess.Popen([sys.executable, "web.py", "0"], **started)
        try:
            page = web.stdout.readline().strip()
            form = urllib.parse.urlencode(
                {"location": "<Oz>", "temperature": "7.25", "conditions": "storm"}
            ).encode()
            assert urllib.request.urlopen(page, form, timeout=30).read().startswith(b"<!doctype html>")
            for _ in range(5):
                assert run(copy, "analytics.py").startswith("town")
            try:
                bad = urllib.parse.urlencode({"location": "Oz", "temperature": "1234.5"}).encode()
                urllib.request.urlopen(page, bad, timeout=30)
                raise AssertionError("an overflow was accepted")
            except urllib.error.HTTPError as error:
                assert error.code == 400 and "numeric field overflow" in error.read().decode()
            for worker in workers:
                assert worker.wait(timeout=60) == 0
            rows = json.load(urllib.request.urlopen(page + "api/weather", timeout=30))
            assert len(rows) == 10 and set(rows[0]) == {"location", "temperature", "conditions", "timestamp"}
        finally:
            for process in (*workers, web):
                if process.poll() is None:
                    process.send_signal(signal.SIGKILL)
                process.wait()
                process.stdout.close()
        summary = run(copy, "analytics.py")
        assert all(f"{town:<12}{150:>6}" in summary for town in ("Berlin", "Nairobi", "Reykjavik", "Singapore")), summary
        connection = psycopg2.connect(dotenv_values(os.path.join(copy, ".env"))["DATABASE_URL"])
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT count(*), count(DISTINCT id), min(id) FROM weather_history")
            assert cursor.fetchone() == (601, 601, 1)
            cursor.execute("SELECT temperature::text, conditions FROM weather_history WHERE location = '<Oz>'")
            assert cursor.fetchall() == [("7.25", "storm")]
        connection.close()


run_tests()
