#include "commands/work.hpp"
#include "dialect/inspector.hpp"
#include "dialect/sql_writer.hpp"
#include "load/load.hpp"
#include "model/plan_json.hpp"
#include "operations/operation.hpp"
#include "planning/planner.hpp"
#include "support/places.hpp"
#include "support/project.hpp"
#include "support/schema_picture.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

// What is planned from files alone is planned from a schema that no database has said: every example, of
// which each operation has one, begins and ends with the schema that the database shows, in the window and
// after contract and purge. What can stand around a table beside that (policies, publications, rules, …) is
// only on the tables of catalog_test.cpp, which are not followed here; statements in SQL are in
// conformance/*_replay_test.cpp.
using namespace afloat;
using namespace afloat::test;

namespace {
const std::filesystem::path k_source = source_folder();

/// Everything that is there.
Schema inspected(Database& database) {
  const std::vector<RelationName> all = inspect(database, {}).known;
  Schema schema = inspect(database, all);
  schema.known = all;
  return schema;
}

/// What afloat keeps in the attic is none of a plan's business.
void forget_attic(Schema& schema) {
  std::erase_if(schema.known, [](const RelationName& name) { return is_own_name(name.name); });
  std::erase_if(schema.tables, [](const Table& table) { return is_own_name(table.name.name); });
  std::erase_if(schema.types, [](const TypeDefinition& type) { return is_own_name(type.name.name); });
  for (Table& table : schema.tables) {
    std::erase_if(table.columns, [](const Column& column) { return is_own_name(column.name); });
    std::erase_if(table.indexes, [](const Index& index) {
      return std::ranges::any_of(index.parts, [](const IndexPart& part) { return is_own_name(part.column); });
    });
    std::erase_if(table.referenced_by, [](const RelationName& name) { return is_own_name(name.name); });
  }
}

/// The order of things that have none.
void sort_all(Schema& schema) {
  std::ranges::sort(schema.known);
  for (Table& table : schema.tables) {
    std::ranges::sort(table.indexes, {}, &Index::name);
    std::ranges::sort(table.constraints, {},
                      [](const Constraint& c) { return std::pair(c.name, c.definition); });
    std::ranges::sort(table.triggers, {}, &Trigger::name);
    std::ranges::sort(table.referenced_by);
  }
  std::ranges::sort(schema.views, {}, &View::name);
  std::ranges::sort(schema.sequences, {}, &Sequence::name);
}

std::string compared(Schema offline, Schema server, bool texts) {
  for (Schema* schema : {&offline, &server}) {
    forget_attic(*schema);
    sort_all(*schema);
  }
  std::string unknown;
  for (const Unknown& one : offline.unknown)
    unknown += fmt::format("unknown {}: {}\n", display(one.relation), one.why);
  return unknown + difference(draw(offline, texts), draw(server, texts));
}

/// How long the name of a type is, in a text of JSON.
std::size_t type_length(std::string_view text) {
  std::size_t length = 0;
  const auto is_letter = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("_[].").find(c) < 4;
  };
  while (length < text.size() && (is_letter(text[length]) || text.substr(length).starts_with("\\\"")))
    length += is_letter(text[length]) ? 1U : 2U;
  return length;
}

/// Expressions stand in the files as somebody wrote them, and in the database as the server writes them: with
/// casts and parentheses of its own, which digests have too.
std::string without_casts(std::string_view text) {
  constexpr std::size_t k_digest = 64;
  std::string bare;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i).starts_with("::")) {
      i += 1 + type_length(text.substr(i + 2));
    } else if (std::min(text.find_first_not_of("0123456789abcdef", i), text.size()) - i == k_digest) {
      i += k_digest - 1;
    } else if (text[i] != '(' && text[i] != ')') {
      bare += text[i];
    }
  }
  return bare;
}

/// What makes again what hangs on a column is the server's own text, with whose it is and who may use it: of
/// these only the thing is told.
void shorten(std::vector<Statement>& statements) {
  constexpr std::array<std::string_view, 4> k_made{"CREATE VIEW ", "CREATE TRIGGER ", "CREATE POLICY ",
                                                   "CREATE STATISTICS "};
  constexpr std::array<std::string_view, 5> k_untold{"ALTER VIEW ", "ALTER FUNCTION ", "ALTER STATISTICS ",
                                                     "GRANT ", "DO 'DECLARE role "};
  const auto begins = [](const Statement& statement, const auto& words) {
    return std::ranges::any_of(words, [&](std::string_view word) { return statement.sql.starts_with(word); });
  };
  std::erase_if(statements, [&](const Statement& statement) { return begins(statement, k_untold); });
  for (Statement& statement : statements)
    if (begins(statement, k_made) && statement.sql.find("afloat") == std::string::npos)
      statement.sql.resize(
          std::min(statement.sql.find(' ', statement.sql.find(' ', 7) + 1), statement.sql.size()));
}

