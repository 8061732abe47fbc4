"""Splitting scripts: seconds for 10 MB of many shapes."""

import subprocess

from bench import ROOT, check, heading, row


def run(options):
    size = options.count or 10_000_000
    build = subprocess.run(["cmake", "--build", "--preset", "release", "--target", "split_bench"], cwd=ROOT, capture_output=True, text=True)
    check(build, "building split_bench in the release preset")
    bench = check(subprocess.run([ROOT / "build/release/split_bench", str(size)], capture_output=True, text=True), "split_bench")
    heading(f"splitting {size / 1e6:.1f} MB")
    row("", "PostgreSQL", "SQLite")
    for line in bench.stdout.splitlines():
        name, postgres, sqlite = line.split("\t")
        row(name, f"{float(postgres):.2f} s", f"{float(sqlite):.2f} s")
