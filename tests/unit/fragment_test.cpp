#include "sql/fragment.hpp"

#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

using namespace afloat;

namespace {
struct Piece {
  std::string_view sql, without_comments, problem;
};

void check(const std::vector<Piece>& pieces, Dialect dialect) {
  for (const Piece& piece : pieces) {
    INFO(piece.sql);
    CHECK(without_line_comments(piece.sql, dialect) == piece.without_comments);
    CHECK(fragment_problem(piece.without_comments, dialect) == piece.problem);
  }
}
} // namespace

TEST_CASE("a piece of SQL loses its line comments and must be whole", "[unit][sql]") {
  const std::vector<Piece> both{
      {"age > 0", "age > 0", ""},
      {"age > 0 -- adults", "age > 0", ""},
      {"\n  age > 0 -- adults\n  AND name <> '' -- named\n", "age > 0 \n  AND name <> ''", ""},
      {"-- nothing else", "", ""},
      {"'--' || \"a--b\" /* -- */", "'--' || \"a--b\" /* -- */", ""},
      {"coalesce(a, b)", "coalesce(a, b)", ""},
      {"a, b", "a, b", "a comma outside of parentheses"},
      {"7; DROP TABLE users", "7; DROP TABLE users", "a semicolon"},
      {"f(';')", "f(';')", ""},
      {"a > 0) OR (a < 9", "a > 0) OR (a < 9", "a \")\" that closes nothing"},
      {"f(a", "f(a", "a \"(\" that is not closed"},
      {"'it''s", "'it''s", "a quote that is not closed"},
      {"\"a", "\"a", "a quote that is not closed"},
      {"1 /* one", "1 /* one", "a comment that is not closed"},
      {"1 -- one /*", "1", ""},
  };
  check(both, Dialect::postgres);
  check(both, Dialect::sqlite);
  check({{"$$;--$$", "$$;--$$", ""},
         {"E'\\';'", "E'\\';'", ""},
         {"tags[1]", "tags[1]", ""},
         {"ARRAY[1, 2]", "ARRAY[1, 2]", ""},
         {"f(a[1)]", "f(a[1)]", "a \")\" that closes nothing"},
         {"1 /* /* */", "1 /* /* */", "a comment that is not closed"}},
        Dialect::postgres);
  check({{"[a;--b]", "[a;--b]", ""}, {"`;`", "`;`", ""}, {"1 /* /* */", "1 /* /* */", ""}}, Dialect::sqlite);
}

TEST_CASE("a list of pieces may have commas between them", "[unit][sql]") {
  CHECK(fragment_problem("fillfactor = 70, fastupdate = off", Dialect::postgres, true).empty());
  CHECK(fragment_problem("fillfactor = 70; DROP TABLE users", Dialect::postgres, true) == "a semicolon");
}
