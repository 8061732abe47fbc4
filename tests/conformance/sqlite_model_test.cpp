#include "dialect/schema_reader.hpp"
#include "model/schema_difference.hpp"
#include "support/model_summary.hpp"
#include "support/temp_folder.hpp"

#include <chrono>
#include <string>
#include <string_view>

#include <catch2/catch.hpp>

namespace afloat::test {
namespace {
constexpr std::string_view k_base =
    "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL COLLATE NOCASE, age INTEGER DEFAULT 3,\n"
    " twice INTEGER GENERATED ALWAYS AS (age * 2) VIRTUAL, CONSTRAINT grown CHECK (age > 2), UNIQUE (email));"
    "CREATE TABLE items (id INTEGER PRIMARY KEY AUTOINCREMENT, owner INTEGER REFERENCES users (id) ON DELETE "
    "CASCADE);"
    "CREATE TABLE pairs (a INT, b INT, PRIMARY KEY (a, b)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX by_age ON users (age DESC, email COLLATE BINARY) WHERE age > 5;"
    "CREATE INDEX by_sum ON users (age + id);"
    "CREATE VIEW adults AS SELECT * FROM users WHERE age > 17;"
    "CREATE TRIGGER touch AFTER UPDATE ON users BEGIN UPDATE items SET owner = NEW.id; END;"
    "CREATE VIRTUAL TABLE words USING fts5(word);";

/// A statement of the base, what stands there instead, and the whole difference.
struct Case {
  std::string_view from, to, expected;
};
constexpr Case k_cases[] = {
    {"email TEXT", "email BLOB", "changed column email of users: type: TEXT -> BLOB\n"},
    {"TEXT NOT NULL", "TEXT", "changed column email of users: not null: yes -> \n"},
    {"COLLATE NOCASE", "COLLATE RTRIM",
     "changed column email of users: clauses: COLLATE NOCASE -> COLLATE RTRIM\n"},
    {"DEFAULT 3", "DEFAULT 4", "changed column age of users: default: 3 -> 4\n"},
    {"age * 2", "age * 3",
     "changed column twice of users: clauses: GENERATED ALWAYS AS (age * 2) VIRTUAL -> GENERATED ALWAYS AS "
     "(age * 3) "
     "VIRTUAL\n"},
    {"(age * 2) VIRTUAL", "(age * 2) STORED",
     "changed column twice of users: clauses: GENERATED ALWAYS AS (age * 2) VIRTUAL -> GENERATED ALWAYS AS "
     "(age * 2) "
     "STORED; generated: virtual -> stored\n"},
    {"age > 2", "age > 3",
     "changed constraint grown of users: definition: CHECK (age > 2) -> CHECK (age > 3)\n"},
    {", UNIQUE (email)", "", "removed constraint (2) of users\n"},
    {" AUTOINCREMENT", "", "changed column id of items: clauses: PRIMARY KEY AUTOINCREMENT -> PRIMARY KEY\n"},
    {"ON DELETE CASCADE", "ON DELETE SET NULL",
     "changed column owner of items: clauses: REFERENCES users (id) ON DELETE CASCADE -> REFERENCES users "
     "(id) ON DELETE "
     "SET NULL\n"},
    {"STRICT, WITHOUT ROWID", "WITHOUT ROWID", "changed table pairs: strict: yes -> \n"},
    {"STRICT, WITHOUT ROWID", "STRICT", "changed table pairs: without rowid: yes -> \n"},
    {"PRIMARY KEY (a, b)", "PRIMARY KEY (b, a)",
     "changed column a of pairs: key: 1 -> 2\nchanged column b of pairs: key: 2 -> 1\nchanged constraint (1) "
     "of pairs: "
     "definition: PRIMARY KEY (a, b) -> PRIMARY KEY (b, a)\n"},
    {"a INT, b INT", "b INT, a INT",
     "changed column a of pairs: position: 1 -> 2\nchanged column b of pairs: position: 2 -> 1\n"},
    {"age DESC", "age",
     "changed index by_age of users: definition: CREATE INDEX by_age ON users (age DESC, email COLLATE "
     "BINARY) WHERE age > "
     "5 -> CREATE INDEX by_age ON users (age, email COLLATE BINARY) WHERE age > 5\n"},
    {"CREATE INDEX by_sum ON users (age + id);", "", "removed index by_sum of users\n"},
    {"age > 17", "age > 20",
     "changed view adults: definition: CREATE VIEW adults AS SELECT * FROM users WHERE age > 17 -> CREATE "
     "VIEW adults AS "
     "SELECT * FROM users WHERE age > 20\n"},
    {"AFTER UPDATE", "AFTER INSERT",
     "changed trigger touch of users: definition: CREATE TRIGGER touch AFTER UPDATE ON users BEGIN UPDATE "
     "items SET owner "
     "= NEW.id; END -> CREATE TRIGGER touch AFTER INSERT ON users BEGIN UPDATE items SET owner = NEW.id; "
     "END\n"},
    {"fts5(word)", "fts5(word, tokenize = porter)",
     "changed table words: virtual: CREATE VIRTUAL TABLE words USING fts5(word) -> CREATE VIRTUAL TABLE "
     "words USING "
     "fts5(word, tokenize = porter)\n"},
    {"CREATE VIEW adults", "PRAGMA user_version = 4; CREATE VIEW adults", "added pragma user_version\n"},
    {"CREATE VIEW adults", "PRAGMA application_id = 4; CREATE VIEW adults", "added pragma application_id\n"},
    {"NOT NULL COLLATE NOCASE", "not null /* as people write */ COLLATE NOCASE", ""},
};

SchemaModel model_of(const TempFolder& folder, int number, std::string_view sql) {
  const auto database =
      open_database({.url = "sqlite:" + (folder / std::to_string(number)).string(), .must_exist = false});
  database->script(sql);
  return read_schema(*database);
}
} // namespace

TEST_CASE("sqlite: each part of a schema is seen when it alone changes", "[model]") {
  const TempFolder folder;
  const SchemaModel before = model_of(folder, 0, k_base);
  CHECK(parse_canonical(canonical_text(before), Dialect::sqlite, before.server_version) == before);
  int number = 0;
  for (const Case& one : k_cases) {
    std::string sql(k_base);
    INFO(one.from << " -> " << one.to);
    sql.replace(sql.find(one.from), one.from.size(), one.to);
    CHECK(summary(compare(before, model_of(folder, ++number, sql))) == one.expected);
  }
}

TEST_CASE("a pattern of ignore names objects and properties", "[model]") {
  const SchemaObject log{kind_named("table"), "", "public.log_1", {{"owner", "ann"}}};
  const SchemaObject column{kind_named("column"), "public.users", "email", {{"type", "text"}}};
  const auto left = [&](const std::vector<std::string>& patterns) {
    return summary(without_ignored(
        {{std::nullopt, log, {}}, {column, column, {{"comment", "", "x"}, {"type", "a", "b"}}}}, patterns));
  };
  const std::string added = "added table public.log_1\n";
  CHECK(left({}) == added + "changed column email of public.users: comment:  -> x; type: a -> b\n");
  CHECK(left({"table public.log_*"})
        == "changed column email of public.users: comment:  -> x; type: a -> b\n");
  CHECK(left({"*: comment"}) == added + "changed column email of public.users: type: a -> b\n");
  CHECK(left({"column * of public.users: *"}) == added);
  CHECK(left({"*"}) == "");
}
} // namespace afloat::test
