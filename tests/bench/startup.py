"""Start-up: `status` and a no-op `migrate` with many migrations applied, beside dbmate."""

from bench import Project, Server, folder, heading, median, ms, row, write_create_tables, write_sql_files
from peer import FILE, dbmate_program, dbmate_startup, postgres_url, sqlite_url


def measure(project, repeat):
    project.run("migrate")
    for command in ("status", "migrate"):
        seconds = median([project.timed(command) for _ in range(repeat)])
        peak = project.peak_mb(command)
        row(command if command == "status" else "migrate, nothing to do", ms(seconds), "" if peak is None else f"{peak:.1f} MB")


def run(options):
    count, repeat = options.count or 1000, options.repeat or 31
    with folder() as home, Server(home, ["fsync=off"]) as server:
        bare = Project(home / "bare", "sqlite:unused.db")
        heading(f"start-up, {count} migrations applied, median of {repeat}")
        row("afloat --version, any database", ms(median(bare.timed("--version") for _ in range(repeat))))
        program = dbmate_program(home)
        write_sql_files(home / "dbmate", count, FILE)
        for name, url in (("SQLite", "sqlite:bench.db"), ("PostgreSQL", server.new_database())):
            project = Project(home / name, url)
            if name == "SQLite":
                (project.home / "bench.db").touch()
            write_create_tables(project, count)
            row(name)
            measure(project, repeat)
            if program:
                if name == "PostgreSQL":
                    server.new_database()
                peer_url = postgres_url(server) if name == "PostgreSQL" else sqlite_url(home / "peer.db")
                dbmate_startup(program, home, peer_url, home / "dbmate", repeat)
