#!/usr/bin/env python3
"""Records what a reference PostgreSQL 18 answers to the calls listed in crates/functions/tests/calls.tsv.
The database must have the builtin locale C.UTF-8.

Usage: scripts/golden_functions.py [psql arguments, such as -h HOST -p PORT -U postgres]

A call is a line: name(type, ...), then its arguments as text (\\N for NULL), separated by tabs. golden.tsv gets, a line
each: prosrc, OID, OID of the result's type, answer ("=text", "!SQLSTATE message", "\\N"), then type OID and text of
each argument.
"""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent / "crates/functions/tests"

SETUP = r"""
SET timezone = 'America/New_York'; SET datestyle = 'ISO, MDY'; SET intervalstyle = 'postgres';
CREATE FUNCTION pg_temp.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE answer text;
BEGIN
    EXECUTE statement INTO answer;
    RETURN answer;
EXCEPTION WHEN OTHERS THEN
    RETURN '!' || SQLSTATE || ' ' || SQLERRM;
END $$;
CREATE FUNCTION pg_temp.kind(nulls text, actual text) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN pg_temp.try(nulls) LIKE '!%' THEN pg_temp.try(actual) ELSE pg_temp.try(nulls) END $$;
CREATE FUNCTION pg_temp.find(signature text, name text, count int) RETURNS oid LANGUAGE sql AS $$
    SELECT coalesce(to_regprocedure(signature)::oid,
        (SELECT oid FROM pg_proc WHERE proname = name AND pronamespace = 'pg_catalog'::regnamespace
         AND (pronargs = count OR provariadic <> 0)
         AND (SELECT bool_or(t::regtype::text LIKE 'any%' OR t = '"any"'::regtype) FROM unnest(proargtypes) t)
         ORDER BY (pronargs = count) DESC, oid LIMIT 1)) $$;
"""


def literal(text):
    return "'" + text.replace("'", "''") + "'"


def main():
    statements = [SETUP]
    for line in (ROOT / "calls.tsv").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        signature, *arguments = line.split("\t")
        name, types = signature.rstrip(")").split("(", 1)
        types = [t.strip() for t in types.split(",")] if types.strip() else []
        assert len(types) == len(arguments), line
        shown = [
            ("NULL" if a == "\\N" else "E" + literal(a)) + "::" + t for a, t in zip(arguments, types)
        ]
        called = f'"{name}"({", ".join(shown)})'
        null_safe = f"SELECT CASE WHEN r IS NULL THEN NULL ELSE '=' || format('%s', r) END FROM (SELECT {called} AS r) AS s"
        # The type of the result is asked for with NULLs, which seldom fail, else with the arguments.
        actual = f"SELECT pg_typeof({called})::oid::text"
        nulls = f'"{name}"({", ".join("NULL::" + t for t in types)})'
        kind = f"SELECT pg_typeof({nulls})::oid::text"
        pairs = ", ".join(
            f"{literal(t)}::regtype::oid::text, {'NULL' if a == chr(92) + 'N' else 'E' + literal(a)}::text"
            for a, t in zip(arguments, types)
        )
        columns = f", {pairs}" if pairs else ""
        statements.append(
            f"COPY (SELECT p.prosrc, p.oid, pg_temp.kind({literal(kind)}, {literal(actual)}), pg_temp.try({literal(null_safe)}){columns} "
            f"FROM pg_proc p WHERE p.oid = pg_temp.find({literal(signature)}, {literal(name)}, {len(types)})) TO STDOUT;"
        )
    script = "\n".join(statements)
    command = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", *sys.argv[1:]]
    done = subprocess.run(command, input=script, check=True, capture_output=True, text=True)
    # A call whose result has no type known here fails before it is made.
    lines = [line for line in done.stdout.splitlines(True) if not line.split("\t")[2].startswith("!")]
    (ROOT / "golden.tsv").write_text("".join(lines))
    print(f"{len(lines)} answers")


if __name__ == "__main__":
    main()
