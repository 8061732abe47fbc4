#include "dialect/inspector.hpp"
#include "sql/tokens.hpp"
#include "support/places.hpp"
#include "support/postgres_table.hpp"
#include "support/schema_picture.hpp"
#include "support/text.hpp"
#include "support/world.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

// What replay() makes of a script on an empty schema is what the server shows after the same script.
namespace {
/// Statements end at semicolons outside of strings.
std::vector<Statement> statements_of(std::string_view script) {
  std::vector<Statement> statements;
  std::string sql;
  int line = 1, start = 1;
  const auto finish = [&] {
    if (trimmed(sql).empty()) return;
    statements.emplace_back(trimmed(sql));
    statements.back().where = {"x.sql", start, 1, ""};
    sql.clear();
  };
  for (const Token& token : tokenize(script)) {
    if (trimmed(sql).empty()) start = line;
    if (token.text == ";")
      finish();
    else
      sql += token.text;
    line += static_cast<int>(std::ranges::count(token.text, '\n'));
  }
  finish();
  return statements;
}

std::string lines(const std::vector<Unknown>& unknown) {
  std::string text;
  for (const Unknown& one : unknown) text += fmt::format("{}: {}\n", display(one.relation), one.why);
  return text;
}

Schema empty_schema(int version) {
  return {
      .dialect = Dialect::postgres, .server_version = version, .default_schema = "public", .offline = true};
}

/// What the server shows of everything that is there.
Schema inspected(Database& database) {
  const Schema all = inspect_postgres(database, {});
  return inspect_postgres(database, all.known);
}

/// What hangs on columns, a line a thing and column, as far as files tell of it.
std::string users_of(const Schema& schema) {
  constexpr std::array<std::string_view, 10> k_followed{
      "view",     "materialized view", "policy",        "trigger",     "publication",
      "sequence", "statistics",        "partition key", "foreign key", "other"};
  std::string text;
  for (const Table& table : schema.tables)
    for (const ColumnUser& user : table.users)
      if (std::ranges::count(k_followed, user.kind) > 0)
        text += fmt::format("{}.{}: {} {} of {}, {} deep{}\n", display(table.name), user.column, user.kind,
                            user.words, display(user.relation), user.depth,
                            user.drop.empty() ? "" : ", " + user.drop.front());
  return text;
}

enum class Files { one, one_a_statement };

void check_script(const std::string& script, const std::vector<Unknown>& unknown = {},
                  Files files = Files::one) {
  INFO(script);
  auto& server = PostgresServer::instance();
  const std::string name = server.create_database();
  const auto database = server.connect(name, "postgres");
  const std::vector<Statement> statements = statements_of(script);
  try {
    for (const Statement& statement : statements) database->script(statement.sql);
  } catch (const Error& error) {
    FAIL_CHECK(error.message);
    return;
  }
  Schema server_schema = inspected(*server.connect(name, "postgres"));
  Schema replayed = empty_schema(server_schema.server_version);
  const auto writer = make_postgres_writer(server_schema.server_version);
  const std::size_t together = files == Files::one ? statements.size() : 1;
  for (std::size_t i = 0; i < statements.size(); i += together)
    writer->replay(std::span(statements).subspan(i, together), replayed);
  CHECK(lines(replayed.unknown) == lines(unknown));
  for (const Unknown& one : unknown)
    std::erase_if(server_schema.tables, [&](const Table& table) { return table.name == one.relation; });
  std::string different = difference(draw(replayed), draw(server_schema));
  CHECK(different == "");
  CHECK(difference(users_of(replayed), users_of(server_schema)) == "");
}

constexpr std::string_view k_scripts[] = {
#include "replay_scripts.inc"
};
constexpr std::string_view k_domain_scripts[] = {
#include "replay_domains.inc"
};
} // namespace

TEST_CASE("postgres: a script replayed gives the schema that the server shows", "[replay]") {
  for (const std::string_view script : k_scripts) check_script(std::string(script));
}

TEST_CASE("postgres: what domains give to columns is known to later files", "[replay]") {
  const Files files = GENERATE(Files::one, Files::one_a_statement);
  for (const std::string_view script : k_domain_scripts) check_script(std::string(script), {}, files);
}

