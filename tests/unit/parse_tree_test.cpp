#include "sql/deparsed.hpp"
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

TEST_CASE("a statement whose parts are nested too deep is no tree", "[parse]") {
  const auto sum = [](int terms) {
    std::string sql = "SELECT 1";
    for (int i = 1; i < terms; ++i) sql += "+1";
    return sql;
  };
  CHECK(!ParsedStatement(sum(1000)).error());
  const ParsedStatement deep(sum(20000));
  REQUIRE(deep.error());
  CHECK(deep.error()->message == "its parts are nested too deep to be looked at");
  CHECK(!deep.root());
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

TEST_CASE("what the server makes of an expression is told from another one", "[parse]") {
  const auto alike = [](const std::string& written, const std::string& server) {
    return may_be_deparsed("SELECT " + written, "SELECT " + server);
  };
  CHECK(alike("a IN ('x', 'y')", "(a)::text = ANY ((ARRAY['x'::character varying, 'y'::varchar])::text[])"));
  CHECK(alike("a NOT IN (1, 2)", "(a <> ALL (ARRAY[1, 2]))"));
  CHECK(alike("a IN (7)", "(a = 7)"));
  CHECK(alike("a BETWEEN 1 AND b AND c", "(((a >= 1) AND (a <= b)) AND c)"));
  CHECK(alike("t.a LIKE 'x%'", "(a ~~ 'x%'::text)"));
  CHECK(alike("-1", "'-1'::integer"));
  CHECK(alike("pg_catalog.now()", "now()"));
  CHECK(!alike("a IN ('x', 'y')", "(a = ANY (ARRAY['x', 'z']))"));
  CHECK(!alike("a BETWEEN 1 AND 5", "((a >= 1) AND (a < 5))"));
  CHECK(!alike("a > 1 AND b", "(a > 1)"));
  CHECK(!alike("lower(a)", "upper(a)"));
  CHECK(!alike("a", "b"));
}

TEST_CASE("a node's children and values are all that it says", "[parse]") {
  const ParsedStatement statement("SELECT a + 1");
  const ParseNode sum = statement.root().list("target_list").at(0)["val"];
  REQUIRE(sum.is("A_Expr"));
  CHECK(sum.values() == "A_Expr kind=AEXPR_OP name:1 lexpr rexpr");
  Texts types;
  walk(sum, [&](const ParseNode& node) { types.emplace_back(node.type()); });
  CHECK(types == Texts{"A_Expr", "String", "ColumnRef", "String", "A_Const", "Integer"});
}
} // namespace
} // namespace afloat
