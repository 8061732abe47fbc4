"""Nothing is lost by a revert: contract, many acknowledged writes by the new release, revert, and the old release reads each of them.

The journal is kept by the client, which waits for the answer to each write: tests/operations/revert_test.cpp and the like.
"""

import os
import re
import subprocess

from bench import ROOT, fail, heading, row

# What stands in a test of its own: (test, section that it is, name for the table).
CASES = [
    ("the old release finds after a revert all that the new one wrote", None, ""),
    ("remove_enum_value loses no write of either release", "back behind contract", "remove_enum_value"),
    ("add_column of a column that numbers the rows loses no write", "back behind contract", "add_column, numbering"),
]
SECTION = re.compile(r'<Section name="([^"]*)"')
RESULT = re.compile(r'<OverallResults successes="(\d+)" failures="(\d+)".*durationInSeconds="([0-9.e+-]+)"')


def program():
    for path in (os.environ.get("OPERATION_TESTS"), "build/release/tests/operation_tests", "build/dev/tests/operation_tests"):
        if path and (ROOT / path).exists():
            return ROOT / path
    fail("operation_tests is not built\n  hint: cmake --preset dev && cmake --build --preset dev, or set OPERATION_TESTS")


def cases(test, section, environment):
    """Yields (section, failures, seconds, what the run said so far) as the test goes on."""
    command = [program(), test, "-r", "xml", "-d", "yes"] + (["-c", section] if section else [])
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
    name, said = None, []
    for line in run.stdout:
        said.append(line)
        if found := SECTION.search(line):
            name = found[1]
        if (found := RESULT.search(line)) and name:
            yield name, int(found[2]), float(found[3]), "".join(said)
            name, said = None, []
    run.wait()


def run(options):
    writes = options.writes or 100_000
    environment = {**os.environ, "AFLOAT_REVERT_WRITES": str(writes)}
    if options.only:
        environment["AFLOAT_REVERT_CASE"] = options.only
    heading(f"revert behind {writes:,} acknowledged writes of the new release: all read by the old one")
    row("", "seconds", "lost")
    lost = 0
    for test, section, named in CASES:
        if named and options.only and options.only not in named:
            continue
        seen = 0
        for name, failures, seconds, said in cases(test, section, environment):
            seen += 1
            lost += failures
            row(f"{named} ({seen})" if named else name, f"{seconds:.0f}", "none" if failures == 0 else "SOME")
            if failures:
                print(said)
    if lost:
        fail("acknowledged writes were lost")
