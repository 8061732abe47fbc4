"""Many small migrations, against the plainest run of psql and sqlite3 that commits each statement."""

import subprocess
import time

from bench import Project, Server, check, folder, heading, median, row, write_create_tables


def plain_sqlite(project, sql):
    with open(sql) as text:
        start = time.perf_counter()
        check(subprocess.run(["sqlite3", "plain.db"], cwd=project.home, stdin=text, capture_output=True, text=True), "sqlite3")
        return time.perf_counter() - start


def tell(name, plain, ours):
    row(name, f"{median(plain):.2f} s", f"{median(ours):.2f} s", f"{median(o / p for o, p in zip(ours, plain)):.2f}x")


def run(options):
    count, repeat = options.count or 1000, options.repeat or 5
    with folder() as home, Server(home) as server:
        heading(f"{count} migrations of one small table each, median of {repeat} interleaved")
        row("", "plain", "afloat", "ratio")
        plain, ours = [], []
        for i in range(repeat):
            project = Project(home / f"sqlite{i}", "sqlite:bench.db")
            (project.home / "bench.db").touch()
            sql = write_create_tables(project, count)
            plain.append(plain_sqlite(project, sql))
            ours.append(project.timed("migrate"))
        tell("SQLite", plain, ours)
        plain, ours = [], []
        for i in range(repeat):
            project = Project(home / f"postgres{i}", server.new_database())
            sql = write_create_tables(project, count)
            plain.append(server.psql_file(sql))
            server.new_database()
            ours.append(project.timed("migrate"))
        tell("PostgreSQL", plain, ours)
