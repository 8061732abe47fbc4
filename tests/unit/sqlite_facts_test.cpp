#include "dialect/sqlite/database.hpp"
#include "dialect/sqlite/sql_writer.hpp"
#include "support/text.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace afloat {
namespace {
/// All that is said of a statement, on one line.
std::string said(std::string_view sql) {
  const StatementFacts facts = make_sqlite_writer()->facts(sql);
  std::vector<std::string> words{facts.what};
  const auto add = [&](std::string_view name, bool when) {
    if (when) words.emplace_back(name);
  };
  std::vector<std::string> relations;
  for (const RelationName& name : facts.relations) relations.push_back(display(name));
  if (!relations.empty()) words.push_back("changes " + join(relations, "+"));
  for (const TableLock& lock : facts.locks)
    if (lock.level == LockLevel::database) words.push_back("locks " + display(lock.relation));
  add("scans", facts.scans);
  add("rewrites", facts.rewrites);
  add("outside", facts.outside);
  add("repeatable", facts.repeatable);
  if (facts.foreign_keys) words.push_back(*facts.foreign_keys ? "keys on" : "keys off");
  if (!facts.unknown.empty()) words.push_back("unknown: " + facts.unknown);
  if (!facts.refused.empty())
    words.push_back(fmt::format("refused at {}: {}. {}", facts.offset, facts.refused, facts.hint));
  if (!facts.syntax_error.empty())
    words.push_back(fmt::format("error at {}: {}", facts.offset, facts.syntax_error));
  return join(words, "; ");
}

TEST_CASE("SQLite statements are known by what they change and what they look at", "[sqlite]") {
  const std::pair<const char*, const char*> cases[] = {
      // clang-format off
      {"CREATE TABLE users(id INTEGER PRIMARY KEY)", "CREATE TABLE users; changes users; locks users"},
      {"create table if not exists main . \"or\"\"der\" (a)", "CREATE TABLE or\"der; changes or\"der; locks or\"der"},
      {"CREATE TABLE [a b](x) STRICT, WITHOUT ROWID", "CREATE TABLE a b; changes a b; locks a b"},
      {"CREATE TABLE `t` AS SELECT * FROM users", "CREATE TABLE t; changes t; locks t; scans"},
      {"CREATE TEMP TABLE copy AS SELECT 1", "CREATE TABLE temp.copy; changes temp.copy; scans"},
      {"CREATE VIRTUAL TABLE docs USING fts5(body)", "CREATE TABLE docs; changes docs; locks docs"},
      {"CREATE INDEX i ON users(a)", "CREATE INDEX i ON users; changes users; locks users; scans"},
      {"CREATE UNIQUE INDEX IF NOT EXISTS main.'i' ON \"users\"(lower(a)) WHERE b", "CREATE INDEX i ON users; changes users; locks users; scans"},
      {"CREATE VIEW v(a) AS SELECT 1", "CREATE VIEW v; changes v; locks v"},
      {"CREATE TEMPORARY VIEW v AS SELECT 1", "CREATE VIEW temp.v; changes temp.v"},
      {"CREATE TRIGGER tr AFTER UPDATE OF a, b ON users BEGIN DELETE FROM log; END", "CREATE TRIGGER tr ON users; changes users; locks users"},
      {"CREATE TRIGGER IF NOT EXISTS tr INSTEAD OF INSERT ON v BEGIN SELECT 1; END", "CREATE TRIGGER tr ON v; changes v; locks v"},
      {"CREATE TEMP TRIGGER tr AFTER DELETE ON users BEGIN SELECT 1; END", "CREATE TRIGGER tr ON users"},
      {"DROP TABLE IF EXISTS users", "DROP TABLE users; changes users; locks users; scans; keys off"},
      {"drop index i", "DROP INDEX i; changes i; locks i"},
      {"DROP VIEW v", "DROP VIEW v; changes v; locks v"},
      {"DROP TRIGGER main.tr", "DROP TRIGGER tr; changes tr; locks tr"},
      {"ALTER TABLE users RENAME TO people", "ALTER TABLE users; changes users+people; locks users; locks people"},
      {"ALTER TABLE users RENAME COLUMN a TO b", "ALTER TABLE users; changes users; locks users"},
      {"ALTER TABLE users RENAME a TO b", "ALTER TABLE users; changes users; locks users"},
      {"ALTER TABLE users ADD COLUMN a TEXT NOT NULL DEFAULT ''", "ALTER TABLE users; changes users; locks users"},
      {"ALTER TABLE users ADD a INT CHECK (a > 0)", "ALTER TABLE users; changes users; locks users; scans"},
      {"ALTER TABLE users ADD a AS (b * 2) NOT NULL", "ALTER TABLE users; changes users; locks users; scans"},
      {"ALTER TABLE users DROP COLUMN a", "ALTER TABLE users; changes users; locks users; scans; rewrites"},
      {"INSERT INTO users VALUES (1, (SELECT 2))", "INSERT INTO users; changes users; locks users"},
      {"INSERT OR IGNORE INTO users(id) SELECT id FROM old", "INSERT INTO users; changes users; locks users; scans"},
      {"INSERT INTO users DEFAULT VALUES", "INSERT INTO users; changes users; locks users"},
      {"REPLACE INTO users(id) VALUES (1)", "INSERT INTO users; changes users; locks users"},
      {"UPDATE users SET a = 1 WHERE id = 4", "UPDATE users; changes users; locks users; scans"},
      {"UPDATE OR FAIL users SET a = (SELECT 1 WHERE 1)", "UPDATE users; changes users; locks users; scans; rewrites"},
      {"DELETE FROM users", "DELETE FROM users; changes users; locks users; scans; rewrites"},
      {"WITH gone AS (SELECT id FROM old) DELETE FROM users WHERE id IN gone", "DELETE FROM users; changes users; locks users; scans"},
      {"WITH n(i) AS (SELECT 1) INSERT INTO users SELECT i FROM n", "INSERT INTO users; changes users; locks users; scans"},
      {"WITH n(i) AS (SELECT 1) SELECT * FROM n", "SELECT"},
      {"SELECT ':a', \"?\" -- $x", "SELECT"},
      {"VALUES (1)", "SELECT"},
      {"EXPLAIN QUERY PLAN DELETE FROM users", "EXPLAIN"},
      {"ANALYZE", "ANALYZE; locks main; scans"},
      {"REINDEX users", "REINDEX users; locks users; scans"},
      {"VACUUM", "VACUUM; locks main; scans; rewrites; outside; repeatable"},
      {"VACUUM main INTO 'copy.db'", "VACUUM; scans; outside"},
      // clang-format on
  };
  for (const auto& [sql, expected] : cases) CHECK(said(sql) == expected);
}

TEST_CASE("SQLite pragmas are known by what they do in a transaction", "[sqlite]") {
  const std::pair<const char*, const char*> cases[] = {
      // clang-format off
      {"PRAGMA table_info(users)", "PRAGMA table_info"},
      {"PRAGMA journal_mode", "PRAGMA journal_mode"},
      {"PRAGMA writable_schema", "PRAGMA writable_schema"},
      {"PRAGMA main.journal_mode = WAL", "PRAGMA journal_mode; locks main; outside; repeatable"},
      {"PRAGMA journal_mode(off)", "PRAGMA journal_mode; locks main; outside; repeatable; refused at 0: with journal_mode = off a run that is killed would leave a ruined file. Leave it out."},
      {"PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA wal_checkpoint; locks main; outside; repeatable"},
      {"PRAGMA wal_checkpoint", "PRAGMA wal_checkpoint; locks main; outside; repeatable"},
      {"PRAGMA auto_vacuum = 2", "PRAGMA auto_vacuum; locks main; outside; repeatable"},
      {"PRAGMA page_size = 8192", "PRAGMA page_size; locks main; outside; repeatable"},
      {"PRAGMA user_version = 7", "PRAGMA user_version; locks main"},
      {"PRAGMA optimize", "PRAGMA optimize; locks main; scans; rewrites"},
      {"PRAGMA integrity_check", "PRAGMA integrity_check; scans"},
      {"PRAGMA foreign_key_check(users)", "PRAGMA foreign_key_check; scans"},
      {"PRAGMA defer_foreign_keys = ON", "PRAGMA defer_foreign_keys"},
      {"PRAGMA legacy_alter_table = ON", "PRAGMA legacy_alter_table"},
      {"PRAGMA foreign_keys", "PRAGMA foreign_keys"},
      {"PRAGMA foreign_keys = OFF", "PRAGMA foreign_keys; keys off"},
      {"pragma foreign_keys=0", "PRAGMA foreign_keys; keys off"},
      {"PRAGMA foreign_keys('yes')", "PRAGMA foreign_keys; keys on"},
      {"PRAGMA foreign_keys = 01", "PRAGMA foreign_keys; keys on"},
      {"PRAGMA synchronous = NORMAL", "PRAGMA synchronous; refused at 0: PRAGMA synchronous holds only for the connection that runs it, which is afloat's. Leave it out here; an application sets it for its own connections."},
      {"PRAGMA busy_timeout = 5000", "PRAGMA busy_timeout; refused at 0: PRAGMA busy_timeout would change how afloat's own connection works. Leave it out."},
      {"PRAGMA writable_schema = 1", "PRAGMA writable_schema; refused at 0: PRAGMA writable_schema lets a mistake ruin the file. Write what you want as ALTER TABLE, as a table rebuild, or as an operation of afloat."},
      {"PRAGMA schema_version = 5", "PRAGMA schema_version; refused at 0: PRAGMA schema_version lets a mistake ruin the file. Write what you want as ALTER TABLE, as a table rebuild, or as an operation of afloat."},
      {"PRAGMA foreign_key = OFF", "PRAGMA foreign_key; refused at 0: SQLite has no pragma \"foreign_key\", and would pass over it in silence. Did you mean \"foreign_keys\"?"},
      // clang-format on
  };
  for (const auto& [sql, expected] : cases) CHECK(said(sql) == expected);
}

TEST_CASE("every pragma of this SQLite library is known", "[sqlite]") {
  ConnectOptions options;
  options.url = "sqlite::memory:";
  for (const auto& row : open_sqlite(options)->query("SELECT name FROM pragma_pragma_list").rows)
    CHECK(said("PRAGMA " + *row[0] + " = 1").find("has no pragma") == std::string::npos);
}

TEST_CASE("SQLite statements that cannot stand in a migration are refused with what to do", "[sqlite]") {
  const std::string transactions = "controls transactions, and that is afloat's part. Leave it out: each "
                                   "phase is one transaction already.";
  for (const char* sql :
       {"BEGIN IMMEDIATE", "COMMIT", "END TRANSACTION", "ROLLBACK TO x", "SAVEPOINT x", "RELEASE x"}) {
    const std::string word = split(sql, ' ').front();
    CHECK(said(sql) == fmt::format("{}; refused at 0: {} {}", word, word, transactions));
  }
  for (const char* sql : {"ATTACH 'x.db' AS x", "DETACH x"})
    CHECK(
        said(sql)
        == fmt::format("{0}; refused at 0: {0} would change what afloat's own connection works on. Leave it "
                       "out: a migration changes one database, whose URL afloat is given.",
                       split(sql, ' ').front()));
  CHECK(
      said("UPDATE t SET a = :name WHERE 1")
      == "UPDATE t; changes t; locks t; scans; refused at 17: \":name\" stands for a parameter, which nobody "
         "gives a value. Write the value itself.");
}

TEST_CASE("errors of syntax in SQLite statements are found without a schema", "[sqlite]") {
  const std::tuple<const char*, std::size_t, const char*> cases[] = {
      {"CREATE TABL t(a)", 7, "near \"TABL\": syntax error"},
      {"CREATE TABLE t(a", 16, "incomplete input"},
      {"SELECT 1::int", 8, "unrecognized token: \":\""},
      {"UPDATE nope SET a = 'b", 20, "unrecognized token: \"'b\""},
      {"CREATE TRIGGER x AFTER INSERT ON nope BEGIN SELEC 1; END", 44, "near \"SELEC\": syntax error"},
      {"CREATE TEMP TRIGGER x INSTEAD OF DELETE ON v BEGIN SELEC 1; END", 51, "near \"SELEC\": syntax error"},
      {"ALTER TABLE nope ADD COLUMN a INT CHECK (", 41, "incomplete input"},
      {"ALTER TABLE nope ALTER COLUMN a SET NOT NULL", 17, "near \"ALTER\": syntax error"},
      {"PRAGMA foreign_keys = = 1", 22, "near \"=\": syntax error"},
      {"GRANT SELECT ON t TO me", 0, "near \"GRANT\": syntax error"},
  };
  for (const auto& [sql, offset, message] : cases) {
    const StatementFacts facts = make_sqlite_writer()->facts(sql);
    CHECK(facts.syntax_error == message);
    CHECK(facts.offset == offset);
  }
  for (const char* sql :
       {"SELECT nope(a, b) FROM nowhere", "DROP TABLE nope", "ALTER TABLE nope DROP COLUMN a",
        "CREATE TRIGGER x AFTER UPDATE OF q ON nope BEGIN UPDATE y SET z = NEW.w; END",
        "ALTER TABLE nope RENAME a TO b", "CREATE INDEX i ON nope(a COLLATE mine)",
        "CREATE VIRTUAL TABLE t USING mine(x)", "DELETE FROM v RETURNING *"})
    CHECK(make_sqlite_writer()->facts(sql).syntax_error.empty());
}
} // namespace
} // namespace afloat
