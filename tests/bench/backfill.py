"""The backfill of a rename, against one UPDATE of the same rows. Unthrottled, nothing else runs."""

import contextlib
import sqlite3
import time

from bench import Server, fail, fill_postgres, fill_sqlite, folder, heading, median, rename_project, row

ADD = "ALTER TABLE users ADD COLUMN username text"
FILL = "UPDATE users SET username = user_name"


def backfill_seconds(project, *how):
    for title, seconds in project.step_times("expand", *how).items():
        if title.startswith("fill "):
            return seconds
    return fail("expand told of no step that fills")


def plain_sqlite(path):
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute(ADD)
        start = time.perf_counter()
        connection.execute(FILL)
        connection.commit()
        return time.perf_counter() - start


def plain_postgres(server):
    server.psql(ADD)
    start = time.perf_counter()
    server.psql(FILL)
    return time.perf_counter() - start


def tell(name, plain, ours):
    row(name, f"{median(plain):.2f} s", f"{median(ours):.2f} s", f"{median(p / o for o, p in zip(ours, plain)):.2f}x")


def run(options):
    count, repeat = options.count or 1_000_000, options.repeat or 5
    with folder() as home, Server(home) as server:
        heading(f"backfill of {count} rows, median of {repeat} interleaved")
        row("", "one UPDATE", "afloat", "rate")
        plain, ours, rests = [], [], []
        for i in range(repeat):
            path = home / "plain.db"
            path.unlink(missing_ok=True)
            fill_sqlite(path, count)
            plain.append(plain_sqlite(path))
            project = rename_project(home / f"sqlite{i}", "sqlite:bench.db")
            fill_sqlite(project.home / "bench.db", count)
            ours.append(backfill_seconds(project, "--full-speed"))
            (project.home / "bench.db").unlink()
            project = rename_project(home / f"rests{i}", "sqlite:bench.db")
            fill_sqlite(project.home / "bench.db", count)
            rests.append(backfill_seconds(project))
            (project.home / "bench.db").unlink()
        tell("SQLite, --full-speed", plain, ours)
        tell("SQLite (rests for writers: half of the time)", plain, rests)
        for user in ("owner", "postgres"):
            plain, ours = [], []
            for i in range(repeat):
                fill_postgres(server, count)
                plain.append(plain_postgres(server))
                fill_postgres(server, count)
                ours.append(backfill_seconds(rename_project(home / f"{user}{i}", server.url(user)), "--full-speed"))
            tell(f"PostgreSQL, as {'the owner' if user == 'owner' else 'superuser'}", plain, ours)
