"""What an application's writers feel of a backfill beside them: without, unthrottled, and held back."""

import time

from bench import Server, fill_postgres, folder, heading, ms, rename_project, row
from blocking import PostgresWriter

# Short batches hold few rows at a time, and rests leave the processors and the disk to the application.
HELD_BACK = ("--pause", "300%")
BATCH_TIME = "10ms"


def quantile(waits, part):
    return sorted(waits)[int(len(waits) * part)]


def measure(name, server, rows, work, plain=None):
    writer = PostgresWriter(server, rows)
    with writer:
        start = time.perf_counter()
        work()
        seconds = time.perf_counter() - start
    waits = writer.waits()
    p99 = quantile(waits, 0.99)
    row(name, ms(quantile(waits, 0.5)), ms(p99), f"{p99 / plain:.2f}x" if plain else "", ms(max(waits)), f"{seconds:.1f} s")
    return p99


def run(options):
    rows, seconds = options.count or 1_000_000, options.seconds or 20
    with folder() as home, Server(home) as server:
        heading(f"two writers, 200 updates a second, beside the backfill of {rows} rows (PostgreSQL)")
        row("", "p50", "p99", "against none", "longest", "took")
        fill_postgres(server, rows)
        plain = measure("no backfill", server, rows, lambda: time.sleep(seconds))
        for number, (name, batch_time, arguments) in enumerate((("expand --full-speed", "100ms", ["--full-speed"]),
                                                                ("expand", "100ms", []),
                                                                (f"expand {' '.join(HELD_BACK)}, batch_time {BATCH_TIME}", BATCH_TIME,
                                                                 HELD_BACK))):
            fill_postgres(server, rows)
            project = rename_project(home / f"project{number}", server.url())
            with open(project.home / "afloat.toml", "a") as file:
                file.write(f'batch_time = "{batch_time}"\n')
            measure(name, server, rows, lambda: project.run("expand", *arguments), plain)
