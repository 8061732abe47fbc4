"""Many small migrations, against the plainest run of psql and sqlite3 that commits each statement, and against dbmate."""

import os
import shutil
import subprocess
import time

from bench import Project, Server, check, folder, heading, median, row, say, write_create_tables, write_sql_files


DBMATE = "-- migrate:up\n{}-- migrate:down\n"


def plain_sqlite(home, sql):
    with open(sql) as text:
        start = time.perf_counter()
        check(subprocess.run(["sqlite3", "plain.db"], cwd=home, stdin=text, capture_output=True, text=True), "sqlite3")
        return time.perf_counter() - start


def dbmate_program(home):
    """From npm, or nothing where it cannot be had."""
    npm = shutil.which("npm")
    if not npm:
        return say("  dbmate is left out: there is no npm")
    process = subprocess.run([npm, "install", "--silent", "--prefix", str(home / "npm"), "dbmate"], capture_output=True, text=True)
    program = home / "npm/node_modules/.bin/dbmate"
    if process.returncode != 0 or not program.exists():
        return say("  dbmate is left out: npm could not install it")
    # The command of the package is a script that starts node first; what it starts is measured.
    own = [path for path in (home / "npm/node_modules/@dbmate").glob("*/bin/dbmate") if path.is_file()]
    return own[0] if own else program


def dbmate(program, home, url, migrations):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")} | {"DATABASE_URL": url}
    start = time.perf_counter()
    check(subprocess.run([program, "--no-dump-schema", "--migrations-dir", str(migrations), "up"], cwd=home, env=environment,
                         capture_output=True, text=True), "dbmate")
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
        write_sql_files(home / "dbmate", count, DBMATE)
        times["dbmate"].append(dbmate(program, home, f"sqlite:{home}/dbmate.db", home / "dbmate"))


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
        write_sql_files(home / "dbmate", count, DBMATE)
        url = f"postgres://owner@/bench?socket={server.home}"
        times["dbmate"].append(dbmate(program, home, url, home / "dbmate"))


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
