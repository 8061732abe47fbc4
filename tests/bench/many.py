"""Many small migrations, against the plainest run of psql and sqlite3 that commits each statement, and against dbmate."""

import os
import subprocess
import time

from bench import Project, Server, check, folder, heading, median, row, write_create_tables, write_sql_files
from peer import FILE, dbmate, dbmate_program, postgres_url, sqlite_url


def plain_sqlite(home, sql):
    with open(sql) as text:
        start = time.perf_counter()
        check(subprocess.run(["sqlite3", "plain.db"], cwd=home, stdin=text, capture_output=True, text=True), "sqlite3")
        return time.perf_counter() - start


def tell(times):
    for name, seconds in times.items():
        if seconds:
            ratios = [other / plain for other, plain in zip(seconds, times["plain"])]
            row(name, f"{median(seconds):.2f} s", f"{median(ratios):.2f}x", f"{min(ratios):.2f}-{max(ratios):.2f}x")


def sqlite_round(home, program, count):
    toml, sql = Project(home / "toml", "sqlite:bench.db"), Project(home / "sql", "sqlite:bench.db")
    plain = write_create_tables(toml, count)
    write_sql_files(sql.home / "migrations", count)
    for project in toml, sql:
        (project.home / "bench.db").touch()
    runs = {"plain": lambda: plain_sqlite(toml.home, plain),
            "afloat, TOML": lambda: toml.timed("migrate"),
            "afloat, SQL": lambda: sql.timed("migrate")}
    if program:
        write_sql_files(home / "dbmate", count, FILE)
        runs["dbmate"] = lambda: dbmate(program, home, sqlite_url(home / "dbmate.db"), home / "dbmate")
    return runs


def postgres_round(home, server, program, count):
    toml, sql = Project(home / "toml", server.new_database()), Project(home / "sql", server.url())
    plain = write_create_tables(toml, count)
    write_sql_files(sql.home / "migrations", count)

    def anew(run):
        """What the one before left to the disk is not written beside the next."""
        server.new_database()
        server.psql("CHECKPOINT", user="postgres")
        return run()

    runs = {"plain": lambda: anew(lambda: server.psql_file(plain)),
            "afloat, TOML": lambda: anew(lambda: toml.timed("migrate")),
            "afloat, SQL": lambda: anew(lambda: sql.timed("migrate"))}
    if program:
        write_sql_files(home / "dbmate", count, FILE)
        runs["dbmate"] = lambda: anew(lambda: dbmate(program, home, postgres_url(server), home / "dbmate"))
    return runs


def run(options):
    count, repeat = options.count or 1000, options.repeat or 5
    with folder() as home, Server(home) as server:
        heading(f"{count} migrations of one small table each, median of {repeat} interleaved")
        program = dbmate_program(home)
        for database in "SQLite", "PostgreSQL":
            times = {"plain": [], "afloat, TOML": [], "afloat, SQL": [], "dbmate": []}
            row(database, "time", "to plain", "from-to")
            for i in range(repeat):
                place = home / f"{database}{i}"
                runs = sqlite_round(place, program, count) if database == "SQLite" else \
                    postgres_round(place, server, program, count)
                names = list(runs)
                for name in names[i % len(names):] + names[:i % len(names)]:  # none has the best place each time
                    os.sync()
                    times[name].append(runs[name]())
            tell(times)
