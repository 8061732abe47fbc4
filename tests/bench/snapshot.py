"""A snapshot of one table, against psql's binary COPY piped to zstd; of a SQLite file, against the shell's .backup; of a whole
database, against pg_dump. Each writes to the same folder, and waits for the disk as it does by itself."""

import shutil
import subprocess
import time

from bench import Project, Server, check, fail, fill_postgres, fill_sqlite, folder, heading, median, row


def plain_copy(server, home):
    """psql | zstd -1, then sync of the file, as the snapshot does."""
    file = home / "plain.copy.zst"
    file.unlink(missing_ok=True)
    psql = server.command("psql", "--no-psqlrc", "--quiet", "--username", "owner", "--dbname", "bench", "--command",
                          "\\copy users to stdout (format binary)")
    start = time.perf_counter()
    with subprocess.Popen(psql, cwd=server.home, env=server.environment, stdout=subprocess.PIPE) as source:
        check(subprocess.run(["zstd", "--quiet", "-1", "-o", str(file)], stdin=source.stdout, text=True, capture_output=True),
              "zstd")
    subprocess.run(["sync", str(file)], check=True)
    return time.perf_counter() - start


def plain_dump(server):
    target = server.home / "plain.dump"
    shutil.rmtree(target, ignore_errors=True)
    start = time.perf_counter()
    server.run("pg_dump", "--format=directory", "--compress=1", "--jobs=2", "--username", "owner", "--dbname", "bench", "--file",
               target)
    return time.perf_counter() - start


def plain_backup(project):
    (project.home / "plain.db").unlink(missing_ok=True)
    start = time.perf_counter()
    check(subprocess.run(["sqlite3", "bench.db", ".backup plain.db"], cwd=project.home, text=True, capture_output=True), "sqlite3")
    return time.perf_counter() - start


def ours(project, *arguments):
    shutil.rmtree(project.home / "snapshots", ignore_errors=True)
    return project.timed("snapshot", "create", *arguments)


def tell(name, plain, own):
    row(name, f"{median(plain):.2f} s", f"{median(own):.2f} s", f"{median(o / p for o, p in zip(own, plain)):.2f}x")


def run(options):
    if shutil.which("zstd") is None or shutil.which("sqlite3") is None:
        fail("zstd and sqlite3 are needed for comparison\n  hint: apt-get install zstd sqlite3")
    count, repeat = options.count or 2_000_000, options.repeat or 5
    with folder() as home, Server(home) as server:
        heading(f"snapshot of {count} rows, median of {repeat} interleaved")
        row("", "plain", "afloat", "time")
        project = Project(home / "postgres", server.new_database())
        fill_postgres(server, count)
        samples = [(plain_copy(server, home), ours(project, "--tables", "users"), plain_dump(server), ours(project))
                   for _ in range(repeat)]
        tell("PostgreSQL, one table: psql copy binary | zstd -1", *list(zip(*samples))[:2])
        tell("PostgreSQL, all of it: pg_dump -Fd -j2 -Z1", *list(zip(*samples))[2:])
        project = Project(home / "sqlite", "sqlite:bench.db")
        fill_sqlite(project.home / "bench.db", count)
        samples = [(plain_backup(project), ours(project)) for _ in range(repeat)]
        tell("SQLite, all of it: .backup", *zip(*samples))
