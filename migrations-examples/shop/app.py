#!/usr/bin/env python3
"""The shop: the live application of scripts/quickstart, in two releases that differ in one column's name.

  app.py make DB                    a database with users, orders, a trigger and a view, always the same
  app.py old DB --stats FILE        the old release: knows users.user_name; runs until SIGTERM
  app.py new DB --stats FILE        the new release: knows users.username; runs until SIGTERM
  app.py proof DB FILE... [--command TEXT=STATUS]...
                                    compares the table with every write that a release got an answer for

A release writes FILE (its counts, at the end) and FILE.jsonl (each write, as soon as its COMMIT has returned).
"""

import argparse
import json
import random
import signal
import sqlite3
import sys
import time

USERS = 50_000
ORDERS = 200_000
COLUMN = {"old": "user_name", "new": "username"}

SCHEMA = """
CREATE TABLE users (
  id integer PRIMARY KEY,
  user_name text NOT NULL UNIQUE,
  email text,
  updated_at text NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE TABLE orders (
  id integer PRIMARY KEY,
  user_id integer NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  amount_cents integer NOT NULL CHECK (amount_cents > 0),
  placed_at text NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX orders_user_id ON orders(user_id);
CREATE TRIGGER users_touch AFTER UPDATE ON users WHEN NEW.updated_at IS OLD.updated_at
BEGIN
  UPDATE users SET updated_at = CURRENT_TIMESTAMP WHERE id = NEW.id;
END;
CREATE VIEW customer_orders AS
  SELECT u.id, u.user_name AS customer, count(o.id) AS orders, coalesce(sum(o.amount_cents), 0) AS spent_cents
  FROM users u LEFT JOIN orders o ON o.user_id = u.id
  GROUP BY u.id;
"""


def first_name(user_id):
    return f"user_{user_id:06d}"


def first_email(user_id):
    return f"{first_name(user_id)}@example.com"


def first_touch(user_id):
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(1_704_067_200 + user_id))


