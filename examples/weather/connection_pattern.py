"""Connecting, writing and reading: the pattern that the other programs here follow.

The credentials come from the environment or from a file .env beside this one: DATABASE_URL, or DB_HOST, DB_PORT, DB_NAME,
DB_USER and DB_PASSWORD.
"""

import contextlib
import os
import pathlib

import psycopg2
from dotenv import load_dotenv

load_dotenv(pathlib.Path(__file__).with_name(".env"))

TABLE = """
    CREATE TABLE IF NOT EXISTS weather_history (
        id SERIAL PRIMARY KEY,
        location VARCHAR(100),
        temperature NUMERIC(5,2),
        conditions TEXT,
        timestamp TIMESTAMP WITH TIME ZONE
    )
"""


def connect():
    """A new connection."""
    if url := os.environ.get("DATABASE_URL"):
        return psycopg2.connect(url)
    return psycopg2.connect(
        host=os.environ.get("DB_HOST", "127.0.0.1"),
        port=os.environ.get("DB_PORT", "5432"),
        dbname=os.environ.get("DB_NAME", "postgres"),
        user=os.environ.get("DB_USER", "postgres"),
        password=os.environ.get("DB_PASSWORD"),
    )


@contextlib.contextmanager
def transaction(connection):
    """A cursor whose work is committed at the end, and rolled back if anything fails."""
    try:
        with connection.cursor() as cursor:
            yield cursor
        connection.commit()
    except psycopg2.Error as error:
        connection.rollback()
        print(f"rolled back: {error}".rstrip())
        raise
    except BaseException:
        connection.rollback()
        raise


def create_table(connection):
    """Makes the table if it is not there."""
    with transaction(connection) as cursor:
        cursor.execute(TABLE)


def record(connection, location, temperature, conditions):
    """Notes the weather now; gives the row's id."""
    with transaction(connection) as cursor:
        cursor.execute(
            "INSERT INTO weather_history (location, temperature, conditions, timestamp)"
            " VALUES (%s, %s, %s, now()) RETURNING id",
            (location, temperature, conditions),
        )
        return cursor.fetchone()[0]


def latest(connection, limit=10):
    """The newest rows: location, temperature, conditions, timestamp."""
    with transaction(connection) as cursor:
        cursor.execute(
            "SELECT location, temperature, conditions, timestamp FROM weather_history ORDER BY id DESC LIMIT %s",
            (limit,),
        )
        return cursor.fetchall()


def main():
    connection = connect()
    try:
        create_table(connection)
        print("row", record(connection, "Berlin", "21.50", "sunny"))
        try:
            record(connection, "x" * 101, "1", "a name that is too long")
        except psycopg2.errors.StringDataRightTruncation:
            print("refused, as it should be")
        for location, temperature, conditions, timestamp in latest(connection):
            print(f"{timestamp:%Y-%m-%d %H:%M:%S} {location}: {temperature} C, {conditions}")
    finally:
        connection.close()


if __name__ == "__main__":
    main()
