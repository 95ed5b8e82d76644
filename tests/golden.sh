#!/bin/sh
# golden.sh FILE.sql: runs a script by psql in a fresh database and prints what psql prints, SQLSTATEs included.
# PGURL tells the server, as postgresql://user@host:port; PSQL the psql to use.
set -eu
psql=${PSQL:-psql}
name=golden_$(basename "$1" .sql)
export PGCLIENTENCODING=UTF8 PGTZ=UTC PGDATESTYLE=ISO,MDY PSQLRC=/dev/null LC_ALL=C
"$psql" -X -q -d "$PGURL/postgres" \
    -c "SET client_min_messages = warning" -c "DROP DATABASE IF EXISTS $name" -c "CREATE DATABASE $name" >&2
"$psql" -X -q -a -v VERBOSITY=verbose -d "$PGURL/$name" <"$1" 2>&1 | sed -e '/^LOCATION:  /d'
"$psql" -X -q -d "$PGURL/postgres" -c "DROP DATABASE $name" >&2
