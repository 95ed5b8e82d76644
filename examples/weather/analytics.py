"""Sums up what was noted: for each town the number of rows, the range and the mean, and its commonest conditions."""

from connection_pattern import connect, create_table, transaction

TOWNS = """
    SELECT location, count(*), min(temperature), max(temperature), round(avg(temperature), 2)
    FROM weather_history
    GROUP BY location
    HAVING count(*) >= %s
    ORDER BY location
"""
CONDITIONS = """
    WITH counted AS (
        SELECT location, conditions, count(*) AS times
        FROM weather_history
        GROUP BY location, conditions
    )
    SELECT location, min(conditions)
    FROM counted
    WHERE times = (SELECT max(times) FROM counted AS other WHERE other.location = counted.location)
    GROUP BY location
"""


def main():
    connection = connect()
    try:
        create_table(connection)
        # Both questions are asked of the same state, whatever the worker writes meanwhile.
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        with transaction(connection) as cursor:
            cursor.execute(TOWNS, (1,))
            towns = cursor.fetchall()
            cursor.execute(CONDITIONS)
            commonest = dict(cursor.fetchall())
    finally:
        connection.close()
    print(f"{'town':<12}{'rows':>6}{'min':>8}{'max':>8}{'mean':>8}  mostly")
    for town, rows, least, most, mean in towns:
        print(f"{town:<12}{rows:>6}{least:>8}{most:>8}{mean:>8}  {commonest[town]}")


if __name__ == "__main__":
    main()