TEST_CASE("postgres: a replay goes on from domains that the server showed", "[replay]") {
  PostgresFixture fixture(
      "CREATE DOMAIN handle AS text DEFAULT 'none' CHECK (VALUE <> ''); CREATE DOMAIN sub AS "
      "handle; CREATE TABLE t (a handle, b handle DEFAULT NULL, c sub, d handle DEFAULT 'x')");
  Schema replayed = inspected(*fixture.owner);
  const std::vector<Statement> statements =
      statements_of("ALTER DOMAIN handle SET DEFAULT 'other'; ALTER DOMAIN handle RENAME CONSTRAINT "
                    "handle_check TO filled; ALTER "
                    "DOMAIN handle ADD CHECK (VALUE <> 'x') NOT VALID; ALTER DOMAIN sub SET NOT NULL; ALTER "
                    "TABLE t ADD e sub "
                    "DEFAULT 'y', ADD f handle; ALTER TABLE t ALTER d DROP DEFAULT");
  fixture.run(statements);
  fixture.writer->replay(statements, replayed);
  CHECK(difference(draw(replayed), draw(inspected(*fixture.owner))) == "");
}

TEST_CASE("postgres: a dump replayed gives the schema that the server shows", "[replay]") {
  std::ifstream file(test::source_folder() / "tests/conformance/rich_dump.sql");
  check_script({std::istreambuf_iterator<char>(file), {}});
}

TEST_CASE("postgres: what a script cannot tell becomes unknown", "[replay]") {
  check_script("CREATE TABLE a (i int);\nCREATE TABLE b AS SELECT i FROM a;\n\nALTER TABLE b ADD j int",
               {{{"public", "b"}, "x.sql:2 makes it from a query"},
                {{"public", "b"}, "x.sql:4 alters a table that is not known"}});
  check_script("CREATE TABLE a (i int); SELECT i INTO b FROM a; DROP TABLE b");
  check_script("CREATE TYPE pair AS (a int); CREATE TABLE t (i int);\nALTER TYPE pair ADD ATTRIBUTE b int "
               "CASCADE;\nALTER TYPE pair RENAME "
               "ATTRIBUTE b TO c CASCADE",
               {{{}, "x.sql:2 alters a type, and with it the tables that are made of it"},
                {{}, "x.sql:3 alters a type, and with it the tables that are made of it"}});
  check_script("DO $$ BEGIN NULL; END $$", {{{}, "x.sql:1 runs a DO block"}});
  check_script("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; DROP FUNCTION f CASCADE",
               {{{}, "x.sql:1 drops a function and all that hangs on it"}});
}

TEST_CASE("postgres: statements are replayed on what operations made", "[replay]") {
  Table users{.name = {"public", "users"},
              .columns = {{.name = "id", .type = "bigserial"},
                          {.name = "email", .type = "varchar(40)", .not_null = true},
                          {.name = "boss", .type = "int8"}},
              .primary_key = {"id"},
              .constraints = {
                  {.kind = ConstraintKind::unique, .columns = {"email"}, .definition = "UNIQUE (\"email\")"},
                  {.kind = ConstraintKind::check, .columns = {"email"}, .definition = "CHECK (email <> '')"},
                  {.kind = ConstraintKind::foreign_key,
                   .columns = {"boss"},
                   .definition = "FOREIGN KEY (\"boss\") REFERENCES users(id) ON DELETE CASCADE",
                   .references = {"public", "users"}}}};
  PostgresFixture fixture("");
  Schema replayed = empty_schema(fixture.owner->facts().server_version);
  replayed.tables = {users};
  replayed.known = {users.name};
  fixture.run(fixture.writer->create_table(users).statements);
  const std::vector<Statement> statements =
      statements_of("ALTER TABLE users DROP CONSTRAINT users_email_key; ALTER TABLE users ADD UNIQUE (boss)");
  fixture.run(statements);
  fixture.writer->replay(statements, replayed);
  std::string different = difference(draw(replayed), draw(inspected(*fixture.owner)));
  CHECK(different == "");
}

TEST_CASE("postgres: a statement on a table that is not known is no guess", "[replay]") {
  Schema schema = empty_schema(0);
  const std::vector<Statement> statements =
      statements_of("ALTER TABLE far ADD a int;\nCREATE INDEX ON app.far (a);\nINSERT INTO far VALUES "
                    "(1);\nALTER TABLE IF EXISTS "
                    "far DROP b;\nDROP TABLE far2;\nCALL p();\nALTER TABLE newer ALTER a SET EXPRESSION AS "
                    "(1);\nSELECT FROM "
                    "FROM;\nCREATE EXTENSION postgis;\nALTER TABLE far3 RENAME TO far4");
  make_postgres_writer(0)->replay(statements, schema);
  CHECK(schema.tables.empty());
  CHECK(lines(schema.unknown)
        == "public.far: x.sql:1 alters a table that is not known\n"
           "app.far: x.sql:2 makes an index on a table that is not known\n"
           ": x.sql:6 runs a procedure\n"
           "public.newer: x.sql:7 cannot be read\n"
           ": x.sql:8 cannot be read\n"
           ": x.sql:9 runs the script of extension postgis\n"
           "public.far4: x.sql:10 renames a relation that is not known to this name\n");
}
