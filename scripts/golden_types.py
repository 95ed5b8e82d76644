#!/usr/bin/env python3
"""Records what a reference PostgreSQL 18 makes of the texts listed in crates/types/tests/texts.tsv.

Usage: scripts/golden_types.py [psql arguments, such as -h HOST -p PORT -U postgres]

A line of texts.tsv is a type and a text in the syntax of E'...'. golden.tsv gets, a line each: OID, typmod, text,
answer ("=text", "!SQLSTATE message"), detail, hint.
"""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent / "crates/types/tests"

SETUP = r"""
SET timezone = 'America/New_York'; SET datestyle = 'ISO, MDY'; SET intervalstyle = 'postgres';
CREATE FUNCTION pg_temp.try(statement text, OUT answer text, OUT detail text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement INTO answer;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    answer := '!' || SQLSTATE || ' ' || SQLERRM;
END $$;
"""


def literal(text):
    return "'" + text.replace("'", "''") + "'"


def main():
    statements = [SETUP]
    for number, line in enumerate((ROOT / "texts.tsv").read_text().splitlines()):
        type_name, source = line.split("\t")
        # PL/pgSQL's assignment goes through the type's input function with its typmod, as COPY and parameters do.
        statements.append(f"CREATE TEMP TABLE t{number} (c {type_name});")
        call = f"SELECT '=' || format('%s', c) FROM pg_temp.put{number}() AS c"
        statements.append(
            f"CREATE FUNCTION pg_temp.put{number}() RETURNS text LANGUAGE plpgsql AS $$ "
            f"DECLARE v {type_name}; BEGIN v := E{literal(source)}::text; RETURN format('%s', v); END $$;"
        )
        if type_name.startswith("interval "):
            # Only a literal's input sees which fields are meant.
            call = f"SELECT '=' || format('%s', E{literal(source)}::{type_name})"
        statements.append(
            f"COPY (SELECT a.atttypid, a.atttypmod, E{literal(source)}::text, r.answer, r.detail, r.hint "
            f"FROM pg_attribute a, pg_temp.try({literal(call)}) r "
            f"WHERE a.attrelid = 't{number}'::regclass AND a.attnum = 1) TO STDOUT;"
        )
    command = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", *sys.argv[1:]]
    done = subprocess.run(command, input="\n".join(statements), check=True, capture_output=True, text=True)
    (ROOT / "golden.tsv").write_text(done.stdout)
    print(f"{done.stdout.count(chr(10))} answers")


if __name__ == "__main__":
    main()
