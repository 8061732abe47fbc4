#include "support/source_text.hpp"

#include <catch2/catch.hpp>

namespace afloat {
namespace {
TEST_CASE("a place in a text has its line, its column in characters and the line's text", "[source]") {
  const SourceText source("a.sql", "\xEF\xBB\xBFone\r\ntwä x\n");
  CHECK(source.text() == "one\ntwä x\n");
  CHECK(source.at(0) == SourcePosition{"a.sql", 1, 1, "one"});
  CHECK(source.at(3) == SourcePosition{"a.sql", 1, 4, "one"});
  CHECK(source.at(9) == SourcePosition{"a.sql", 2, 5, "twä x"});
  CHECK(source.at(100) == SourcePosition{"a.sql", 3, 1, ""});
}

TEST_CASE("the first byte that is not UTF-8 is found", "[source]") {
  CHECK(find_invalid_utf8("aä€😀") == std::string_view::npos);
  CHECK(find_invalid_utf8("a\xFFz") == 1);
  CHECK(find_invalid_utf8("\xC3") == 0);
  CHECK(find_invalid_utf8("ab\xC0\xAF") == 2);       // overlong
  CHECK(find_invalid_utf8("x\xED\xA0\x80") == 1);    // a surrogate
  CHECK(find_invalid_utf8("\xF4\x90\x80\x80") == 0); // beyond U+10FFFF
}

TEST_CASE("characters are counted and found by number", "[source]") {
  CHECK(count_characters("aä€😀") == 4);
  CHECK(offset_of_character("aä€😀", 2) == 3);
  CHECK(offset_of_character("ab", 7) == 2);
}
} // namespace
} // namespace afloat
