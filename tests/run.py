"""Runs the checks, the unit tests and the end-to-end tests; prints 'N passed, N failed' at the end.

With arguments: only the end-to-end tests whose names hold one of them. SURUS tells the server to test; without it, one
is built.
"""

import difflib
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "client")]

from harness import Server  # noqa: E402
import isolation  # noqa: E402

passed = failed = 0


def count(name, is_good, more=""):
    """Notes one result; failures are shown at once."""
    global passed, failed
    if is_good:
        passed += 1
    else:
        failed += 1
        print(f"FAILED {name}\n{more}", flush=True)


def step(name, *command):
    """A check that passes or fails as a whole."""
    print(f"--- {name}", flush=True)
    count(name, subprocess.run(command, cwd=ROOT).returncode == 0)


def unit_tests():
    """cargo's own tests, and those that run under every order of their threads' steps."""
    cargo_test("unit tests", "--workspace")
    cargo_test("interleavings", "-p", "wal", "--features", "shuttle", "--test", "interleavings")
    storage = ["-p", "buffer", "-p", "storage", "--features", "buffer/shuttle,storage/shuttle", "--lib"]
    cargo_test("interleavings of pages and transactions", *storage, "interleavings")
    cargo_test("interleavings of poll loops", "-p", "loops", "--features", "shuttle", "--lib", "interleavings")


def cargo_test(name, *options):
    """A run of cargo test, counted test by test."""
    print(f"--- {name}", flush=True)
    command = ["cargo", "test", "--quiet", "--no-fail-fast", *options]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    results = re.findall(r"^test result: .*? (\d+) passed; (\d+) failed", run.stdout, re.M)
    for good, bad in results:
        global passed, failed
        passed += int(good)
        failed += int(bad)
    if run.returncode != 0:
        print(run.stdout[-20000:], run.stderr[-20000:], sep="\n", flush=True)
        if not any(int(bad) for _, bad in results):
            failed += 1


def golden_tests(server, wanted):
    """tests/sql/*.sql by psql, compared with what PostgreSQL printed."""
    for script in sorted((ROOT / "tests" / "sql").glob("*.sql")):
        name = f"sql/{script.stem}"
        if not wanted(name):
            continue
        environment = {**os.environ, "PGURL": server.url}
        try:
            run = subprocess.run(
                [ROOT / "tests" / "golden.sh", script],
                env=environment, capture_output=True, text=True, timeout=120, errors="replace",
            )
        except subprocess.TimeoutExpired:
            count(name, False, "it did not end in 120 s")
            continue
        expected = script.with_suffix(".out").read_text()
        difference = difflib.unified_diff(
            expected.splitlines(), run.stdout.splitlines(), "PostgreSQL", "surus", lineterm="", n=2
        )
        more = "\n".join(list(difference)[:200]) + "\n" + run.stderr
        count(name, run.stdout == expected, more)


def isolation_tests(server, wanted):
    """tests/isolation/*.spec: histories of several sessions, compared with what PostgreSQL did."""
    for spec in sorted((ROOT / "tests" / "isolation").glob("*.spec")):
        name = f"isolation/{spec.stem}"
        if not wanted(name):
            continue
        try:
            found = isolation.run(server.url, spec)
        except Exception as error:  # The server went, or hangs.
            count(name, False, repr(error))
            continue
        expected = spec.with_suffix(".out").read_text()
        difference = difflib.unified_diff(
            expected.splitlines(), found.splitlines(), "PostgreSQL", "surus", lineterm="", n=6
        )
        count(name, found == expected, "\n".join(list(difference)[:200]))


def client_tests(binary, wanted):
    """tests/client/test_*.py: each prints a line 'ok NAME' or 'FAILED NAME' for each of its tests."""
    for script in sorted((ROOT / "tests" / "client").glob("test_*.py")):
        name = f"client/{script.stem}"
        if not wanted(name):
            continue
        environment = {**os.environ, "SURUS": str(binary)}
        try:
            run = subprocess.run(
                [sys.executable, script], env=environment, capture_output=True, text=True, timeout=600
            )
        except subprocess.TimeoutExpired as error:
            count(name, False, f"it did not end in 600 s\n{error.stdout}")
            continue
        results = re.findall(r"^(ok|FAILED) (.*)$", run.stdout, re.M)
        for result, test in results:
            count(f"{name}: {test}", result == "ok")
        if run.returncode != 0 or not results:
            count(name, False, run.stdout + run.stderr)


def main():
    patterns = sys.argv[1:]

    def wanted(name):
        return not patterns or any(pattern in name for pattern in patterns)

    if not patterns:
        step("format", "cargo", "fmt", "--all", "--check")
        step("tidy", "cargo", "xtask", "tidy")
        step("clippy", "cargo", "clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings")
        unit_tests()
    binary = os.environ.get("SURUS")
    if not binary:
        print("--- build", flush=True)
        subprocess.run(["cargo", "build", "--quiet", "--release", "--package", "surus"], cwd=ROOT, check=True)
        target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
        binary = target / "release" / "surus"
    print("--- end to end", flush=True)
    with Server(binary) as server:
        golden_tests(server, wanted)
        isolation_tests(server, wanted)
    client_tests(binary, wanted)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