/// The plan in lines, without what only a database can tell: how many rows there are, and on PostgreSQL the
/// texts of what hangs on a column, and digests of them.
std::string lines_of(Plan plan) {
  for (Step& step : plan.steps) step.rows.reset();
  if (plan.dialect == Dialect::sqlite) return replaced(to_json_text(plan), ",\"", ",\n\"");
  for (Step& step : plan.steps) shorten(step.statements);
  plan.contract_obstacles.clear();
  std::erase_if(plan.notes, [](const std::string& note) {
    return note.starts_with("Of what hangs on ") || note.starts_with("Trigger \""); // what a role may do
  });
  return without_casts(replaced(replaced(to_json_text(plan), ",\"", ",\n\""), ",{", ",\n{"));
}

/// A schema that is followed in the files and in a database.
class Chain {
 public:
  Chain(World& world, const std::string& schema_sql)
      : m_world(world), m_writer(make_sql_writer(world.dialect(), world.connect()->facts().server_version)),
        m_offline(empty_schema(world.dialect())) {
    m_offline.server_version = world.connect()->facts().server_version;
    const Migration start =
        parse_migration("migrations/0000_start.sql", schema_sql, operation_rows(), world.dialect());
    m_offline = after_contract(start, std::move(m_offline), *m_writer);
    compare("the start", m_offline, true);
  }

  /// One migration goes all the way.
  void go(const std::filesystem::path& project, const Migration& migration) {
    Schema window = m_offline;
    const Plan plan = make_plan(migration, window, *m_writer);
    // PostgreSQL 18 has names for NOT NULL, which files do not tell.
    const bool has_names = m_world.dialect() == Dialect::postgres && m_offline.server_version >= 180'000;
    const std::string different =
        has_names ? "" : difference(lines_of(plan), lines_of(planned_in_database(migration)));
    if (!different.empty()) found += fmt::format("the plan of {}:\n{}", migration.label, different);
    // Behind a change of type the values are told, and not the text of the table.
    for (const OperationSpec& spec : migration.operations)
      if (spec.type == "change_type") m_has_texts = false;
    run(project, {"expand", migration.label, "-q"});
    compare(migration.label + " in its window", window, true);
    m_offline = after_contract(migration, std::move(m_offline), *m_writer);
    if (plan.has(Phase::contract)) {
      run(project, {"contract", migration.label, "--quiet", "0", "-q"});
      compare(migration.label + " after contract", m_offline, false);
      run(project, {"attic", "purge", "--retention", "0", "--accept-data-loss", "-q"});
    }
    compare(migration.label + " in the end", m_offline, true);
  }

  std::string found; ///< all differences

 private:
  void run(const std::filesystem::path& project, const std::vector<std::string>& arguments) {
    const Outcome outcome = afloat::test::afloat(m_world, project, arguments);
    INFO(project << " " << arguments[0] << "\n" << outcome.out << outcome.err);
    REQUIRE(outcome.status == 0);
  }

  Plan planned_in_database(const Migration& migration) const {
    Work work;
    work.migrations = {migration};
    const auto database = m_world.connect();
    return PlanMaker(work, database.get(), PlanMaker::Purpose::show).make(migration);
  }

  void compare(const std::string& title, const Schema& offline, bool texts) {
    const auto database = m_world.connect();
    const Schema server = inspected(*database);
    texts = texts && m_has_texts && m_world.dialect() == Dialect::sqlite;
    const std::string lines = compared(offline, server, texts);
    if (!lines.empty()) found += fmt::format("{}:\n{}", title, lines);
  }

  World& m_world;
  bool m_has_texts = true;
  std::unique_ptr<SqlWriter> m_writer;
  Schema m_offline;
};

std::string schema_of_example(const std::string& name, Dialect dialect) {
  const std::filesystem::path own = example(name) / fmt::format("schema.{}.sql", name_of(dialect));
  return read_file(std::filesystem::exists(own) ? own : example(name) / "schema.sql");
}

std::vector<std::string> examples() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(k_source / "migrations-examples"))
    if (std::filesystem::exists(entry.path() / "schema.sql")) names.push_back(entry.path().filename());
  std::ranges::sort(names);
  return names;
}

