#include "support/toml_text.hpp"

#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace afloat {
namespace {
std::string obstacle_in(std::string_view text) {
  const auto found = find_toml_obstacle(text);
  return found ? fmt::format("{}: {}", found->offset, found->message) : "none";
}

TEST_CASE("what the TOML parser does not survive is found before it", "[toml]") {
  const std::string character = "not valid TOML: a character that must stand in quotes";
  CHECK(obstacle_in("größe = 1") == "2: " + character);
  CHECK(obstacle_in("a = \"ä\\\"ä\" ä") == "13: " + character);
  CHECK(obstacle_in("a = '''ä''''' ä") == "15: " + character);
  CHECK(obstacle_in("a = \"\"\"ä\n\"\"ä\"\"\"\nä") == "18: " + character);
  CHECK(obstacle_in("a = 'not closed\nä") == "16: " + character);
  const std::string quote = "not valid TOML: a quote that does not begin a key or a text";
  CHECK(obstacle_in("a = +eq\"ä\"") == "7: " + quote);
  CHECK(obstacle_in("a = \"b\"c\"") == "8: " + quote);
  CHECK(obstacle_in("a =4[\"ä\"") == "5: " + quote);
  CHECK(obstacle_in("a = [4.\"ä\"]") == "7: " + quote);
  CHECK(obstacle_in("a = [ 1, {b = [2=\"ä\"]} ]") == "17: " + quote);
  const std::string escape = "a \"\\\" in front of a letter that is none of ASCII cannot be read";
  CHECK(obstacle_in("a = \"\"\"b\\ä\"\"\"") == "8: " + escape);
  CHECK(obstacle_in("a = \"\"\"ä\\\\\\\r\n \tä\"\"\"") == "11: " + escape);
  CHECK(obstacle_in("a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a = 1") == "31: a key of more than 16 parts");
  CHECK(obstacle_in("[[a.a.a.a.a.a.a.a.'ä'.a.a.a.a.a.a. a .a]]") == "38: a key of more than 16 parts");
}

TEST_CASE("all else is left to the TOML parser", "[toml]") {
  for (const char* text :
       {"", "# größe", "\"größe\" = 'größe' # ä", "a = '''ä\nä'''\nb = \"\"\"ä\\\"\"\"\"\"\n[c]",
        "a = [1.1, 2.2, 3.3, 4.4, 5.5, 6.6, 7.7, 8.8, 9.9, 1.1, 2.2, 3.3, 4.4, 5.5, 6.6, 7.7, 8.8, 9.9]",
        "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a = 1\nb = 2.0", "a = \"\"\"ä", "a = \"ä", "= ][", "a = \"\\ä\"",
        "[[a.\"ä\"]]\nb = [[\"ä\"], [{\"ä\".'ä'=\"ä\", c = [1,\"ä\"]}, \"ä\"],\n\"ä\"]\n\"ä\"=\"ä\"",
        "a = [1] # [\n\"ä\"= 2", "a = \"\"\"ä\\\\ä \\\n b ä \\\"\"\"\"", "a = '''b\\ä'''"})
    CHECK(obstacle_in(text) == "none");
}
} // namespace
} // namespace afloat
