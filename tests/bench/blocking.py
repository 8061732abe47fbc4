"""The longest wait of an application's writer during expand and contract of a rename."""

import contextlib
import random
import signal
import sqlite3
import subprocess
import threading
import time

from bench import Server, check, fill_postgres, fill_sqlite, folder, heading, ms, rename_project, row


class PostgresWriter:
    """pgbench with two clients, 200 transactions a second, each logged."""

    def __init__(self, server, rows):
        self.server = server
        script = server.home / "writer.sql"
        script.write_text(f"\\set id random(1, {rows})\nUPDATE users SET visits = visits + 1 WHERE id = :id;\n")
        self.logs = server.home / "writer"

    def __enter__(self):
        for log in self.server.home.glob("writer.[0-9]*"):
            log.unlink()
        self.process = subprocess.Popen(
            self.server.command("pgbench", "--no-vacuum", "--client", 2, "--rate", 200, "--time", 3600, "--username", "owner", "--log",
                                "--log-prefix", self.logs, "--file", self.server.home / "writer.sql", "bench"),
            cwd=self.server.home, env=self.server.environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(2)
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGALRM)
        output, errors = self.process.communicate()
        self.process.stdout, self.process.stderr = output, errors
        check(self.process, "pgbench")

    def waits(self):
        """Time in the statement: with --rate the log's third field counts from the plan, its seventh is how late it began."""
        waits = []
        for log in self.server.home.glob("writer.[0-9]*"):
            for line in log.read_text().splitlines():
                fields = line.split()
                waits.append((int(fields[2]) - int(fields[6])) / 1e6)
        return waits


class SqliteWriter:
    """A thread that updates a row, waits 5 ms, and again; a busy_timeout of 10 s."""

    def __init__(self, path, rows):
        self.path, self.rows, self.times, self.stop = path, rows, [], threading.Event()
        self.statement = "UPDATE users SET visits = visits + 1 WHERE id = ?"
        self.failed = 0

    def __enter__(self):
        self.thread = threading.Thread(target=self.write)
        self.thread.start()
        time.sleep(1)
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()

    def write(self):
        with contextlib.closing(sqlite3.connect(self.path, isolation_level=None, timeout=10)) as connection:
            while not self.stop.wait(0.005):
                start = time.perf_counter()
                try:
                    connection.execute(self.statement, (random.randint(1, self.rows),))
                except sqlite3.OperationalError:
                    self.failed += 1
                self.times.append(time.perf_counter() - start)

    def waits(self):
        return self.times


def measure(name, writer, command):
    with writer:
        quiet = time.perf_counter()
        command()
        seconds = time.perf_counter() - quiet
    waits = sorted(writer.waits())
    row(name, ms(waits[-1]), ms(waits[int(len(waits) * 0.99)]), len(waits), f"{seconds:.1f} s")


def run(options):
    rows = options.count or 1_000_000
    with folder() as home, Server(home) as server:
        heading(f"waits of a writer beside expand and contract, {rows} rows")
        row("", "longest", "p99", "writes", "took")
        fill_postgres(server, rows)
        project = rename_project(home / "postgres", server.url())
        measure("PostgreSQL, nothing else runs", PostgresWriter(server, rows), lambda: time.sleep(10))
        for command in (["expand"], ["contract", "--quiet", "1s"]):
            measure(f"PostgreSQL, {command[0]}", PostgresWriter(server, rows), lambda: project.run(*command))
        project = rename_project(home / "sqlite", "sqlite:bench.db")
        path = project.home / "bench.db"
        fill_sqlite(path, rows)
        measure("SQLite, nothing else runs", SqliteWriter(path, rows), lambda: time.sleep(10))
        for command in (["expand"], ["contract", "--quiet", "1s"]):
            writer = SqliteWriter(path, rows)
            measure(f"SQLite, {command[0]}", writer, lambda: project.run(*command))
            if writer.failed:
                row("  writes that failed", writer.failed)
