#!/usr/bin/env python3
"""Writes crates/catalog/data/*.tsv and crates/settings/data/pg_settings.tsv: what a reference PostgreSQL 18 says of its built-in objects.

    scripts/catalog_facts.py "host=127.0.0.1 port=5432 user=postgres dbname=template1"

The database must be untouched since initdb. Needs psql on the PATH (or in PSQL). Values are as COPY writes them.
"""
import os
import subprocess
import sys
from pathlib import Path

OUT = Path(__file__).resolve().parent.parent / "crates" / "catalog" / "data"

TABLES = {
    "pg_proc": """SELECT oid, proname, pronamespace, proowner, prolang, procost, prorows, provariadic, prosupport::oid, prokind,
        prosecdef, proleakproof, proisstrict, proretset, provolatile, proparallel, pronargs, pronargdefaults, prorettype,
        proargtypes, proallargtypes, proargmodes, proargnames, pg_get_expr(proargdefaults, 0), prosrc, probin, proacl
        FROM pg_proc ORDER BY oid""",
    "pg_operator": """SELECT oid, oprname, oprnamespace, oprowner, oprkind, oprcanmerge, oprcanhash, oprleft, oprright,
        oprresult, oprcom, oprnegate, oprcode::oid, oprrest::oid, oprjoin::oid FROM pg_operator ORDER BY oid""",
    "pg_cast": """SELECT oid, castsource, casttarget, castfunc, castcontext, castmethod FROM pg_cast ORDER BY oid""",
    "pg_aggregate": """SELECT a.aggfnoid::oid, aggkind, aggnumdirectargs, coalesce(t.proname, ''), coalesce(f.proname, ''),
        aggsortop, aggtranstype, agginitval, aggmtransfn::oid, aggcombinefn::oid,
        aggtransfn::oid, aggfinalfn::oid, aggserialfn::oid, aggdeserialfn::oid, aggminvtransfn::oid, aggmfinalfn::oid,
        aggfinalextra, aggmfinalextra, aggfinalmodify, aggmfinalmodify, aggtransspace, aggmtranstype, aggmtransspace,
        aggminitval FROM pg_aggregate a LEFT JOIN pg_proc t ON t.oid = a.aggtransfn LEFT JOIN pg_proc f ON f.oid = a.aggfinalfn ORDER BY 1""",
    "pg_am": "SELECT oid, amname, amhandler::oid, amtype FROM pg_am ORDER BY oid",
    "pg_opfamily": "SELECT oid, opfmethod, opfname, opfnamespace, opfowner FROM pg_opfamily ORDER BY oid",
    "pg_opclass": """SELECT oid, opcmethod, opcname, opcnamespace, opcowner, opcfamily, opcintype, opcdefault, opckeytype
        FROM pg_opclass ORDER BY oid""",
    "pg_amop": """SELECT oid, amopfamily, amoplefttype, amoprighttype, amopstrategy, amoppurpose, amopopr, amopmethod,
        amopsortfamily FROM pg_amop ORDER BY oid""",
    "pg_amproc": "SELECT oid, amprocfamily, amproclefttype, amprocrighttype, amprocnum, amproc::oid FROM pg_amproc ORDER BY oid",
    "pg_collation": """SELECT oid, collname, collnamespace, collowner, collprovider, collisdeterministic, collencoding,
        collcollate, collctype, colllocale, collicurules, collversion FROM pg_collation
        WHERE collprovider <> 'i' AND collname !~ '_' OR oid < 1000 ORDER BY oid""",
    "pg_language": """SELECT oid, lanname, lanowner, lanispl, lanpltrusted, lanplcallfoid, laninline, lanvalidator, lanacl
        FROM pg_language ORDER BY oid""",
    "pg_namespace": "SELECT oid, nspname, nspowner, nspacl FROM pg_namespace ORDER BY oid",
    "pg_range": """SELECT rngtypid, rngsubtype, rngmultitypid, rngcollation, rngsubopc, rngcanonical::oid, rngsubdiff::oid
        FROM pg_range ORDER BY 1""",
    "pg_class": """SELECT c.oid, relname, relnamespace, reltype, reloftype, relowner, relam, relhasindex, relisshared,
        relpersistence, relkind, relnatts, relchecks, relhasrules, relhastriggers, relreplident, relispartition, relacl
        FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
        WHERE nspname IN ('pg_catalog', 'information_schema') ORDER BY 1""",
    "pg_attribute": """SELECT attrelid, attname, atttypid, attlen, attnum, atttypmod, attndims, attbyval, attalign,
        attstorage, attcompression, attnotnull, atthasdef, attcollation
        FROM pg_attribute JOIN pg_class c ON c.oid = attrelid JOIN pg_namespace n ON n.oid = relnamespace
        WHERE nspname IN ('pg_catalog', 'information_schema') AND attnum > 0 ORDER BY attrelid, attnum""",
    "pg_index": """SELECT indexrelid, indrelid, indnatts, indnkeyatts, indisunique, indnullsnotdistinct, indisprimary,
        indkey, indcollation, indclass, indoption FROM pg_index JOIN pg_class c ON c.oid = indrelid
        JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'pg_catalog' ORDER BY 1""",
    "pg_description": """SELECT objoid, classoid, objsubid, description FROM pg_description ORDER BY 2, 1, 3""",
    "pg_shdescription": "SELECT objoid, classoid, description FROM pg_shdescription ORDER BY 2, 1",
    "pg_roles": """SELECT oid, rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication,
        rolbypassrls FROM pg_roles WHERE oid < 16384 ORDER BY oid""",
    "pg_conversion": """SELECT oid, conname, connamespace, conowner, conforencoding, contoencoding, conproc::oid, condefault
        FROM pg_conversion ORDER BY oid""",
    "../../settings/data/pg_settings": """SELECT name, unit, category, short_desc, extra_desc, context, vartype, min_val,
        max_val, enumvals, boot_val FROM pg_settings ORDER BY lower(name)""",
}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    psql = os.environ.get("PSQL", "psql")
    OUT.mkdir(parents=True, exist_ok=True)
    for name, query in TABLES.items():
        query = " ".join(query.split())
        done = subprocess.run(
            [psql, "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", sys.argv[1], "-c", f"COPY ({query}) TO STDOUT"],
            capture_output=True, check=True)
        (OUT / f"{name}.tsv").resolve().parent.mkdir(exist_ok=True)
        (OUT / f"{name}.tsv").write_bytes(done.stdout)
        print(f"{name}: {done.stdout.count(10)} rows")


main()
