#!/usr/bin/env python3
"""Writes what the bytes from 80 to FF are in PostgreSQL's single-byte encodings: crates/functions/data/encodings.tsv.

Asks the server of PGURL with the psql of PSQL. A line an encoding: its name as pg_conversion has it, then the 128
characters, a blank where a byte is none.
"""

import os
import pathlib
import subprocess

NAMES = """LATIN1 LATIN2 LATIN3 LATIN4 LATIN5 LATIN6 LATIN7 LATIN8 LATIN9 LATIN10 WIN1250 WIN1251 WIN1252 WIN1253
WIN1254 WIN1255 WIN1256 WIN1257 WIN1258 WIN866 WIN874 KOI8R KOI8U ISO_8859_5 ISO_8859_6 ISO_8859_7 ISO_8859_8""".split()
TARGET = pathlib.Path(__file__).parent.parent / "crates/functions/data/encodings.tsv"

script = ["SET client_encoding = 'UTF8';", "\\set VERBOSITY sqlstate"]
for name in NAMES:
    for byte in range(128, 256):
        script.append(f"\\echo = {name}")
        script.append(f"SELECT convert_from('\\x{byte:02x}', '{name}');")
command = [os.environ.get("PSQL", "psql"), "-X", "-At", "-d", os.environ["PGURL"]]
done = subprocess.run(command, input="\n".join(script), capture_output=True, text=True, check=False)
tables = {name: [] for name in NAMES}
name, found = None, ""
for line in [*done.stdout.split("\n"), "= "]:
    if line.startswith("= "):
        if name:
            tables[name].append(found)
        name, found = line[2:], " "
    elif line != "SET" and line:
        found = line
with TARGET.open("w", encoding="utf-8") as out:
    out.write("name\tcharacters\n")
    for name, characters in tables.items():
        assert len(characters) == 128 and all(len(c) == 1 for c in characters), (name, characters)
        out.write(f"{name}\t{''.join(characters)}\n")
