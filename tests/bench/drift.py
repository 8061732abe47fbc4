"""drift on thousands of tables, against reading the catalogs as sets (the floor) and pg_dump --schema-only."""

import subprocess
import time

from bench import Project, Server, check, folder, heading, median, row

TABLES = """DO $$ BEGIN FOR n IN {} .. {} LOOP
  EXECUTE format('CREATE TABLE t%s (id integer PRIMARY KEY, hub integer REFERENCES hub (id), a text DEFAULT ''x'', b text NOT NULL,
    c integer DEFAULT 0, d timestamptz DEFAULT now(), e numeric(10,2), f boolean, g varchar(40), h date)', n);
  EXECUTE format('CREATE INDEX t%s_a ON t%s (a)', n, n);
  EXECUTE format('CREATE INDEX t%s_b ON t%s (lower(b)) WHERE c > 0', n, n);
END LOOP; END $$;
"""

FLOOR = """BEGIN;
SET LOCAL search_path = '';
COPY (SELECT c.oid, n.nspname, c.relname, c.relkind, c.reloptions, c.relacl, c.relrowsecurity FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public') TO STDOUT;
COPY (SELECT a.attrelid, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
  a.attcollation, a.attacl, pg_catalog.pg_get_expr(d.adbin, d.adrelid) FROM pg_catalog.pg_attribute a
  JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE n.nspname = 'public' AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v')) TO STDOUT;
COPY (SELECT conrelid, conname, pg_catalog.pg_get_constraintdef(oid) FROM pg_catalog.pg_constraint WHERE conrelid <> 0) TO STDOUT;
COPY (SELECT indrelid, pg_catalog.pg_get_indexdef(indexrelid), indisvalid FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = 'public') TO STDOUT;
COPY (SELECT p.oid, pg_catalog.pg_get_functiondef(p.oid) FROM pg_catalog.pg_proc p
  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'public') TO STDOUT;
COPY (SELECT * FROM pg_catalog.pg_description WHERE objoid >= 16384) TO STDOUT;
COPY (SELECT classid, objid, refclassid, refobjid, deptype FROM pg_catalog.pg_depend WHERE objid >= 16384) TO STDOUT;
COMMIT;
"""


def make_tables(server, home, count):
    path = home / "tables.sql"
    path.write_text("CREATE TABLE hub (id integer PRIMARY KEY);\n"
                    + "".join(TABLES.format(i, min(i + 99, count)) for i in range(1, count + 1, 100)) + "ANALYZE;\n")
    server.psql_file(path)


def timed(server, *command):
    start = time.perf_counter()
    check(subprocess.run(server.command(*command), cwd=server.home, env=server.environment, text=True, stdin=subprocess.DEVNULL,
                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE), command[0])
    return time.perf_counter() - start


def run(options):
    repeat = options.repeat or 3
    with folder() as home, Server(home, ["fsync=off", "max_locks_per_transaction=1000"]) as server:
        for count in [options.count] if options.count else [2000, 10000]:
            project = Project(home / f"of{count}", server.new_database())
            make_tables(server, home, count)
            floor = home / "floor.sql"
            floor.write_text(FLOOR)
            project.run("drift", "--accept", "measured")
            times = {"floor": [], "drift": [], "pg_dump --schema-only": []}
            for _ in range(repeat):
                times["floor"].append(timed(server, "psql", "-qX", "-U", "owner", "-d", "bench", "-f", floor))
                times["drift"].append(project.timed("drift"))
                times["pg_dump --schema-only"].append(timed(server, "pg_dump", "--schema-only", "-U", "owner", "-d", "bench"))
            heading(f"drift, {count} tables, median of {repeat} interleaved")
            for name, seconds in times.items():
                ratio = median([a / b for a, b in zip(seconds, times["floor"])])
                row(name, f"{median(seconds):.2f} s", f"{ratio:.2f}x floor")
            peak = project.peak_mb("drift")
            row("drift, peak memory", "unknown" if peak is None else f"{peak:.0f} MB")
