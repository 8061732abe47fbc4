#include "support/error.hpp"
#include "support/excerpt.hpp"

#include <string>

#include <catch2/catch.hpp>

namespace afloat {
namespace {
TEST_CASE("the caret stands below its letter", "[excerpt]") {
  CHECK(source_excerpt("to = 7", 6) == "   | to = 7\n   |      ^\n");
  CHECK(source_excerpt("to", 9) == "   | to\n   |   ^\n");
  CHECK(source_excerpt("to", 0) == "   | to\n");
  CHECK(source_excerpt("", 1).empty());
}

TEST_CASE("tabs are tabs in front of the caret too", "[excerpt]") {
  CHECK(source_excerpt("\ta\tb", 4) == "   | \ta\tb\n   | \t \t^\n");
}

TEST_CASE("wide letters count two columns and marks over letters none", "[excerpt]") {
  CHECK(source_excerpt("é日x", 3) == "   | é日x\n   |    ^\n");
  CHECK(source_excerpt("e\u0301x", 3) == "   | e\u0301x\n   |  ^\n");
}

TEST_CASE("of a long line only what is near the caret is shown", "[excerpt]") {
  const std::string line(300, 'x');
  CHECK(source_excerpt(line, 1) == "   | " + std::string(100, 'x') + "…\n   | ^\n");
  CHECK(source_excerpt(line, 200)
        == "   | …" + std::string(100, 'x') + "…\n   | " + std::string(41, ' ') + "^\n");
  CHECK(source_excerpt(line, 300)
        == "   | …" + std::string(100, 'x') + "\n   | " + std::string(100, ' ') + "^\n");
}

TEST_CASE("what a terminal would obey and what is no UTF-8 is replaced", "[excerpt]") {
  CHECK(printable("a\x1b[31mb\xE9"
                  "c\x07")
        == "a\uFFFD[31mb\uFFFDc\uFFFD");
  CHECK(printable("two\nlines\tand é日") == "two\nlines\tand é日");
  CHECK(printable(std::string("a\0b", 3)) == "a\uFFFDb");
  CHECK(source_excerpt("\xFF\xFE", 2) == "   | \uFFFD\uFFFD\n   |  ^\n");
  CHECK(describe(Error(ErrorCode::usage, "no \x1b", "say \x1b")) == "error: no \uFFFD\n  hint: say \uFFFD\n");
}
} // namespace
} // namespace afloat
