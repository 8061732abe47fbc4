#include "dialect/postgres/server_message.hpp"

#include <string>
#include <string_view>

#include <catch2/catch.hpp>

namespace afloat {
namespace {
/// The statement with ▸ where the mistake is; behind it the function that it is in.
std::string marked(std::string_view text, std::string sql) {
  const Mistake mistake = find_mistake(parse_server_message(text), sql);
  if (mistake.offset) sql.insert(*mistake.offset, "▸");
  return mistake.inside.empty() ? sql : sql + " | " + mistake.inside;
}

TEST_CASE("the place of a mistake is found in the statement that was sent", "[errors]") {
  CHECK(marked(
            "ERROR:  42703: column \"nope\" does not exist\nLINE 2:   nope\n          ^\nLOCATION:  x, y.c:1",
            "SELECT 1,\n  nope")
        == "SELECT 1,\n  ▸nope");
  CHECK(marked("ERROR:  22012: division by zero\nLOCATION:  int4div, int.c:840", "SELECT 1/0")
        == "SELECT 1/0");
}

TEST_CASE("a line of a DO block is found where the block has it", "[errors]") {
  const std::string sql = "DO $$\nBEGIN\n  PERFORM nope;\n  PERFORM nope;\nEND\n$$";
  const std::string tail = "\nQUERY:  SELECT nope\nCONTEXT:  PL/pgSQL function inline_code_block line ";
  CHECK(marked("ERROR:  42703: no\nLINE 1: nope\n        ^" + tail + "4 at PERFORM\nLOCATION:  a, b.c:1", sql)
        == "DO $$\nBEGIN\n  PERFORM nope;\n  PERFORM ▸nope;\nEND\n$$");
  // The server has put the query together in another way than it was written.
  CHECK(marked("ERROR:  42703: no\nLINE 1: SELECT nope\n               ^" + tail
                   + "3 at PERFORM\nLOCATION:  a, b.c:1",
               sql)
        == "DO $$\nBEGIN\n  ▸PERFORM nope;\n  PERFORM nope;\nEND\n$$");
  CHECK(marked("FEHLER:  P0001: eigenes\nCONTEXT:  PL/pgSQL-Funktion inline_code_block Zeile 2 bei "
               "RAISE\nLOCATION:  a, b.c:1",
               "DO LANGUAGE 'plpgsql' 'BEGIN\nRAISE ''eigenes'';\nEND'")
        == "DO LANGUAGE 'plpgsql' 'BEGIN\n▸RAISE ''eigenes'';\nEND'");
}

TEST_CASE("a mistake in a function is named with the function", "[errors]") {
  const std::string tail = "\nLOCATION:  a, b.c:1";
  // The text of the query stands in the statement by chance.
  CHECK(marked("ERROR:  42703: no\nLINE 1: (SELECT nope)\n                ^\nQUERY:  (SELECT nope)\nCONTEXT: "
               " PL/pgSQL "
               "function f() line 3 at RETURN\nSQL function \"g\" statement 2"
                   + tail,
               "SELECT g(), (SELECT nope)")
        == "SELECT g(), (SELECT nope) | PL/pgSQL function f() line 3 at RETURN");
  CHECK(marked("ERROR:  P0001: no\nCONTEXT:  PL/pgSQL function f() line 3 at RAISE\nSQL statement \"SELECT\n "
               " f()\"\nPL/pgSQL "
               "function inline_code_block line 2 at PERFORM"
                   + tail,
               "DO $x$\nBEGIN PERFORM f(); END $x$")
        == "DO $x$\n▸BEGIN PERFORM f(); END $x$ | PL/pgSQL function f() line 3 at RAISE");
  CHECK(
      marked("ERROR:  P0001: no\nCONTEXT:  PL/pgSQL function afloat.sync_1_1_insert() line 3 at RAISE" + tail,
             "UPDATE users SET a = 1")
      == "UPDATE users SET a = 1");
  // What the server checks when a function is made, it places in the statement.
  CHECK(marked("ERROR:  42601: no\nLINE 3:   RETURN 1 +;\n                    ^\nCONTEXT:  compilation of "
               "PL/pgSQL "
               "function \"f\" near line 3"
                   + tail,
               "CREATE FUNCTION f() AS $$\nBEGIN\n  RETURN 1 +;\n$$")
        == "CREATE FUNCTION f() AS $$\nBEGIN\n  RETURN 1 +▸;\n$$");
}

TEST_CASE("the parts of a server's message are told apart", "[errors]") {
  const ServerMessage parts =
      parse_server_message("ERROR:  23505: duplicate key\nDETAIL:  Key (id)=(1).\nHINT:  Try "
                           "another.\nCONTEXT:  one\ntwo\nLOCATION:  a, b.c:1\n");
  CHECK(parts.sqlstate == "23505");
  CHECK(parts.message == "duplicate key");
  CHECK(parts.detail == "Key (id)=(1).");
  CHECK(parts.hint == "Try another.");
  CHECK(parts.context == std::vector<std::string>{"one", "two"});
}
} // namespace
} // namespace afloat
