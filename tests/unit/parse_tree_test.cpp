#include "sql/parse_tree.hpp"

#include <catch2/catch.hpp>

namespace afloat {
namespace {
using Texts = std::vector<std::string>;

TEST_CASE("a statement is read into PostgreSQL's own tree", "[parse]") {
  const ParsedStatement statement(
      "ALTER TABLE shop.users ADD COLUMN a numeric(10,2) NOT NULL CHECK (a > 0), DROP COLUMN b");
  REQUIRE(!statement.error());
  const ParseNode root = statement.root();
  CHECK(root.is("AlterTableStmt"));
  CHECK(root["relation"].text("schemaname") == "shop");
  CHECK(root["relation"].text("relname") == "users");
  const auto commands = root.list("cmds");
  REQUIRE(commands.size() == 2);
  CHECK(commands[0].word("subtype") == "AT_AddColumn");
  const ParseNode column = commands[0]["def"];
  CHECK(column["type_name"].texts("names") == Texts{"pg_catalog", "numeric"});
  CHECK(column["type_name"].list("typmods").at(1).expression_sql() == "2");
  CHECK(column.list("constraints").at(1)["raw_expr"].expression_sql() == "a > 0");
  CHECK(column.location() == 34);
  CHECK(!root["nothing"]);
  CHECK(root["nothing"].list("of it").empty());
  CHECK(!root.location());
}

TEST_CASE("what cannot be parsed has the parser's message and its place in bytes", "[parse]") {
  const ParsedStatement statement("SELECT 'ä' FORM t x");
  REQUIRE(statement.error());
  CHECK(statement.error()->message == "syntax error at or near \"t\"");
  CHECK(statement.error()->offset == 17);
  CHECK(!statement.root());
}

TEST_CASE("expressions are compared but for their spelling", "[parse]") {
  CHECK(same_expression("'a'::text", "'a'"));
  CHECK(same_expression("((a > 0))", "A>0"));
  CHECK(same_expression("pg_catalog.now()", "now()"));
  CHECK(same_expression("a::int", "a::integer"));
  CHECK(!same_expression("a + 1", "a + 2"));
  CHECK(!same_expression("a::int", "a::bigint"));
  CHECK(!same_expression("a", "a >"));
}
} // namespace
} // namespace afloat
