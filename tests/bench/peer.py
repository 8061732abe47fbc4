"""dbmate, the peer that npm has, for a run beside afloat."""

import os
import shutil
import subprocess

from bench import median, ms, row, say, seconds_of


FILE = "-- migrate:up\n{}-- migrate:down\n"


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


def sqlite_url(path):
    """Its driver sets synchronous to NORMAL, three syncs for a COMMIT; the file's own FULL, four, is what the others run with."""
    return f"sqlite:{path}?_sync=FULL"


def postgres_url(server):
    return f"postgres://owner@/bench?socket={server.home}"


def dbmate(program, home, url, migrations, command="up"):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")} | {"DATABASE_URL": url}
    return seconds_of([program, "--no-dump-schema", "--migrations-dir", str(migrations), command], "dbmate", cwd=home, env=environment)


def dbmate_startup(program, home, url, migrations, repeat):
    dbmate(program, home, url, migrations)
    for command in ("status", "up"):
        seconds = median([dbmate(program, home, url, migrations, command) for _ in range(repeat)])
        row(f"dbmate {command}" if command == "status" else "dbmate up, nothing to do", ms(seconds))
