#include "sqlite_support.hpp"

#include <catch2/catch.hpp>

namespace afloat::sqlite_tests {
namespace {
using Lines = std::vector<std::string>;

constexpr const char* k_family =
    "CREATE TABLE p(id INTEGER PRIMARY KEY, a TEXT NOT NULL);"
    "CREATE TABLE c(id INTEGER PRIMARY KEY, p REFERENCES p(id) ON DELETE CASCADE);"
    "INSERT INTO p VALUES (1, 'x'), (2, 'y'); INSERT INTO c VALUES (1, 1), (2, 1), (3, 2);";
/// The recipe of https://sqlite.org/lang_altertable.html, as Prisma writes it.
const Lines k_rebuild{"PRAGMA foreign_keys=OFF",
                      "CREATE TABLE new_p(id INTEGER PRIMARY KEY, a TEXT)",
                      "INSERT INTO new_p SELECT id, a FROM p",
                      "DROP TABLE p",
                      "ALTER TABLE new_p RENAME TO p",
                      "PRAGMA foreign_keys=ON"};

/// Runs statements as the executor does; what went wrong, or nothing.
std::string attempt(Database& database, const Lines& statements, bool keys_off = true) {
  if (keys_off) database.without_foreign_keys();
  database.begin(std::chrono::milliseconds(1000));
  try {
    for (const std::string& sql : statements) database.script(sql);
    database.commit();
    return {};
  } catch (const Error& error) {
    database.rollback();
    return error.message;
  }
}

bool enforced(Database& database) {
  return database.query("PRAGMA foreign_keys").scalar() == "1";
}

TEST_CASE("a table rebuild with foreign keys off loses no children", "[sqlite]") {
  const Folder folder;
  const auto database = connect(folder);
  database->script(k_family);
  CHECK(attempt(*database, k_rebuild) == "");
  CHECK(rows(*database, "SELECT * FROM c") == Lines{"1|1", "2|1", "3|2"});
  CHECK(rows(*database, "SELECT sql FROM sqlite_schema WHERE name = 'p'")
        == Lines{"CREATE TABLE \"p\"(id INTEGER PRIMARY KEY, a TEXT)"});
  CHECK(enforced(*database));
  CHECK(attempt(*database, {"INSERT INTO c VALUES (4, 9)"}, false) == "FOREIGN KEY constraint failed");
}

TEST_CASE("the same rebuild in a transaction with foreign keys on deletes the children", "[sqlite]") {
  const Folder folder;
  const auto database = connect(folder);
  database->script(k_family);
  CHECK(attempt(*database, k_rebuild, false) == "");
  CHECK(rows(*database, "SELECT * FROM c").empty());
}

TEST_CASE("a rebuild that leaves rows without their parent is undone", "[sqlite]") {
  const Folder folder;
  const auto database = connect(folder);
  database->script(k_family);
  Lines statements = k_rebuild;
  statements[2] = "INSERT INTO new_p SELECT id, a FROM p WHERE id = 2";
  CHECK(attempt(*database, statements) == "2 rows of \"c\" would refer to rows that are not there");
  CHECK(rows(*database, "SELECT * FROM p") == Lines{"1|x", "2|y"});
  CHECK(enforced(*database));
}

// A row may come between the look for such rows and the lock.
TEST_CASE("a foreign key is not added while a row refers to nothing", "[sqlite]") {
  const Folder folder;
  const auto database = connect(folder);
  database->script("CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE c(id INTEGER PRIMARY KEY, p);"
                   "INSERT INTO p VALUES (1); INSERT INTO c VALUES (1, '1'), (2, NULL), (3, 9)");
  Constraint constraint;
  constraint.kind = ConstraintKind::foreign_key;
  constraint.name = "c_p";
  constraint.columns = {"p"};
  constraint.references = {"", "p"};
  constraint.definition = "FOREIGN KEY (p) REFERENCES p (id)";
  Lines statements;
  for (const Step& step :
       make_sqlite_writer()->constraint_steps(table_of(*database, "c"), constraint, "p = 9", Phase::contract))
    for (const Statement& statement : step.statements) statements.push_back(statement.sql);
  CHECK(attempt(*database, statements, false) == "c_p does not hold in some rows of c");
  database->script("DELETE FROM c WHERE id = 3");
  CHECK(attempt(*database, statements, false) == "");
  CHECK(attempt(*database, {"INSERT INTO c VALUES (4, 9)"}, false) == "FOREIGN KEY constraint failed");
}

TEST_CASE("a rebuild that takes the key which others refer to is undone", "[sqlite]") {
  const Folder folder;
  const auto database = connect(folder);
  database->script(k_family);
  Lines statements = k_rebuild;
  statements[1] = "CREATE TABLE new_p(id INT, a TEXT)";
  CHECK(attempt(*database, statements)
        == "a foreign key of \"c\" would name columns that are no key of its table");
  CHECK(enforced(*database));
}

TEST_CASE("a rebuild that takes rows from a table that refers to it is undone", "[sqlite]") {
  const Folder folder;
  const auto database = connect(folder);
  database->script(k_family);
  Lines statements = k_rebuild;
  statements.push_back("DELETE FROM c WHERE id = 3");
  CHECK(attempt(*database, statements)
        == "\"c\" would lose 1 row, while \"p\", which it refers to, is rebuilt");
  CHECK(rows(*database, "SELECT count(*) FROM c") == Lines{"3"});
  CHECK(attempt(*database, {"DELETE FROM c WHERE id = 3"}) == ""); // nothing is rebuilt
}

TEST_CASE("rows that violated a foreign key before a rebuild are no obstacle to it", "[sqlite]") {
  const Folder folder;
  const auto database = connect(folder);
  database->script(
      std::string(k_family)
      + "PRAGMA foreign_keys = OFF; INSERT INTO c VALUES (4, 77); CREATE TABLE broken(x REFERENCES "
        "p(a), y REFERENCES nowhere); INSERT INTO broken VALUES (1, 1); PRAGMA foreign_keys = ON");
  CHECK(attempt(*database, k_rebuild) == "");
  CHECK(rows(*database, "SELECT * FROM c") == Lines{"1|1", "2|1", "3|2", "4|77"});
  CHECK(enforced(*database));
}

TEST_CASE("foreign keys are enforced again when a rebuild fails or finds the file locked", "[sqlite]") {
  const Folder folder;
  const auto database = connect(folder), other = connect(folder);
  database->script(k_family);
  CHECK(attempt(*database, {"DROP TABLE p", "DROP TABLE nope"}) == "no such table: nope");
  CHECK(enforced(*database));
  other->begin(std::chrono::milliseconds(1000));
  database->without_foreign_keys();
  CHECK_THROWS_AS(database->begin(std::chrono::milliseconds(1)), Error);
  CHECK(enforced(*database));
  other->rollback();
  CHECK(attempt(*database, {"DELETE FROM p WHERE id = 1"}, false) == "");
  CHECK(rows(*database, "SELECT id FROM c") == Lines{"3"}); // not off a second time
}

TEST_CASE("pragmas of one migration do not reach into the next", "[sqlite]") {
  const Folder folder;
  const auto database = connect(folder);
  CHECK(attempt(*database,
                {"PRAGMA legacy_alter_table = ON; PRAGMA ignore_check_constraints = ON",
                 "PRAGMA recursive_triggers = ON"},
                false)
        == "");
  for (const char* name : {"legacy_alter_table", "ignore_check_constraints", "recursive_triggers"})
    CHECK(database->query("PRAGMA " + std::string(name)).scalar() == "0");
}
} // namespace
} // namespace afloat::sqlite_tests
