"""What the measurements share: the program, a throw-away server, projects, and tables of results."""

import contextlib
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PG_BIN = Path(os.environ.get("PG_BIN", "/usr/lib/postgresql/15/bin"))


def fail(text):
    sys.exit(f"error: {text}")


def afloat():
    program = Path(os.environ.get("AFLOAT", ROOT / "build/release/afloat"))
    if not program.exists():
        fail("the release build is not there\n  hint: cmake --preset release && cmake --build --preset release")
    return str(program.resolve())


def say(text=""):
    print(text, flush=True)


def heading(text):
    say(f"\n== {text}")


def row(what, *values):
    say(f"  {what:<52}" + "".join(f"{value:>14}" for value in values))


def ms(seconds):
    return f"{seconds * 1000:.1f} ms"


def median(values):
    return statistics.median(values)


def check(process, what):
    if process.returncode != 0:
        fail(f"{what} ended with exit status {process.returncode}\n{process.stdout}{process.stderr}")
    return process


@contextlib.contextmanager
def folder():
    path = Path(tempfile.mkdtemp(prefix="afloat-bench."))
    path.chmod(0o711)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


class Server:
    """PostgreSQL on a Unix socket in the folder; as the user postgres when we are root, which the server refuses."""

    def __init__(self, home, settings=()):
        self.home, self.settings = home, settings
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        self.environment["PGHOST"] = str(home)

    def __enter__(self):
        if not (PG_BIN / "initdb").exists():
            fail(f"there is no PostgreSQL in {PG_BIN}\n  hint: apt-get install postgresql-15, or set PG_BIN")
        if os.getuid() == 0:
            shutil.chown(self.home, "postgres")
        self.run("initdb", "--pgdata", "data", "--username", "postgres", "--auth", "trust", "--no-sync", "--locale", "C",
                 "--encoding", "UTF8")
        options = "".join(f" -c {setting}" for setting in (
            "listen_addresses=''", f"unix_socket_directories='{self.home}'", "shared_buffers=512MB", "max_wal_size=8GB",
            "autovacuum=off", *self.settings))
        self.run("pg_ctl", "start", "--pgdata", "data", "--wait", "--silent", "--log", "log", "--options", options)
        self.psql("CREATE ROLE owner LOGIN", user="postgres", database="postgres")
        return self

    def __exit__(self, *_):
        self.run("pg_ctl", "stop", "--pgdata", "data", "--mode", "immediate", "--silent", checked=False)

    def command(self, name, *arguments):
        user = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--init-groups"] if os.getuid() == 0 else []
        return [*user, str(PG_BIN / name), *map(str, arguments)]

    def run(self, name, *arguments, checked=True):
        process = subprocess.run(self.command(name, *arguments), cwd=self.home, env=self.environment, text=True,
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL if name == "pg_ctl" else subprocess.PIPE,
                                 stderr=subprocess.STDOUT)
        return check(process, name).stdout if checked else process.stdout

    def psql(self, sql, user="owner", database="bench"):
        return self.run("psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1", "--username",
                        user, "--dbname", database, "--command", sql).strip()

    def psql_file(self, path, user="owner", database="bench"):
        """One connection; each statement commits. Returns seconds."""
        start = time.perf_counter()
        self.run("psql", "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--username", user, "--dbname", database, "--file",
                 path)
        return time.perf_counter() - start

    def new_database(self):
        self.psql("DROP DATABASE IF EXISTS bench", user="postgres", database="postgres")
        self.psql("CREATE DATABASE bench OWNER owner", user="postgres", database="postgres")
        return self.url()

    def url(self, user="owner"):
        return f"postgres:///bench?host={self.home}&user={user}"


def seconds_of(command, what, **options):
    """How long a program runs. It writes to nowhere: reading what it says would take this one milliseconds."""
    start = time.perf_counter()
    process = subprocess.run(command, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                             **options)
    seconds = time.perf_counter() - start
    check(process, what)
    return seconds


