"""Many small migrations, against the plainest run of psql and sqlite3 that commits each statement, and against dbmate."""

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


def sqlite_round(home, program, count, times):
    toml, sql = Project(home / "toml", "sqlite:bench.db"), Project(home / "sql", "sqlite:bench.db")
    plain = write_create_tables(toml, count)
    write_sql_files(sql.home / "migrations", count)
    for project in toml, sql:
        (project.home / "bench.db").touch()
    times["plain"].append(plain_sqlite(toml.home, plain))
    times["afloat, TOML"].append(toml.timed("migrate"))
    times["afloat, SQL"].append(sql.timed("migrate"))
    if program:
        write_sql_files(home / "dbmate", count, FILE)
        times["dbmate"].append(dbmate(program, home, sqlite_url(home / "dbmate.db"), home / "dbmate"))


def postgres_round(home, server, program, count, times):
    toml, sql = Project(home / "toml", server.new_database()), Project(home / "sql", server.url())
    plain = write_create_tables(toml, count)
    write_sql_files(sql.home / "migrations", count)
    times["plain"].append(server.psql_file(plain))
    for name, project in ("afloat, TOML", toml), ("afloat, SQL", sql):
        server.new_database()
        times[name].append(project.timed("migrate"))
    if program:
        server.new_database()
        write_sql_files(home / "dbmate", count, FILE)
        times["dbmate"].append(dbmate(program, home, postgres_url(server), home / "dbmate"))


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
                if database == "SQLite":
                    sqlite_round(place, program, count, times)
                else:
                    postgres_round(place, server, program, count, times)
            tell(times)