void follow(const std::string& name, Dialect dialect) {
  INFO(name << " on " << name_of(dialect));
  const auto world = make_world(dialect);
  const std::string schema = schema_of_example(name, dialect);
  world->prepare(schema);
  Chain chain(*world, schema);
  for (const Migration& listed : list_migrations(example(name) / "migrations"))
    chain.go(example(name), parse_migration(listed.path, read_file(listed.path), operation_rows(), dialect));
  CHECK(chain.found == "");
}
} // namespace

TEST_CASE("an example planned from its files knows the schema of the database, SQLite",
          "[operations][offline][sqlite]") {
  for (const std::string& name : examples()) follow(name, Dialect::sqlite);
}

namespace {
/// Migrations one behind the other, on a schema: what their plans from files differ in from those on the
/// database.
std::string followed(Dialect dialect, const std::string& schema, const std::vector<std::string>& files) {
  const Project project(files);
  const auto world = make_world(dialect);
  world->prepare(schema);
  Chain chain(*world, schema);
  for (const Migration& listed : list_migrations(project.path() / "migrations"))
    chain.go(project.path(), parse_migration(listed.path, read_file(listed.path), operation_rows(), dialect));
  return chain.found;
}

std::string operation(const std::string& type, const std::string& rest) {
  return fmt::format("[[operation]]\ntype = \"{}\"\n{}", type, rest);
}
} // namespace

TEST_CASE("what statements do around views and triggers is known in a database as from the files, SQLite",
          "[operations][offline][sqlite]") {
  const std::string schema =
      "CREATE TABLE Users (id INTEGER PRIMARY KEY, name TEXT, mail TEXT);"
      "CREATE TABLE notes (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES Users, body TEXT);"
      "CREATE TABLE log (id INTEGER PRIMARY KEY, what TEXT);"
      "CREATE TABLE far (id INTEGER PRIMARY KEY, far_off TEXT);"
      "CREATE VIEW of_users AS SELECT u.name, n.body FROM Users u JOIN notes n ON n.user_id = u.id;"
      "CREATE VIEW of_view AS SELECT body, (SELECT max(id) FROM far) AS top FROM of_users;"
      "CREATE VIEW alone AS SELECT far_off FROM far;"
      "CREATE TRIGGER noted AFTER INSERT ON notes BEGIN INSERT INTO log (what) SELECT far_off FROM alone; "
      "END;"
      "CREATE TRIGGER written INSTEAD OF INSERT ON of_view BEGIN INSERT INTO log (what) VALUES (NEW.body); "
      "END;";
  const std::string rename = "ALTER TABLE users RENAME COLUMN name TO full_name;\n";
  const std::string copy = "CREATE TABLE copy AS SELECT full_name, top FROM of_view, USERS;\n";
  CHECK(followed(Dialect::sqlite, schema, {rename, copy, "ALTER TABLE copy ADD COLUMN more TEXT;\n"}) == "");
  CHECK(followed(Dialect::sqlite, schema,
                 {"ALTER TABLE notes RENAME TO papers;\n", "ALTER TABLE log RENAME COLUMN what TO said;\n",
                  "DROP VIEW of_view;\nALTER TABLE papers RENAME COLUMN body TO text;\n"})
        == "");
  CHECK(followed(Dialect::sqlite, schema,
                 {operation("rename_column", "table = \"Users\"\nfrom = \"mail\"\nto = \"email\"\n"),
                  "ALTER TABLE Users DROP COLUMN email;\n"})
        == "");
}