class Project:
    """A folder with afloat.toml and migrations."""

    def __init__(self, home, url):
        self.home = Path(home)
        (self.home / "migrations").mkdir(parents=True)
        (self.home / "afloat.toml").write_text('[project]\nname = "bench"\n\n[env.default]\nurl = "${BENCH_URL}"\n')
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "AFLOAT_"))}
        self.environment["BENCH_URL"] = url

    def write(self, version, name, operation):
        text = "[[operation]]\n" + "".join(f"{key} = {value}\n" for key, value in operation.items())
        (self.home / "migrations" / f"{version:04}_{name}.toml").write_text(text)

    def run(self, *arguments, command=()):
        return check(subprocess.run([*command, afloat(), *arguments], cwd=self.home, env=self.environment, text=True,
                                    stdin=subprocess.DEVNULL, capture_output=True), f"afloat {' '.join(arguments)}")

    def timed(self, *arguments):
        return seconds_of([afloat(), *arguments], f"afloat {' '.join(arguments)}", cwd=self.home, env=self.environment)

    def step_times(self, *arguments):
        """Seconds of each step that says when it begins, by its title, as the lines arrive."""
        begun, took = {}, {}
        with subprocess.Popen([afloat(), *arguments], cwd=self.home, env=self.environment, text=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            told = ""
            for line in process.stderr:
                told += line
                title = line.strip().split(" ", 1)[-1].strip()
                if title.endswith(" …"):
                    begun[title.removesuffix(" …")] = time.perf_counter()
                elif (name := title.split(": done in ")[0]) in begun:
                    took[name] = time.perf_counter() - begun[name]
        if process.returncode != 0:
            fail(f"afloat {' '.join(arguments)} ended with exit status {process.returncode}\n{told}")
        return took

    def peak_mb(self, *arguments):
        """Peak memory, or nothing where there is no GNU time (our own children begin with Python's peak)."""
        if not Path("/usr/bin/time").exists():
            return None
        told = self.run(*arguments, command=("/usr/bin/time", "--format", "%M")).stderr
        return int(told.split()[-1]) / 1024


TABLE = "CREATE TABLE t{} (id bigint PRIMARY KEY, note text);\n"


def write_create_tables(project, count):
    """The migrations, and the same statements as plain SQL."""
    for i in range(1, count + 1):
        project.write(i, f"create_t{i}", {
            "type": '"create_table"', "table": f'"t{i}"',
            "columns": '[{ name = "id", type = "bigint", primary_key = true }, { name = "note", type = "text" }]'})
    sql = project.home / "plain.sql"
    sql.write_text("".join(TABLE.format(i) for i in range(1, count + 1)))
    return sql


def write_sql_files(folder, count, frame="{}"):
    """The same as migrations in SQL; another tool may want lines around each."""
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(1, count + 1):
        (folder / f"{i:04}_create_t{i}.sql").write_text(frame.format(TABLE.format(i)))


def rename_project(home, url):
    project = Project(home, url)
    project.write(1, "rename", {"type": '"rename_column"', "table": '"users"', "from": '"user_name"', "to": '"username"'})
    return project


POSTGRES_USERS = """
CREATE TABLE users (id bigint PRIMARY KEY, user_name text NOT NULL, visits integer NOT NULL DEFAULT 0);
INSERT INTO users SELECT i, 'user number ' || i FROM generate_series(1, {rows}) i;
"""


def fill_postgres(server, rows):
    server.new_database()
    for statement in POSTGRES_USERS.format(rows=rows).strip().split(";\n"):
        server.psql(statement)
    server.psql("VACUUM ANALYZE users")
    server.psql("CHECKPOINT", user="postgres")


def fill_sqlite(path, rows):
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE users (id integer PRIMARY KEY, user_name text NOT NULL, visits integer NOT NULL DEFAULT 0)")
        connection.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
                           "INSERT INTO users SELECT i, 'user number ' || i, 0 FROM n", (rows,))
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
