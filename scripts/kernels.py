#!/usr/bin/env python3
"""Times scans, filters and sums over a table of many rows on two servers, in turns, and tells the ratio.

    scripts/kernels.py postgresql://postgres@127.0.0.1:5432/postgres postgresql://postgres@127.0.0.1:5433/postgres [ROWS]

Each server gets the same table, kernels_bench, which is kept for the next run. A figure is the median of the runs after the
first. Needs psycopg2.
"""

import statistics
import sys
import time

import psycopg2

RUNS = 6
FILL = """
CREATE TABLE kernels_bench AS
SELECT ((i * 7919 % 1000000000)::numeric / 100)::numeric(12,2) AS n, i * 7919 % 1000003 AS b, date '2000-01-01' + (i * 7919 % 10000)::int AS d,
       (array['a','b','c','d','e'])[1 + i % 5] || 'word' || (i * 31 % 100003) AS t
FROM generate_series(1::bigint, {rows}) i
"""
QUERIES = [
    ("sum of numeric(12,2)", "SELECT sum(n) FROM kernels_bench"),
    ("int8 <", "SELECT count(*) FROM kernels_bench WHERE b < 500000"),
    ("date >=", "SELECT count(*) FROM kernels_bench WHERE d >= date '2010-01-01'"),
    ("LIKE 'a%'", "SELECT count(*) FROM kernels_bench WHERE t LIKE 'a%'"),
    ("sum of int8", "SELECT sum(b) FROM kernels_bench"),
]


def prepare(url, rows):
    connection = psycopg2.connect(url)
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute("SELECT to_regclass('kernels_bench')")
    if cursor.fetchone()[0] is None:
        cursor.execute(FILL.format(rows=rows))
    # Caches are warm, and PostgreSQL's visibility marks set.
    cursor.execute("VACUUM ANALYZE kernels_bench")
    cursor.execute("SELECT count(*) FROM kernels_bench")
    return cursor, cursor.fetchone()[0]


def timed(cursor, query):
    start = time.monotonic()
    cursor.execute(query)
    answer = cursor.fetchall()
    return time.monotonic() - start, answer


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    rows = int(sys.argv[3]) if len(sys.argv) == 4 else 10_000_000
    servers = [prepare(url, rows) for url in sys.argv[1:3]]
    for label, query in QUERIES:
        times, answers = ([], []), []
        for run in range(RUNS):
            for number, (cursor, _) in enumerate(servers):
                took, answer = timed(cursor, query)
                answers.append(answer)
                if run > 0:
                    times[number].append(took)
        first, second = (statistics.median(each) for each in times)
        same = "" if all(answer == answers[0] for answer in answers) else "  ANSWERS DIFFER"
        count = servers[0][1]
        print(f"{label:22} {count / first / 1e6:8.1f} {count / second / 1e6:8.1f} M rows/s  {first / second:6.2f}x{same}", flush=True)


if __name__ == "__main__":
    main()