TEST_CASE("what hangs on a column is known from the files as in a database, PostgreSQL",
          "[operations][offline][postgres]") {
  const std::string schema =
      "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, team integer, made date);"
      "CREATE TABLE notes (id integer PRIMARY KEY, user_id integer REFERENCES users, body text);"
      "CREATE VIEW names AS SELECT name FROM users;"
      "CREATE VIEW \"Notes of\" (who, what) AS SELECT u.name, n.body FROM users u JOIN notes n ON n.user_id "
      "= u.id;"
      "CREATE VIEW tops AS SELECT max(who) AS who FROM \"Notes of\";"
      "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
      "CREATE TRIGGER touched BEFORE UPDATE OF name, team ON users FOR EACH ROW EXECUTE FUNCTION f();"
      "CREATE TRIGGER whenever AFTER UPDATE ON notes FOR EACH ROW WHEN (OLD.body <> NEW.body) EXECUTE "
      "FUNCTION f();"
      "ALTER TABLE notes ENABLE ROW LEVEL SECURITY;"
      "CREATE POLICY mine ON notes USING (body <> '' AND EXISTS (SELECT FROM users u WHERE u.id = user_id "
      "AND u.name "
      "<> ''));"
      "CREATE STATISTICS both_of ON name, team FROM users;";
  const auto to_type = [](const std::string& table, const std::string& column) {
    return operation("change_type",
                     fmt::format("table = \"{}\"\ncolumn = \"{}\"\ncolumn_type = \"varchar(80)\"\n"
                                 "up = \"{}\"\ndown = \"{}\"\n",
                                 table, column, column, column));
  };
  CHECK(followed(Dialect::postgres, schema, {to_type("users", "name")}) == "");
  CHECK(followed(Dialect::postgres, schema,
                 {"ALTER TABLE users RENAME name TO full_name;\nALTER VIEW names RENAME TO all_names;\n"
                  "DROP TRIGGER touched ON users;\nALTER POLICY mine ON notes RENAME TO own;\n"
                  "CREATE MATERIALIZED VIEW made AS SELECT made FROM users;\n",
                  to_type("users", "full_name"), to_type("notes", "body")})
        == "");
  CHECK(followed(Dialect::postgres, schema,
                 {"ALTER TABLE notes RENAME TO papers;\nDROP VIEW tops;\nDROP STATISTICS both_of;\n"
                  "ALTER POLICY mine ON papers USING (body <> '');\n",
                  to_type("papers", "body"), to_type("users", "name")})
        == "");
}

TEST_CASE("what operations do to columns of domains is known from the files",
          "[operations][offline][postgres]") {
  const std::string column = "[[operation]]\ntable = \"users\"\n";
  const auto named = [&](const std::string& rest) { return column + rest; };
  const std::string on = GENERATE("user_name", "own", "nothing");
  const Project project({
      named("type = \"add_column\"\ncolumn = \"a\"\ncolumn_type = \"handle\"\n"),
      named("type = \"add_column\"\ncolumn = \"b\"\ncolumn_type = \"public.handle\"\ndefault = \"'b'\"\n"),
      named("type = \"add_column\"\ncolumn = \"c\"\ncolumn_type = \"handle\"\nup = \"email\"\n"),
      named(fmt::format("type = \"set_default\"\ncolumn = \"{}\"\ndefault = \"'x'\"\n", on)),
      "ALTER DOMAIN handle SET DEFAULT 'later';\nCREATE DOMAIN label AS handle;\n",
      named(fmt::format("type = \"drop_default\"\ncolumn = \"{}\"\n", on)),
      named(fmt::format("type = \"rename_column\"\nfrom = \"{}\"\nto = \"renamed\"\n", on)),
      named("type = \"rename_column\"\nfrom = \"a\"\nto = \"a2\"\n"),
      named("type = \"rename_column\"\nfrom = \"b\"\nto = \"b2\"\n"),
      named("type = \"change_type\"\ncolumn = \"b2\"\ncolumn_type = \"text\"\nup = \"b2\"\ndown = \"b2\"\n"),
      named("type = \"change_type\"\ncolumn = \"a2\"\ncolumn_type = \"text\"\nup = \"a2\"\ndown = \"a2\"\n"),
      named("type = \"change_type\"\ncolumn = \"email\"\ncolumn_type = \"handle\"\nup = \"email\"\ndown = "
            "\"email\"\n"),
      "ALTER DOMAIN handle SET DEFAULT 'last';\n",
      "[[operation]]\ntype = \"create_table\"\ntable = \"more\"\nprimary_key = [\"id\"]\n"
      "columns = [{ name = \"id\", type = \"int\" }, { name = \"h\", type = \"label\" }]\n",
  });
  const auto world = make_world(Dialect::postgres);
  const std::string schema =
      "CREATE DOMAIN handle AS text DEFAULT 'none';"
      "CREATE TABLE users (id integer PRIMARY KEY, user_name handle, own handle DEFAULT 'own', "
      "nothing handle DEFAULT NULL, email text)";
  world->prepare(schema);
  Chain chain(*world, schema);
  for (const Migration& listed : list_migrations(project.path() / "migrations"))
    chain.go(project.path(),
             parse_migration(listed.path, read_file(listed.path), operation_rows(), Dialect::postgres));
  CHECK(chain.found == "");
}

TEST_CASE("an example planned from its files knows the schema of the database, PostgreSQL",
          "[operations][offline][postgres]") {
  for (const std::string& name : examples()) follow(name, Dialect::postgres);
}
