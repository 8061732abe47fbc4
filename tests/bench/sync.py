"""What the sync triggers cost an application that updates single rows, one after the other."""

import contextlib
import random
import re
import sqlite3
import time

from bench import Server, fill_postgres, fill_sqlite, folder, heading, median, rename_project, row


def pgbench_rate(server, script, seconds, synchronous):
    server.environment["PGOPTIONS"] = f"-c synchronous_commit={synchronous}"
    told = server.run("pgbench", "--no-vacuum", "--client", 1, "--time", seconds, "--protocol", "prepared", "--username", "owner",
                      "--file", script, "bench")
    del server.environment["PGOPTIONS"]
    return float(re.search(r"tps = ([0-9.]+)", told)[1])


def sqlite_rate(path, sql, rows, seconds):
    with contextlib.closing(sqlite3.connect(path, isolation_level=None, timeout=10)) as connection:
        connection.execute("PRAGMA synchronous = NORMAL")
        draw, done, end = random.Random(1), 0, time.perf_counter() + seconds
        while time.perf_counter() < end:
            connection.execute(sql, (f"name {done}", draw.randint(1, rows)))
            done += 1
        return done / seconds


def tell(name, without, with_triggers):
    cost = 1 - median(b / a for a, b in zip(without, with_triggers))
    row(name, f"{median(without):.0f}/s", f"{median(with_triggers):.0f}/s", f"{cost * 100:.0f}%")


def run(options):
    rows, repeat, seconds = options.count or 100_000, options.repeat or 5, options.seconds or 4
    writes = {"old release, synced column": "user_name = {}", "another column": "visits = visits + length({})"}
    with folder() as home, Server(home) as server:
        heading(f"cost of the triggers, single-row updates, {rows} rows, median of {repeat} x {seconds} s interleaved")
        row("", "without", "with", "cost")
        # A twin of the table without triggers stands beside, so that both are measured in one run.
        fill_postgres(server, rows)
        server.psql("CREATE TABLE plain AS SELECT *, user_name AS username FROM users")
        server.psql("ALTER TABLE plain ADD PRIMARY KEY (id)")
        rename_project(home / "postgres", server.url()).run("expand")
        server.psql("VACUUM ANALYZE")
        for synchronous in ("on", "off"):
            for what, assignment in writes.items():
                rates = {}
                for table in ("plain", "users"):
                    script = home / f"{table}.sql"
                    script.write_text(f"\\set id random(1, {rows})\n\\set n random(1, 1000000)\n"
                                      f"UPDATE {table} SET {assignment.format(chr(39) + 'name ' + chr(39) + ' || :n')} WHERE id = :id;\n")
                for _ in range(repeat):
                    for table in ("plain", "users"):
                        rates.setdefault(table, []).append(pgbench_rate(server, home / f"{table}.sql", seconds, synchronous))
                tell(f"PostgreSQL, synchronous_commit {synchronous}, {what}", rates["plain"], rates["users"])
        project = rename_project(home / "sqlite", "sqlite:bench.db")
        fill_sqlite(project.home / "bench.db", rows)
        fill_sqlite(home / "plain.db", rows)
        project.run("expand")
        for what, assignment in writes.items():
            rates = {}
            for _ in range(repeat):
                for path in (home / "plain.db", project.home / "bench.db"):
                    sql = f"UPDATE users SET {assignment.format('?')} WHERE id = ?"
                    rates.setdefault(path.name, []).append(sqlite_rate(path, sql, rows, seconds))
            tell(f"SQLite, WAL, {what}", rates["plain.db"], rates["bench.db"])