def connect(path):
    # A release waits up to 5 s for the write lock: what afloat asks of an application on SQLite.
    connection = sqlite3.connect(path, timeout=5, isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def make(path):
    chance = random.Random(2)
    database = connect(path)
    database.execute("PRAGMA journal_mode = WAL")
    database.executescript(SCHEMA)
    database.execute("BEGIN")
    database.executemany(
        "INSERT INTO users (id, user_name, email, updated_at) VALUES (?, ?, ?, ?)",
        ((n, first_name(n), first_email(n), first_touch(n)) for n in range(1, USERS + 1)))
    database.executemany(
        "INSERT INTO orders (id, user_id, amount_cents, placed_at) VALUES (?, ?, ?, '2024-06-01 12:00:00')",
        ((n, chance.randint(1, USERS), chance.randint(100, 99_999)) for n in range(1, ORDERS + 1)))
    database.execute("COMMIT")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    print(f"{USERS:,} users and {ORDERS:,} orders, a foreign key, a trigger that maintains updated_at, a view")


class Release:
    """One release at work: short transactions, a few hundred a second, until it is told to stop."""

    def __init__(self, side, path, stats_path):
        self.side, self.column = side, COLUMN[side]
        self.database = connect(path)
        self.stats_path = stats_path
        self.journal = open(stats_path + ".jsonl", "w", encoding="utf-8", buffering=1)
        self.chance = random.Random(side)
        self.counts = {"side": side, "writes": 0, "failed": 0, "reads": 0, "longest_wait_ms": 0.0, "errors": []}
        self.running = True

    def stop(self, *_):
        self.running = False

    def some_user(self):
        # Half of the writes go to 500 users, so that both releases often write the same row.
        return self.chance.randint(1, 500 if self.chance.random() < 0.5 else USERS)

    def insert_user(self, execute, tag):
        name = f"{tag}_born"
        user = execute(f"INSERT INTO users ({self.column}, email) VALUES (?, ?)", (name, f"{tag}@new")).lastrowid
        return [("name", user, name), ("email", user, f"{tag}@new")]

    def rename_user(self, execute, tag):
        user = self.some_user()
        execute(f"UPDATE users SET {self.column} = ? WHERE id = ?", (tag, user))
        return [("name", user, tag)]

    def change_email(self, execute, tag):
        user = self.some_user()
        execute("UPDATE users SET email = ? WHERE id = ?", (f"{tag}@mail", user))
        return [("email", user, f"{tag}@mail")]

    def place_order(self, execute, _tag):
        user, amount = self.some_user(), self.chance.randint(100, 99_999)
        order = execute("INSERT INTO orders (user_id, amount_cents) VALUES (?, ?)", (user, amount)).lastrowid
        return [("order", order, amount)]

    def write(self, number):
        action = self.chance.choice([self.insert_user, self.rename_user, self.rename_user, self.change_email,
                                     self.place_order])
        began = time.monotonic()
        try:
            self.database.execute("BEGIN IMMEDIATE")
            # Taken under the one write lock, so it puts the writes of both releases in the order of their commits.
            order = time.monotonic_ns()
            facts = action(self.database.execute, f"{self.side}_{number}")
            self.database.execute("COMMIT")
        except sqlite3.Error as error:
            if self.database.in_transaction:
                self.database.execute("ROLLBACK")
            self.failure(error)
            return
        finally:
            waited = (time.monotonic() - began) * 1000
            self.counts["longest_wait_ms"] = max(self.counts["longest_wait_ms"], waited)
        self.counts["writes"] += 1
        for what, key, value in facts:
            self.journal.write(json.dumps([order, what, key, value]) + "\n")

    def read(self):
        user = self.some_user()
        try:
            self.database.execute(f"SELECT id, {self.column}, email FROM users WHERE id = ?", (user,)).fetchone()
            self.database.execute("SELECT customer, orders FROM customer_orders WHERE id = ?", (user,)).fetchone()
        except sqlite3.Error as error:
            self.failure(error)
        self.counts["reads"] += 1

    def failure(self, error):
        self.counts["failed"] += 1
        if len(self.counts["errors"]) < 5:
            self.counts["errors"].append(str(error))

    def run(self):
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches us too; the script that started us says when
        number = 0
        while self.running:
            number += 1
            self.write(number)
            self.read()
            time.sleep(0.003)
        self.journal.close()
        with open(self.stats_path, "w", encoding="utf-8") as file:
            json.dump(self.counts, file)


def acknowledged(paths):
    """The last value of each thing that any release wrote, by the order of the commits."""
    facts = []
    for path in paths:
        with open(path + ".jsonl", encoding="utf-8") as file:
            facts += [json.loads(line) for line in file]
    facts.sort(key=lambda fact: fact[0])
    return {(what, key): value for _, what, key, value in facts}


def differences(database, expected):
    """Each row that is not as the shop was made and then written to, in words."""
    wrong = []
    users = {row[0]: row[1:] for row in database.execute("SELECT id, username, email, updated_at FROM users")}
    written = {key for what, key in expected if what != "order"}
    known = written | set(range(1, USERS + 1))
    for user in sorted(known | set(users)):
        if user not in users or user not in known:
            wrong.append(f"user {user} is {'missing' if user in known else 'one that nobody made'}")
            continue
        name, email, touched = users[user]
        want_name = expected.get(("name", user), first_name(user))
        want_email = expected.get(("email", user), first_email(user))
        if (name, email) != (want_name, want_email):
            wrong.append(f"user {user} is ({name}, {email}), written was ({want_name}, {want_email})")
        elif user not in written and touched != first_touch(user):
            wrong.append(f"user {user} was never written, but updated_at became {touched}")
    orders = dict(database.execute("SELECT id, amount_cents FROM orders"))
    new_orders = {key: value for (what, key), value in expected.items() if what == "order"}
    wrong += [f"order {order} is {orders.get(order)}, written was {amount}"
              for order, amount in new_orders.items() if orders.get(order) != amount]
    if len(orders) != ORDERS + len(new_orders):
        wrong.append(f"there are {len(orders):,} orders, written were {ORDERS + len(new_orders):,}")
    view = dict(database.execute("SELECT id, customer FROM customer_orders"))
    wrong += [f"the view shows user {user} as {view.get(user)}"
              for user in users if view.get(user) != users[user][0]]
    return wrong, len(users) + len(orders)


def proof(path, stats_paths, commands):
    releases = []
    for stats_path in stats_paths:
        with open(stats_path, encoding="utf-8") as file:
            releases.append(json.load(file))
    database = connect(path)
    expected = acknowledged(stats_paths)
    wrong, compared = differences(database, expected)
    wrong += [f"integrity check: {row[0]}" for row in database.execute("PRAGMA integrity_check") if row[0] != "ok"]
    wrong += [f"foreign key of {row[0]} {row[1]} points nowhere"
              for row in database.execute("PRAGMA foreign_key_check")]
    failed = sum(release["failed"] for release in releases)
    statuses = [command.rpartition("=")[::2] for command in commands]

    def line(what, value):
        print(f"  {what:<58}{value:>16}")

    for release in releases:
        line(f"writes by the {release['side']} release ({COLUMN[release['side']]})", f"{release['writes']:,}")
    line("writes and reads that failed", f"{failed:,}")
    line("rows compared with what was written", f"{compared:,}")
    line("rows that differ", f"{len(wrong):,}")
    line("longest time that any writer waited", f"{max(r['longest_wait_ms'] for r in releases):,.0f} ms")
    for command, status in statuses:
        line(f"exit status of {command}", status)
    for release in releases:
        for error in release["errors"]:
            print(f"  the {release['side']} release met: {error}")
    for text in wrong[:5]:
        print(f"  {text}")
    silent = [release["side"] for release in releases if release["writes"] == 0]
    good = not wrong and failed == 0 and not silent and all(status == "0" for _, status in statuses)
    print("\nProven: nothing was lost, and nobody was turned away." if good
          else f"\nNot proven{': ' + ', '.join(silent) + ' release wrote nothing' if silent else ''}.")
    return 0 if good else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = parser.add_subparsers(dest="part", required=True)
    parts.add_parser("make").add_argument("db")
    for side in COLUMN:
        part = parts.add_parser(side)
        part.add_argument("db")
        part.add_argument("--stats", required=True)
    part = parts.add_parser("proof")
    part.add_argument("db")
    part.add_argument("stats", nargs="+")
    part.add_argument("--command", action="append", default=[])
    arguments = parser.parse_args()
    if arguments.part == "make":
        make(arguments.db)
        return 0
    if arguments.part == "proof":
        return proof(arguments.db, arguments.stats, arguments.command)
    Release(arguments.part, arguments.db, arguments.stats).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
