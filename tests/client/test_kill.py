"""SIGKILL while clients write: what was acknowledged is there, and nothing is half done.

SURUS_KILLS says how many times the server is killed (3), SURUS_SEED which moments (printed when it fails). PGBENCH may
name a pgbench; without one the same transactions are run by psycopg2.
"""

import os
import random
import shutil
import subprocess
import threading
import time

import psycopg2
from harness import Server, run_tests, test
from signal import SIGKILL

KILLS = int(os.environ.get("SURUS_KILLS", "3"))
SEED = int(os.environ.get("SURUS_SEED", "20261122"))
RECOVERY_MAX = 5.0
CLIENTS = 8
ACCOUNTS = 100_000

SETUP = """
    CREATE TABLE IF NOT EXISTS acknowledged (client int, n int, PRIMARY KEY (client, n));
    CREATE TABLE IF NOT EXISTS counters (client int PRIMARY KEY, n int NOT NULL);
"""
BENCH = f"""
    CREATE TABLE pgbench_branches (bid int PRIMARY KEY, bbalance int, filler char(88));
    CREATE TABLE pgbench_tellers (tid int PRIMARY KEY, bid int, tbalance int, filler char(84));
    CREATE TABLE pgbench_accounts (aid int PRIMARY KEY, bid int, abalance int, filler char(84));
    CREATE TABLE pgbench_history (tid int, bid int, aid int, delta int, mtime timestamp, filler char(22));
    INSERT INTO pgbench_branches VALUES (1, 0);
    INSERT INTO pgbench_tellers SELECT n, 1, 0 FROM generate_series(1, 10) AS n;
    INSERT INTO pgbench_accounts SELECT n, 1, 0, '' FROM generate_series(1, {ACCOUNTS}) AS n;
"""
PGBENCH = os.environ.get("PGBENCH") or shutil.which("pgbench")


def connect(server):
    return psycopg2.connect(server.url + "/postgres")


def initialise(server):
    connection = connect(server)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(SETUP)
        if not PGBENCH:
            cursor.execute(BENCH)
    connection.close()
    if PGBENCH:
        subprocess.run(
            [PGBENCH, "-i", "-q", "-s", "1", server.url + "/postgres"], check=True, capture_output=True, timeout=120
        )


def transfer(cursor, rng):
    """pgbench's tpcb-like transaction."""
    account, teller, delta = rng.randint(1, ACCOUNTS), rng.randint(1, 10), rng.randint(-5000, 5000)
    cursor.execute("UPDATE pgbench_accounts SET abalance = abalance + %s WHERE aid = %s", (delta, account))
    cursor.execute("SELECT abalance FROM pgbench_accounts WHERE aid = %s", (account,))
    cursor.execute("UPDATE pgbench_tellers SET tbalance = tbalance + %s WHERE tid = %s", (delta, teller))
    cursor.execute("UPDATE pgbench_branches SET bbalance = bbalance + %s WHERE bid = %s", (delta, 1))
    cursor.execute(
        "INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES (%s, 1, %s, %s, CURRENT_TIMESTAMP)",
        (teller, account, delta),
    )


class Writer(threading.Thread):
    """Commits until the server dies, and remembers the last number that was acknowledged."""

    def __init__(self, server, client, first, rng):
        super().__init__(daemon=True)
        self.server, self.client, self.last, self.rng = server, client, first, rng
        self.error = None

    def run(self):
        try:
            connection = connect(self.server)
            with connection.cursor() as cursor:
                while True:
                    n = self.last + 1
                    cursor.execute("INSERT INTO acknowledged VALUES (%s, %s)", (self.client, n))
                    cursor.execute(
                        "INSERT INTO counters VALUES (%s, %s) ON CONFLICT (client) DO UPDATE SET n = excluded.n",
                        (self.client, n),
                    )
                    if not PGBENCH:
                        transfer(cursor, self.rng)
                    if self.rng.random() < 0.1:
                        connection.rollback()
                        continue
                    connection.commit()
                    self.last = n
        except psycopg2.OperationalError:
            pass
        except Exception as error:
            self.error = error


def check(server, writers):
    """The state after recovery: each writer's numbers without a gap, the sums equal."""
    connection = connect(server)
    with connection, connection.cursor() as cursor:
        for writer in writers:
            assert writer.error is None, writer.error
            cursor.execute("SELECT count(*), max(n) FROM acknowledged WHERE client = %s", (writer.client,))
            count, greatest = cursor.fetchone()
            greatest = greatest or 0
            # The commit that was under way may have been made; its answer was lost.
            assert greatest in (writer.last, writer.last + 1), (writer.client, writer.last, greatest)
            assert count == greatest, (writer.client, count, greatest)
            cursor.execute("SELECT n FROM counters WHERE client = %s", (writer.client,))
            row = cursor.fetchone()
            assert (row[0] if row else 0) == greatest, (writer.client, row, greatest)
            writer.last = greatest
        sums = []
        for table, column in (("accounts", "abalance"), ("tellers", "tbalance"), ("branches", "bbalance"), ("history", "delta")):
            cursor.execute(f"SELECT coalesce(sum({column}), 0) FROM pgbench_{table}")
            sums.append(cursor.fetchone()[0])
        assert len(set(sums)) == 1, sums
        cursor.execute("SELECT count(*), count(DISTINCT aid) FROM pgbench_accounts")
        assert cursor.fetchone() == (ACCOUNTS, ACCOUNTS)
        # By the index too, which recovery rebuilt from records of its own.
        cursor.execute("SELECT aid, delta FROM pgbench_history ORDER BY mtime DESC LIMIT 20")
        for account, _ in cursor.fetchall():
            cursor.execute(
                "SELECT abalance = (SELECT sum(delta) FROM pgbench_history WHERE aid = %s)"
                " FROM pgbench_accounts WHERE aid = %s",
                (account, account),
            )
            assert cursor.fetchall() == [(True,)], account
        cursor.execute("SELECT count(*) FROM pgbench_history")
        transfers = cursor.fetchone()[0]
    connection.close()
    return transfers


@test
def every_acknowledged_commit_survives_sigkill():
    rng = random.Random(SEED)
    slowest = 0.0
    transfers = 0
    with Server() as server:
        initialise(server)
        last = {}
        for kill in range(KILLS):
            writers = [Writer(server, client, last.get(client, 0), random.Random(rng.random())) for client in range(CLIENTS)]
            for writer in writers:
                writer.start()
            bench = None
            if PGBENCH:
                command = [PGBENCH, "-n", "-M", "prepared", "-b", "tpcb-like", "-c", str(CLIENTS), "-T", "60"]
                bench = subprocess.Popen([*command, server.url + "/postgres"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            # The moment of the kill is what the seed decides.
            time.sleep(rng.uniform(0.2, 2.5))
            assert server.process.poll() is None, "the server ended by itself"
            server.stop(SIGKILL)
            for writer in writers:
                writer.join(30)
                assert not writer.is_alive(), "a client hangs"
            if bench:
                bench.wait(timeout=30)
            began = time.monotonic()
            server.start()
            connect(server).close()
            took = time.monotonic() - began
            slowest = max(slowest, took)
            assert took < RECOVERY_MAX, f"recovery took {took:.1f} s"
            try:
                transfers = check(server, writers)
            except AssertionError as error:
                raise AssertionError(f"seed {SEED} kill {kill}: {error}") from error
            last = {writer.client: writer.last for writer in writers}
        commits = sum(last.values())
    print(f"{KILLS} kills, {commits} acknowledged commits, {transfers} transfers, slowest recovery {slowest:.2f} s")


run_tests()
