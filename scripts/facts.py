#!/usr/bin/env python3
"""Writes the data files of built-in objects, asking a reference PostgreSQL 18 through psql.

Usage: scripts/facts.py [psql arguments, such as -h HOST -p PORT -U postgres]

Each file is tab-separated in COPY's text format: a header line, then one line an object, ordered by OID.
"""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# A file, and the query whose rows it holds.
TABLES = {
    "crates/types/data/pg_type.tsv": """
        SELECT oid, typname, typlen, typbyval, typtype, typcategory, typispreferred, typisdefined, typdelim,
               typrelid, typsubscript, typelem, typarray, typinput, typoutput, typreceive, typsend, typmodin,
               typmodout, typanalyze, typalign, typstorage, typnotnull, typbasetype, typtypmod, typndims,
               typcollation, typdefault
        FROM pg_type WHERE typnamespace = 'pg_catalog'::regnamespace AND oid < 16384 ORDER BY oid""",
    "crates/types/data/timezone_abbreviations.tsv": """
        SELECT abbrev, extract(epoch FROM utc_offset)::int AS offset_seconds, is_dst
        FROM pg_timezone_abbrevs ORDER BY abbrev COLLATE "C" """,
    "crates/types/data/quoted_keywords.tsv": """
        SELECT word FROM pg_get_keywords() WHERE catcode <> 'U' ORDER BY word COLLATE "C" """,
}


def main():
    for path, query in TABLES.items():
        copy = f"COPY ({query}) TO STDOUT WITH (HEADER)"
        setup = "SET timezone = 'UTC'; SET timezone_abbreviations = 'Default'"
        command = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", *sys.argv[1:], "-c", setup, "-c", copy]
        text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        target = ROOT / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        print(f"{path}: {text.count(chr(10)) - 1} rows")


if __name__ == "__main__":
    main()
