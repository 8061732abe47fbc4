#include "dialect/sql_writer.hpp"
#include "load/load.hpp"
#include "operations/operation.hpp"
#include "planning/planner.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

// A chain of migrations is planned from the files alone: each operation leaves the schema as it will be.
namespace afloat {
namespace {
constexpr const char* k_tables = R"~([[operation]]
type = "create_table"
table = "users"
primary_key = ["id"]
columns = [
  { name = "id", type = "integer" },
  { name = "email", type = "text" },
  { name = "phone", type = "text", not_null = true },
  { name = "state", type = "text", default = "'a'" },
]

[[operation]]
type = "create_table"
table = "visits"
primary_key = ["id"]
columns = [
  { name = "id", type = "integer" },
  { name = "user_id", type = "integer", references = "users(id)" },
]

[[operation]]
type = "create_index"
table = "users"
name = "users_by_state"
columns = ["state"]
)~";

std::string operation(std::string_view type, std::string_view fields) {
  return fmt::format("[[operation]]\ntype = \"{}\"\n{}", type, fields);
}

/// What the files lead to, planned one after the other.
Schema planned(Dialect dialect, const std::vector<std::string>& files) {
  const auto writer = make_sql_writer(dialect, 0);
  Schema schema = empty_schema(dialect);
  int number = 0;
  for (const std::string& text : files) {
    const std::string path = fmt::format("migrations/{:04}_change.toml", ++number);
    const Migration migration = parse_migration(path, text, operation_rows());
    Schema window = schema;
    std::optional<Schema> closed;
    make_plan(migration, window, *writer, {}, &closed);
    schema = after_contract(migration, std::move(schema), *writer);
    CHECK((closed ? *closed : window) == schema);
  }
  return schema;
}

std::string described(const Schema& schema) {
  std::string text;
  for (const Table& table : schema.tables) {
    text += table.name.name + ":";
    for (const Column& column : table.columns)
      text += fmt::format(" {}{}{}", column.name, column.not_null ? " NOT NULL" : "",
                          column.default_sql ? " DEFAULT " + *column.default_sql : "");
    for (const Index& index : table.indexes)
      if (!index.primary) text += " #" + index.name;
    text += "\n";
  }
  return text;
}

TEST_CASE("a chain of operations is planned without a database", "[planning]") {
  for (const Dialect dialect : {Dialect::sqlite, Dialect::postgres}) {
    std::vector<std::string> files{k_tables};
    const std::string start = described(planned(dialect, files));
    CHECK(start.find("state DEFAULT 'a'") != std::string::npos);
    CHECK(start.find("#users_by_state") != std::string::npos);
    CHECK(start.find("visits:") != std::string::npos);
    files.push_back(operation("set_not_null", "table = \"users\"\ncolumn = \"email\"\nup = \"'x'\"\n"));
    files.push_back(operation("drop_not_null", "table = \"users\"\ncolumn = \"phone\"\n"));
    files.push_back(operation("set_default", "table = \"users\"\ncolumn = \"phone\"\ndefault = \"'0'\"\n"));
    files.push_back(operation("drop_default", "table = \"users\"\ncolumn = \"state\"\n"));
    files.push_back(operation("drop_index", "table = \"users\"\nname = \"users_by_state\"\n"));
    files.push_back(operation("drop_table", "table = \"visits\"\n"));
    CHECK(described(planned(dialect, files))
          == fmt::format("users: id{} email NOT NULL phone DEFAULT '0' state\n",
                         start.find("id NOT NULL") == std::string::npos ? "" : " NOT NULL"));
  }
}

TEST_CASE("what an operation has changed, the next one knows", "[planning]") {
  const std::string not_null =
      operation("set_not_null", "table = \"users\"\ncolumn = \"email\"\nup = \"'x'\"\n");
  CHECK_THROWS_WITH(planned(Dialect::sqlite, {k_tables, not_null, not_null}),
                    Catch::Contains("\"email\" is NOT NULL already"));
  const std::string gone = operation("drop_table", "table = \"visits\"\n");
  CHECK_THROWS_WITH(planned(Dialect::sqlite, {k_tables, gone, gone}),
                    Catch::Contains("table \"visits\" is not known"));
  const std::string index = operation("drop_index", "table = \"users\"\nname = \"users_by_state\"\n");
  CHECK_THROWS_WITH(planned(Dialect::sqlite, {k_tables, index, index}),
                    Catch::Contains("table \"users\" has no index \"users_by_state\""));
  const std::string standard = operation("drop_default", "table = \"users\"\ncolumn = \"state\"\n");
  CHECK_THROWS_WITH(planned(Dialect::sqlite, {k_tables, standard, standard}),
                    Catch::Contains("\"state\" has no default"));
  const std::string null = operation("drop_not_null", "table = \"users\"\ncolumn = \"phone\"\n");
  CHECK_THROWS_WITH(planned(Dialect::sqlite, {k_tables, null, null}),
                    Catch::Contains("\"phone\" can be NULL already"));
}

/// The texts that name columns.
std::string texts(const Table& table) {
  std::string told;
  for (const Constraint& constraint : table.constraints)
    told += fmt::format("{} of {}\n", constraint.definition, fmt::join(constraint.columns, ", "));
  for (const Index& index : table.indexes) {
    if (index.name.find("by_") == std::string::npos) continue;
    told += index.name + ":";
    for (const IndexPart& part : index.parts) told += " " + part.column + part.expression;
    told += (index.predicate.empty() ? "" : " WHERE ") + index.predicate + "\n";
  }
  return told;
}

TEST_CASE("a column that has taken another's place stands behind the others", "[planning]") {
  const auto writer = make_sql_writer(Dialect::postgres, 0);
  const auto columns_after = [&](std::string_view type, std::string_view fields) {
    Schema schema = empty_schema(Dialect::postgres);
    const Migration base =
        parse_migration("migrations/0001_base.sql",
                        "CREATE TYPE mood AS ENUM ('a', 'b'); CREATE TABLE t (id int PRIMARY KEY, m mood, n "
                        "int) PARTITION BY "
                        "HASH (id); CREATE TABLE p PARTITION OF t FOR VALUES WITH (MODULUS 1, REMAINDER 0); "
                        "CREATE TABLE u (id "
                        "int PRIMARY KEY, n int); CREATE TABLE w (u int REFERENCES u, n int)",
                        operation_rows(), Dialect::postgres);
    schema = after_contract(base, std::move(schema), *writer);
    schema = after_contract(
        parse_migration("migrations/0002_change.toml", operation(type, fields), operation_rows()),
        std::move(schema), *writer);
    std::string told;
    for (const Table& table : schema.tables) {
      told += table.name.name + ":";
      for (const Column& column : table.columns)
        told += " " + column.name + (column.type == "text" ? " text" : "");
      told += "; ";
    }
    return told;
  };
  CHECK(columns_after("change_type", "table = \"t\"\ncolumn = \"m\"\ncolumn_type = \"text\"\n")
        == "t: id n m text; p: id n m text; u: id n; w: u n; ");
  CHECK(columns_after("remove_enum_value", "table = \"t\"\ncolumn = \"m\"\nvalue = \"b\"\nbecomes = \"a\"\n")
        == "t: id n m; p: id n m; u: id n; w: u n; ");
  CHECK(columns_after("widen_key", "table = \"u\"\n") == "t: id m n; p: id m n; u: n id; w: n u; ");
}

TEST_CASE("from files alone the plan says that it does not see all that hangs on a column", "[planning]") {
  const auto writer = make_sql_writer(Dialect::postgres, 0);
  Schema schema = empty_schema(Dialect::postgres);
  const Migration base =
      parse_migration("migrations/0001_base.sql",
                      "CREATE TABLE t (id int PRIMARY KEY, n int, m int); CREATE VIEW v AS SELECT n FROM t;",
                      operation_rows(), Dialect::postgres);
  schema = after_contract(base, std::move(schema), *writer);
  const auto note_of = [&](std::string_view column) {
    const std::string text = operation(
        "change_type", fmt::format("table = \"t\"\ncolumn = \"{}\"\ncolumn_type = \"text\"\n", column));
    Schema window = schema;
    const Plan plan = make_plan(parse_migration("migrations/0002_text.toml", text, operation_rows()), window,
                                *writer, {}, nullptr);
    std::string found;
    for (const std::string& note : plan.notes)
      if (note.starts_with("Of what hangs on ") || note.starts_with("Contract drops")) found += note;
    return found;
  };
  const std::string rest =
      " the files tell views, triggers, policies, rules, statistics and publications. Whose they are, who "
      "may "
      "use them, comments on them and the bodies of functions are looked at in a database only.";
  CHECK(note_of("n")
        == "Contract drops and makes again, in the swap's transaction, what the server binds to a column and "
           "not to its name: view v.Of what hangs on public.t.n"
               + rest);
  CHECK(note_of("m") == "Of what hangs on public.t.m" + rest);
  schema.offline = false;
  CHECK(note_of("m") == "");
}

TEST_CASE("a rename goes into what names the column in its text", "[planning]") {
  const std::string letters = operation("sql", R"~(expand = [
  "CREATE TABLE letters (id integer PRIMARY KEY, email text, phone text, CHECK (email <> phone), UNIQUE (phone, email))",
  "CREATE INDEX by_name ON letters (lower(email)) WHERE email > 'a'",
  "CREATE TABLE stamps (id integer PRIMARY KEY, a text, b text, FOREIGN KEY (a, b) REFERENCES letters (phone, email))",
]
)~");
  const std::string rename =
      operation("rename_column", "table = \"letters\"\nfrom = \"email\"\nto = \"mail\"\n");
  std::string wanted = letters;
  for (std::size_t at = 0; (at = wanted.find("email", at)) != std::string::npos;)
    wanted.replace(at, 5, "mail");
  const Schema renamed = planned(Dialect::postgres, {letters, rename}),
               made = planned(Dialect::postgres, {wanted});
  for (const char* table : {"letters", "stamps"})
    CHECK(texts(*renamed.find({"", table})) == texts(*made.find({"", table})));
  CHECK(texts(*renamed.find({"", "letters"})).find("email") == std::string::npos);
}
} // namespace
} // namespace afloat
