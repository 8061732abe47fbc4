#include "sql/tokens.hpp"

#include <catch2/catch.hpp>

namespace afloat {
namespace {
std::string solid(std::string_view sql) {
  std::string text;
  for (const Token& token : tokenize(sql))
    if (token.kind != TokenKind::space) text += "<" + std::string(token.text) + ">";
  return text;
}

std::string renamed(std::string_view expression) {
  return replace_columns(expression, "users", [](std::string_view column) -> std::optional<std::string> {
    if (column != "name") return std::nullopt;
    return "NEW.\"name\"";
  });
}

TEST_CASE("SQL falls into tokens", "[tokens]") {
  CHECK(solid("a + 1.5") == "<a><+><1.5>");
  CHECK(solid("'it''s' || E'a\\'b'") == "<'it''s'><|><|><E'a\\'b'>");
  CHECK(solid("$$ a 'b $$ $tag$ $$ $tag$ $1") == "<$$ a 'b $$><$tag$ $$ $tag$><$><1>");
  CHECK(solid("\"a\"\"b\" `c d` x::text") == "<\"a\"\"b\"><`c d`><x><::><text>");
  CHECK(solid("a -- b\n/* c /* d */ e */ f") == "<a><f>");
}

TEST_CASE("the texts of the tokens joined are the input, whatever it is", "[tokens]") {
  for (const std::string sql :
       {"", "'never closed", "\"", "/* open", "$tag$ open", "-- end", "é = 'ü'", "a\tb\nc", "E'\\"}) {
    std::string joined;
    for (const Token& token : tokenize(sql)) joined += token.text;
    CHECK(joined == sql);
  }
}

TEST_CASE("a word names an identifier, folded unless it is quoted", "[tokens]") {
  CHECK(tokenize("Users").front().name() == "users");
  CHECK(tokenize("\"Us\"\"ers\"").front().name() == "Us\"ers");
  CHECK(tokenize("SELECT").front().is("select"));
  CHECK_FALSE(tokenize("\"select\"").front().is("select"));
}

TEST_CASE("columns are replaced, and nothing that only looks like one", "[tokens]") {
  CHECK(renamed("upper(name)") == "upper(NEW.\"name\")");
  CHECK(renamed("NAME || \"name\"") == "NEW.\"name\" || NEW.\"name\"");
  CHECK(renamed("users.name = 'name'") == "NEW.\"name\" = 'name'");
  CHECK(renamed("orders.name") == "orders.name");
  CHECK(renamed("shop.users.name") == "shop.users.name");
  CHECK(renamed("name(1) -- name") == "name(1) -- name");
  CHECK(renamed("x::name COLLATE name") == "x::name COLLATE name");
  CHECK(renamed("name.part") == "name.part");
}

TEST_CASE("an expression mentions a column by its name only", "[tokens]") {
  CHECK(mentions("first || Last", "users", "last"));
  CHECK(mentions("users.last", "users", "last"));
  CHECK_FALSE(mentions("'last' || last(x)", "users", "last"));
  CHECK_FALSE(mentions("", "users", "last"));
}
} // namespace
} // namespace afloat
