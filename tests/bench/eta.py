"""How far off the time left of a backfill is, half way by rows and half way by time, for tables whose rows are not alike."""

import contextlib
import os
import pty
import re
import sqlite3
import subprocess
import time

from bench import Server, afloat, fail, folder, heading, rename_project, row

# The width of a row's padding, and its key, by its number `i` of `n`.
TABLES = {
    "even": ("100", "i"),
    "second half ten times as wide": ("CASE WHEN i * 2 < {n} THEN 100 ELSE 1000 END", "i"),
    "first half ten times as wide": ("CASE WHEN i * 2 < {n} THEN 1000 ELSE 100 END", "i"),
    "keys of the second half a thousand apart": ("100", "CASE WHEN i * 2 < {n} THEN i ELSE {n} + i * 1000 END"),
}
TOLD = re.compile(r"(\d+)% of about ([\d,]+) rows?, [\d,]+ rows/s, (.+?) left")
# On PostgreSQL, whose tables are filled in the order of any key: its type too.
OTHER_KEYS = {
    "text keys, even": ("100", "lpad(i::text, 9, '0')", "text"),
    "text keys, second half wider": ("CASE WHEN i * 2 < {n} THEN 100 ELSE 1000 END", "lpad(i::text, 9, '0')", "text"),
    "uuid keys, first half wider": ("CASE WHEN i * 2 < {n} THEN 1000 ELSE 100 END", "lpad(to_hex(i), 32, '0')::uuid", "uuid"),
}
UNITS = {"ms": 0.001, "s": 1, "min": 60, "h": 3600}


def seconds(text):
    words = text.split()
    return sum(float(number) * UNITS[unit] for number, unit in zip(words[::2], words[1::2]))


def fill_of(name, rows, series, pad):
    width, key = (text.format(n=rows) for text in (TABLES | OTHER_KEYS)[name][:2])
    return f"INSERT INTO users SELECT {key}, 'user number ' || i, {pad.format(width=width)} FROM {series}"


def fill_server(server, name, rows):
    server.new_database()
    key_type = OTHER_KEYS[name][2] if name in OTHER_KEYS else "bigint"
    server.psql(f"CREATE TABLE users (id {key_type} PRIMARY KEY, user_name text NOT NULL, pad text)")
    server.psql(fill_of(name, rows, f"generate_series(1, {rows}) i", "repeat('x', {width})"))
    server.psql("VACUUM ANALYZE users")
    server.psql("CHECKPOINT", user="postgres")


def fill_file(path, name, rows):
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE users (id integer PRIMARY KEY, user_name text NOT NULL, pad text)")
        connection.execute(f"WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM g WHERE i < {rows}) "
                           + fill_of(name, rows, "g", "substr(hex(zeroblob({width} / 2)), 1, {width})"))
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def told_by(project):
    """What a run tells of its backfill on a terminal: (time, percent, seconds left), and when the backfill ended."""
    main, terminal = pty.openpty()
    process = subprocess.Popen([afloat(), "expand"], cwd=project.home, env=project.environment, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=terminal)
    os.close(terminal)
    told, began, ended, text = [], None, None, ""
    with contextlib.suppress(OSError):  # the other end is closed
        while part := os.read(main, 65536).decode(errors="replace"):
            now = time.perf_counter()
            text += part
            if began is None and re.search(r"fill .+ …", text):
                began = now
            if ended is None and re.search(r"fill .+: done in", text):
                ended = now
            for match in TOLD.finditer(part):
                told.append((now - began, int(match[1]), seconds(match[3])))
    os.close(main)
    if process.wait() != 0 or ended is None:
        fail(f"afloat expand ended with exit status {process.returncode}\n{text}")
    return told, ended - began


def error(told, end, reached):
    at, _, left = next((one for one in told if reached(one)), told[-1])
    return f"{(left / (end - at) - 1) * 100:+.0f}%"


def measure(name, project):
    told, end = told_by(project)
    if not told:
        fail("the backfill was over before it said how long it takes; use a larger --count")
    row(name, f"{end:.1f} s", error(told, end, lambda one: one[1] >= 50), error(told, end, lambda one: one[0] >= end / 2))


def run(options):
    rows = options.count or 2_000_000
    with folder() as home, Server(home) as server:
        heading(f"time left of a backfill of {rows} rows: how far off")
        row("", "took", "half the rows", "half the time")
        for number, name in enumerate(TABLES | OTHER_KEYS):
            fill_server(server, name, rows)
            measure(f"PostgreSQL, {name}", rename_project(home / f"server{number}", server.url()))
        for number, name in enumerate(TABLES):
            project = rename_project(home / f"file{number}", "sqlite:bench.db")
            fill_file(project.home / "bench.db", name, rows)
            measure(f"SQLite, {name}", project)
            (project.home / "bench.db").unlink()
