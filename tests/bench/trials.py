"""Each operation on a table of many rows, with writers beside it, by runs that are killed again and again.

expand, abort, expand, contract, revert, contract, purge: each is killed (SIGKILL) at random moments, and the same command run again,
until it ends by itself. No write may fail or be lost, the schema behind abort is the one before, and `verify` and `drift` find nothing.
BENCH_OPERATIONS=move_column,widen_key tries these alone.
"""

import contextlib
import difflib
import random
import shutil
import sqlite3
import subprocess
import threading
import time

from bench import Project, Server, afloat, fail, folder, heading, row
from locks import POSTGRES, SQLITE, chosen

FIRST_LIFE, LONGER = 0.05, 1.5  # seconds until the first kill; each try gets longer
STEPS = [("expand", ["expand"]), ("abort", ["abort", "1"]), ("expand again", ["expand"]), ("contract", ["contract", "--quiet", "1s"]),
         ("revert", ["revert"]), ("contract again", ["contract", "--quiet", "1s"]), ("purge", ["attic", "purge", "--retention", "0"])]
STAYS = ("PostgreSQL", "add_enum_value")  # a value of a type cannot be dropped
LOSSY = ["--accept-data-loss"]


class PostgresWriter:
    """pgbench, two clients that do not wait. Counts what was answered."""

    def __init__(self, server, rows):
        self.server, self.rows, self.written = server, rows, 0

    def begin(self, table):
        script = self.server.home / "writer.sql"
        script.write_text(f"\\set id random(1, {self.rows})\nUPDATE {table} SET hits = hits + 1 WHERE id = :id;\n")
        self.process = subprocess.Popen(
            self.server.command("pgbench", "--no-vacuum", "--client", 2, "--rate", 200, "--time", 36000, "--username", "owner", "--file",
                                script, "bench"), cwd=self.server.home, env=self.server.environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def end(self):
        self.process.send_signal(14)
        output, errors = self.process.communicate()
        for line in output.splitlines():
            if line.startswith("number of transactions actually processed"):
                self.written += int(line.split(":")[1].split("/")[0])
        return 0 if self.process.returncode == 0 else f"pgbench: {errors.strip()}"

    def found(self, table):
        return int(self.server.psql(f"SELECT sum(hits) FROM {table}"))


class SqliteWriter:
    """A thread with a busy_timeout of 30 s."""

    def __init__(self, path, rows):
        self.path, self.rows, self.written = path, rows, 0

    def begin(self, table):
        self.stop, self.failed, self.table = threading.Event(), "", table
        self.thread = threading.Thread(target=self.write)
        self.thread.start()

    def write(self):
        with contextlib.closing(sqlite3.connect(self.path, isolation_level=None, timeout=30)) as connection:
            while not self.stop.wait(0.005):
                try:
                    connection.execute(f"UPDATE {self.table} SET hits = hits + 1 WHERE id = ?", (random.randint(1, self.rows),))
                    self.written += 1
                except sqlite3.Error as error:
                    self.failed = str(error)

    def end(self):
        self.stop.set()
        self.thread.join()
        return self.failed

    def found(self, table):
        with contextlib.closing(sqlite3.connect(self.path)) as connection:
            return connection.execute(f"SELECT sum(hits) FROM {table}").fetchone()[0]


def until_done(project, arguments):
    """Runs the command, killing it ever later, until it ends by itself. Returns its exit status, what it said, and the kills."""
    kills, life = 0, FIRST_LIFE
    while True:
        process = subprocess.Popen([afloat(), *arguments], cwd=project.home, env=project.environment, text=True,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            said, _ = process.communicate(timeout=random.uniform(life / 2, life))
            return process.returncode, said, kills
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            kills, life = kills + 1, life * LONGER


def trial(database, project, writer, schema, name, number):
    problems, kills, took, table = [], [], time.perf_counter(), "users"
    before = schema()
    for step, arguments in STEPS:
        if name == "rename_table" and step == "contract":
            table = "people"
        writer.begin(table)
        time.sleep(0.2)
        status, said, killed = until_done(project, arguments)
        if status != 0 and "--accept-data-loss" in said:
            status, said, more = until_done(project, arguments + LOSSY)
            killed += more
        failed = writer.end()
        kills.append(str(killed))
        if failed:
            problems.append(f"{step}: a write failed: {failed}")
        if status != 0:
            problems.append(f"{step}: exit status {status}\n{said}")
        if status == 0 and "nothing to do" in said and killed == 0:
            kills[-1] = "-"
        found = writer.found(table)
        if found != writer.written:
            problems.append(f"{step}: {writer.written} writes were answered, {found} are there")
        if step == "abort" and (database, name) != STAYS and (after := schema()) != before:
            problems.append("\n".join([f"{step}: the schema is not the one before", *difflib.unified_diff(before, after, lineterm="", n=0)]))
        for command in "verify", "drift":
            process = subprocess.run([afloat(), command], cwd=project.home, env=project.environment, text=True, capture_output=True)
            if process.returncode != 0:
                problems.append(f"{command} behind {step}: exit status {process.returncode}\n{process.stdout}{process.stderr}")
        if status != 0:
            break
    row(f"{number} {name}", f"{time.perf_counter() - took:.0f} s", "  " + " ".join(kills), "right" if not problems else "WRONG")
    for problem in problems:
        print("    " + problem.replace("\n", "\n      "), flush=True)
    return not problems


def try_postgres(server, home, number, name, fields, rows):
    server.psql("DROP DATABASE IF EXISTS bench", user="postgres", database="postgres")
    server.psql("CREATE DATABASE bench TEMPLATE filled OWNER owner", user="postgres", database="postgres")
    project = Project(home / f"postgres{number}", server.url())
    (project.home / "migrations/0001_change.toml").write_text(f'[[operation]]\ntype = "{name}"\n{fields}\n')

    def schema():
        dump = server.run("pg_dump", "--schema-only", "--exclude-schema", "afloat", "--username", "postgres", "bench")
        return [line for line in dump.splitlines() if not line.startswith(("\\restrict", "\\unrestrict"))]

    return trial("PostgreSQL", project, PostgresWriter(server, rows), schema, name, number)


def try_sqlite(filled, home, number, name, fields, rows):
    project = Project(home / f"sqlite{number}", "sqlite:bench.db")
    path = project.home / "bench.db"
    shutil.copy(filled, path)
    (project.home / "migrations/0001_change.toml").write_text(f'[[operation]]\ntype = "{name}"\n{fields}\n')

    def schema():
        with contextlib.closing(sqlite3.connect(path)) as connection:
            return sorted(f"{type} {name}: {sql}" for type, name, sql in connection.execute(
                "SELECT type, name, sql FROM sqlite_schema WHERE tbl_name NOT LIKE 'afloat%'"))

    right = trial("SQLite", project, SqliteWriter(path, rows), schema, name, number)
    shutil.rmtree(project.home)
    return right


def run(options):
    rows = options.count or 1_000_000
    right = True
    filled_with = "ALTER TABLE users ADD COLUMN hits integer NOT NULL DEFAULT 0;\n"
    with folder() as home, Server(home) as server:
        heading(f"each operation, {rows} rows, killed again and again: kills of expand, abort, expand, contract, revert, contract, purge")
        server.psql("CREATE DATABASE filled OWNER owner", user="postgres", database="postgres")
        for statement in (POSTGRES.format(rows=rows) + filled_with).strip().split(";\n"):
            server.psql(statement, database="filled")
        server.psql("VACUUM ANALYZE", user="postgres", database="filled")
        for number, name, fields in chosen("PostgreSQL"):
            right &= try_postgres(server, home, number, name, fields, rows)
        heading("the same, SQLite")
        filled = home / "filled.db"
        with contextlib.closing(sqlite3.connect(filled)) as connection:
            connection.executescript("PRAGMA journal_mode = WAL;" + SQLITE.format(rows=rows) + filled_with + "PRAGMA wal_checkpoint(TRUNCATE);")
        for number, name, fields in chosen("SQLite"):
            right &= try_sqlite(filled, home, number, name, fields, rows)
    if not right:
        fail("not all was right")
