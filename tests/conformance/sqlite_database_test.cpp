#include "sqlite_support.hpp"

#include <csignal>
#include <fstream>
#include <sys/wait.h>
#include <thread>
#include <utility>

#include <catch2/catch.hpp>

namespace afloat::sqlite_tests {
namespace {
using Lines = std::vector<std::string>;
using namespace std::chrono_literals;

Error error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  return Error(ErrorCode::bug, "nothing was thrown");
}

ConnectOptions options_for(const std::string& path, bool read_only = false) {
  ConnectOptions options;
  options.url = "sqlite:" + path;
  options.read_only = read_only;
  return options;
}

std::string sql_of(Database& database, const std::string& name) {
  return rows(database, "SELECT sql FROM sqlite_schema WHERE name = '" + name + "'").at(0);
}

TEST_CASE("a missing SQLite file is a connection error that names the path", "[sqlite]") {
  const Folder folder;
  const Error error = error_of([&] { open_sqlite(options_for(folder.file("none.db"))); });
  CHECK(error.code == ErrorCode::connection);
  CHECK(error.message == "there is no SQLite database at " + folder.file("none.db"));
  CHECK_FALSE(std::filesystem::exists(folder.file("none.db")));
}

TEST_CASE("a file of something else is not taken for a SQLite database", "[sqlite]") {
  const Folder folder;
  std::ofstream(folder.file("text")) << std::string(2000, 'x');
  const Error error = error_of([&] { open_sqlite(options_for(folder.file("text"))); });
  CHECK(error.code == ErrorCode::connection);
  CHECK(error.message == folder.file("text") + " is not a SQLite database");
  CHECK(error.sqlstate == "SQLITE_NOTADB");
  CHECK(error_of([&] {
          open_sqlite(options_for(std::filesystem::path(folder.file()).parent_path().string()));
        }).code
        == ErrorCode::connection);
}

TEST_CASE("SQLite parameters are bound by number and values come back as text", "[sqlite]") {
  const Folder folder;
  const auto database = connect(folder);
  const Result result =
      database->query("SELECT $2 AS b, $1 AS a, NULL AS n, 1.5 AS r, x'00ff' AS x", {Value("one"), Value()});
  CHECK(result.columns == Lines{"b", "a", "n", "r", "x"});
  CHECK(result.rows.at(0)
        == std::vector<Value>{std::nullopt, "one", std::nullopt, "1.5", std::string("\0\xff", 2)});
  database->script("CREATE TABLE t(a); INSERT INTO t VALUES (1), (2)");
  CHECK(database->query("UPDATE t SET a = 3").affected == 2);
  CHECK(database->query("UPDATE t SET a = 3 WHERE a = 9").affected == 0);
  CHECK(database->query("SELECT * FROM t").affected == 0);
  CHECK(error_of([&] { database->query("SELECT 1; SELECT 2"); }).code == ErrorCode::bug);
}

TEST_CASE("a constraint of SQLite is a statement error with its extended code", "[sqlite]") {
  const Folder folder;
  const auto database = connect(folder);
  database->script("CREATE TABLE p(a PRIMARY KEY); CREATE TABLE c(a REFERENCES p); INSERT INTO p VALUES (1)");
  const Error unique = error_of([&] { database->query("INSERT INTO p VALUES (1)"); });
  CHECK(unique.code == ErrorCode::statement);
  CHECK(unique.message == "UNIQUE constraint failed: p.a");
  CHECK(unique.sqlstate == "SQLITE_CONSTRAINT_PRIMARYKEY");
  CHECK(unique.sql == "INSERT INTO p VALUES (1)");
  CHECK(error_of([&] { database->query("INSERT INTO c VALUES (2)"); }).sqlstate
        == "SQLITE_CONSTRAINT_FOREIGNKEY");
}

TEST_CASE("COMMIT on SQLite waits for the disk unless told otherwise and only WAL allows it", "[sqlite]") {
  for (const auto& [mode, hurried] : {std::pair("DELETE", "2"), std::pair("WAL", "1")}) {
    const Folder folder;
    const auto database = connect(folder);
    database->script(std::string("PRAGMA synchronous = FULL; PRAGMA journal_mode = ") + mode);
    database->wait_for_disk(false);
    CHECK(database->query("PRAGMA synchronous").scalar() == hurried);
    database->wait_for_disk(true);
    CHECK(database->query("PRAGMA synchronous").scalar() == "2");
  }
}

TEST_CASE("the write lock of another SQLite connection makes begin busy and is named", "[sqlite]") {
  for (const std::string mode : {"DELETE", "WAL"}) {
    const Folder folder;
    const auto holder = connect(folder), other = connect(folder);
    holder->script("PRAGMA journal_mode = " + mode + "; CREATE TABLE t(a)");
    holder->begin(0ms);
    holder->query("INSERT INTO t VALUES (1)");
    const Error error = error_of([&] { other->begin(20ms); });
    CHECK(error.code == ErrorCode::busy);
    CHECK(error.sqlstate == "SQLITE_BUSY");
    CHECK(error.hint
          == "Another process has it for itself: wait until that has ended. Nothing was changed; the same "
             "command can be run again.");
    CHECK_FALSE(other->in_transaction());
    const auto blockers = other->blockers({});
    REQUIRE(blockers.size() == 1);
    CHECK(blockers[0].pid == std::to_string(getpid()));
    CHECK(blockers[0].application == "dialect_tests");
    holder->rollback();
    other->begin(20ms);
    other->rollback();
    CHECK(other->blockers({}).empty());
  }
}

TEST_CASE("cancel ends a running SQLite statement and a wait for the lock", "[sqlite]") {
  const Folder folder;
  const auto database = connect(folder), holder = connect(folder);
  std::atomic<bool> done = false;
  std::thread canceller([&] {
    while (!done) database->cancel();
  });
  const Error running = error_of([&] {
    database->query("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n");
  });
  holder->begin(0ms);
  const Error waiting = error_of([&] { database->begin(100'000ms); });
  done = true;
  canceller.join();
  CHECK(running.code == ErrorCode::interrupted);
  CHECK(waiting.code == ErrorCode::interrupted);
  holder->rollback();
}

TEST_CASE("a read only SQLite session cannot write and needs no right to", "[sqlite]") {
  const Folder folder;
  auto writer = connect(folder);
  writer->script("PRAGMA journal_mode = WAL; CREATE TABLE t(a); INSERT INTO t VALUES (1)");
  {
    const auto reader = open_sqlite(options_for(folder.file(), true));
    CHECK(reader->query("SELECT a FROM t").scalar() == "1");
    CHECK(error_of([&] { reader->query("INSERT INTO t VALUES (2)"); }).code == ErrorCode::permission);
  }
  writer.reset();
  const auto alone = open_sqlite(options_for(folder.file(), true)); // no -wal and no -shm are there now
  CHECK(alone->query("SELECT a FROM t").scalar() == "1");
}

TEST_CASE("SQLite facts tell the process from an earlier one of its number", "[sqlite]") {
  const Folder folder;
  const auto database = connect(folder);
  CHECK(database->facts().backend == std::to_string(getpid()));
  CHECK(std::stoll(database->facts().backend_start) > 0);
  CHECK(database->facts().server_version >= 3040001);
  CHECK_FALSE(database->facts().read_only_by_default);
}

TEST_CASE("an open connection meets a relaxed NOT NULL at once and a rollback restores it", "[sqlite]") {
  const Folder folder;
  const auto database = connect(folder), application = connect(folder);
  const auto writer = make_sqlite_writer();
  database->script("CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT CONSTRAINT nn NOT NULL DEFAULT 'x', b)");
  const std::string original = sql_of(*database, "t");
  const auto insert = [&](Database& by) {
    return error_of([&] { by.query("INSERT INTO t(a) VALUES (NULL)"); }).message;
  };
  CHECK(insert(*application) == "NOT NULL constraint failed: t.a");
  const Piece piece = writer->relax_not_null(table_of(*database, "t"), "a");

  database->begin(1s);
  for (const Statement& statement : piece.statements) database->query(statement.sql);
  CHECK(insert(*database) == "nothing was thrown");
  database->rollback();
  CHECK(insert(*database) == "NOT NULL constraint failed: t.a");
  CHECK(insert(*application) == "NOT NULL constraint failed: t.a");

  run(*database, piece.statements);
  CHECK(insert(*application) == "nothing was thrown");
  CHECK(error_of([&] { run(*database, piece.inverse); }).message == "t.a is NULL in some rows");
  application->script("DELETE FROM t");
  run(*database, piece.inverse);
  CHECK(insert(*application) == "NOT NULL constraint failed: t.a");
  CHECK(sql_of(*database, "t") == original);
  CHECK(database->query("PRAGMA integrity_check").scalar() == "ok");
}

TEST_CASE("an edit of the stored schema that fails leaves nothing behind", "[sqlite]") {
  const Folder folder;
  const auto database = connect(folder);
  database->script("CREATE TABLE t(a)");
  const Piece piece = make_sqlite_writer()->relax_not_null(table_of(*database, "t"), "a");
  CHECK(error_of([&] { run(*database, piece.statements); }).message
        == "column \"a\" has no NOT NULL of its own in the text of the table");
  CHECK(error_of([&] { database->query("UPDATE sqlite_schema SET sql = sql"); }).message
        == "table sqlite_master may not be modified");
}

TEST_CASE("kill -9 in the middle of an edit of the stored schema leaves the old rule", "[sqlite]") {
  const Folder folder;
  auto database = connect(folder);
  database->script("CREATE TABLE t(a NOT NULL)");
  const std::string original = sql_of(*database, "t");
  const Piece piece = make_sqlite_writer()->relax_not_null(table_of(*database, "t"), "a");
  database.reset();
  const pid_t child = fork();
  if (child == 0) {
    const auto victim = connect(folder);
    victim->begin(1s);
    for (const Statement& statement : piece.statements) victim->query(statement.sql);
    victim->script("PRAGMA cache_spill = ON; PRAGMA cache_size = 1; CREATE TABLE big AS WITH RECURSIVE n(i) "
                   "AS (SELECT 1 UNION "
                   "ALL SELECT i + 1 FROM n LIMIT 5000) SELECT i, hex(zeroblob(99)) FROM n");
    kill(getpid(), SIGKILL);
  }
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WIFSIGNALED(status));
  database = connect(folder);
  CHECK(sql_of(*database, "t") == original);
  CHECK(rows(*database, "SELECT name FROM sqlite_schema") == Lines{"t"});
  CHECK(database->query("PRAGMA integrity_check").scalar() == "ok");
}

TEST_CASE("NOT NULL is put on a filled column in one step that asserts it", "[sqlite]") {
  const Folder folder;
  const auto database = connect(folder);
  const auto writer = make_sqlite_writer();
  database->script(
      "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT -- a name\n); INSERT INTO t VALUES (1, 'a'), (2, NULL)");
  const Table table = table_of(*database, "t");
  const RangeWork nulls = writer->nulls(table, "a");
  CHECK(rows(*database, nulls.count_left) == Lines{"1"});
  CHECK(rows(*database, filled(nulls.in_range, {{"after", "1"}, {"upto", "2"}, {"limit", "5"}}))
        == Lines{"id 2: a NULL"});
  const auto steps = writer->not_null_steps(table, "a", Phase::contract);
  REQUIRE(steps.size() == 1);
  CHECK(error_of([&] { run(*database, steps[0].statements); }).message == "t.a is NULL in some rows");
  database->script("UPDATE t SET a = 'b' WHERE id = 2");
  run(*database, steps[0].statements);
  CHECK(sql_of(*database, "t") == "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT NOT NULL -- a name\n)");
}

TEST_CASE("views keep the names of their columns when a column is renamed", "[sqlite]") {
  const Folder folder;
  const auto database = connect(folder), application = connect(folder);
  const auto writer = make_sqlite_writer();
  database->script("CREATE TABLE t(id, a); CREATE TABLE u(a); CREATE VIEW v AS SELECT id, a FROM t; CREATE "
                   "VIEW w AS SELECT a FROM u;"
                   "CREATE VIEW x AS SELECT a AS b FROM v");
  const std::vector<RelationName> names{{"", "t"}};
  const Schema schema = inspect_sqlite(*database, names);
  REQUIRE(schema.views.size() == 2);
  CHECK(schema.views[1].reads
        == std::vector<std::pair<RelationName, std::string>>{{{"", "t"}, "a"}, {{"", "t"}, "id"}});
  const Step step = combine(Phase::contract, "swap",
                            {writer->keep_view_columns(schema.views, schema.tables[0], "a"),
                             writer->rename_column(schema.tables[0], "a", "z")});
  run(*database, step.statements);
  CHECK(application->query("SELECT * FROM v").columns == Lines{"id", "a"});
  CHECK(application->query("SELECT * FROM x").columns == Lines{"b"});
  run(*database, step.inverse);
  CHECK(sql_of(*database, "v") == "CREATE VIEW v AS SELECT id, \"a\" FROM t"); // the quotes are SQLite's
}
} // namespace
TEST_CASE("long triggers of sync stand as before after ALTER TABLE on SQLite", "[sqlite]") {
  Folder folder;
  const auto database = connect(folder);
  const auto trigger = [](const std::string& name, const std::string& log, const std::string& column) {
    return fmt::format("CREATE TRIGGER \"{}\" AFTER UPDATE ON t WHEN '{}' <> '' BEGIN INSERT INTO {} ({}) "
                       "VALUES ('{}'); END",
                       name, std::string(20'000, 'x'), log, column, name);
  };
  database->script("CREATE TABLE t(id INTEGER PRIMARY KEY, a); CREATE TABLE log(x); CREATE TABLE o(y);"
                   "CREATE VIEW v AS SELECT y AS z FROM o; INSERT INTO t VALUES (1, 1)");
  for (const std::string name : {"afloat_one", "between", "afloat_two"})
    database->script(trigger(name, "log", "x"));
  const auto all = [&] {
    return rows(*database, "SELECT rowid, name, tbl_name, rootpage, afloat_sha256(sql) FROM sqlite_schema "
                           "WHERE type = 'trigger' ORDER BY rowid");
  };
  const auto fired = [&] {
    database->script("DELETE FROM log; UPDATE t SET a = a + 1");
    return rows(*database, "SELECT x FROM log ORDER BY rowid");
  };
  const auto before = all();
  const auto order = fired();
  const auto other = connect(folder);

  SECTION("committed") {
    database->begin(1s);
    database->query("ALTER TABLE o RENAME COLUMN y TO \"y2\"", {});
    CHECK(all() == before);
    database->script("ALTER TABLE o RENAME TO o2");
    CHECK(fired() == order);
    database->commit();
    CHECK(rows(*database, "SELECT sql FROM sqlite_schema WHERE name = 'v'")
          == Lines{"CREATE VIEW v AS SELECT \"y2\" AS z FROM \"o2\""});
  }
  SECTION("rolled back") {
    database->begin(1s);
    database->query("ALTER TABLE o RENAME TO o2", {});
    database->rollback();
  }
  SECTION("after a statement that fails") {
    database->begin(1s);
    CHECK_THROWS(database->query("ALTER TABLE o RENAME COLUMN none TO b", {}));
    CHECK(all() == before);
    database->rollback();
  }
  CHECK(all() == before);
  CHECK(fired() == order);
  other->script("DELETE FROM log; UPDATE t SET a = a + 1");
  CHECK(rows(*other, "SELECT x FROM log ORDER BY rowid") == order);
}

TEST_CASE("long triggers of sync follow what they name on SQLite", "[sqlite]") {
  Folder folder;
  const auto database = connect(folder);
  database->script(
      fmt::format("CREATE TABLE t(id INTEGER PRIMARY KEY, a); CREATE TABLE log(x);"
                  "CREATE TRIGGER afloat_one AFTER UPDATE ON t WHEN '{}' <> '' BEGIN INSERT INTO "
                  "log (x) VALUES (NEW.a); END",
                  std::string(20'000, 'x')));
  const auto text = [&] {
    return replaced(rows(*database, "SELECT sql FROM sqlite_schema WHERE name = 'afloat_one'").at(0),
                    std::string(20'000, 'x'), "…");
  };
  database->begin(1s);
  database->query("ALTER TABLE log RENAME TO log2", {});
  database->query("ALTER TABLE main.\"T\" RENAME a TO b", {});
  CHECK_THROWS(database->query("ALTER TABLE log2 DROP COLUMN x", {}));
  CHECK(text()
        == "CREATE TRIGGER afloat_one AFTER UPDATE ON t WHEN '…' <> '' BEGIN INSERT INTO \"log2\" (x) VALUES "
           "(NEW.b); END");
  database->rollback();
}

} // namespace afloat::sqlite_tests
