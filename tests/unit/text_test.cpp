#include "support/text.hpp"

#include <catch2/catch.hpp>

namespace afloat {
namespace {
using std::chrono::milliseconds;
using Texts = std::vector<std::string>;

TEST_CASE("durations are read in every unit", "[text]") {
  CHECK(parse_duration("250ms") == milliseconds(250));
  CHECK(parse_duration("2s") == milliseconds(2'000));
  CHECK(parse_duration("5m") == milliseconds(300'000));
  CHECK(parse_duration("24h") == milliseconds(86'400'000));
  CHECK(parse_duration("7d") == milliseconds(604'800'000));
  CHECK(parse_duration("0") == milliseconds(0));
}

TEST_CASE("what is not a duration is refused", "[text]") {
  for (const char* text : {"", "5", "s", "-1s", "1.5s", "2 s", "2S", "1w", "99999999999d", "2s "})
    CHECK(parse_duration(text) == std::nullopt);
}

TEST_CASE("a duration is written in its shortest exact form and can be read back", "[text]") {
  CHECK(format_duration(milliseconds(0)) == "0");
  CHECK(format_duration(milliseconds(60'000)) == "1m");
  CHECK(format_duration(milliseconds(1'500)) == "1500ms");
  CHECK(format_duration(milliseconds(90'000)) == "90s");
  for (const int ms : {1, 999, 1'000, 61'000, 3'600'000, 86'400'000, 90'061'001})
    CHECK(parse_duration(format_duration(milliseconds(ms))) == milliseconds(ms));
}

TEST_CASE("durations for people are rounded", "[text]") {
  CHECK(human_duration(milliseconds(41)) == "41 ms");
  CHECK(human_duration(milliseconds(3'200)) == "3.2 s");
  CHECK(human_duration(milliseconds(10'900)) == "10 s");
  CHECK(human_duration(milliseconds(60'000)) == "1 min");
  CHECK(human_duration(milliseconds(250'000)) == "4 min 10 s");
  CHECK(human_duration(milliseconds(7'500'000)) == "2 h 5 min");
  CHECK(human_duration(milliseconds(172'800'000)) == "2 days");
}

TEST_CASE("counts have commas and the right number of the noun", "[text]") {
  CHECK(with_commas(0) == "0");
  CHECK(with_commas(999) == "999");
  CHECK(with_commas(1'234'567) == "1,234,567");
  CHECK(with_commas(-1'000) == "-1,000");
  CHECK(count_of(1, "row") == "1 row");
  CHECK(count_of(0, "row") == "0 rows");
  CHECK(count_of(2'000, "row differs", "rows differ") == "2,000 rows differ");
}

TEST_CASE("the nearest word is offered only when it is near", "[text]") {
  const Texts words{"user_name", "username", "email"};
  CHECK(nearest("usernme", words) == "username");
  CHECK(nearest("USER_NAME", words) == "user_name");
  CHECK(nearest("emial", words) == "email"); // two letters swapped count as one edit
  CHECK(nearest("emai", words) == "email");
  CHECK(nearest("phone", words) == std::nullopt);
  CHECK(nearest("x", {}) == std::nullopt);
}

TEST_CASE("a text on one line is folded and cut at a whole character", "[text]") {
  CHECK(one_line("  SELECT\n\t1  ", 80) == "SELECT 1");
  CHECK(one_line("abcdefghij", 10) == "abcdefghij");
  CHECK(one_line("abcdefghijk", 10) == "abcdefg…");
  CHECK(one_line("abcdefää-tail", 11)
        == "abcdefä…"); // 15 bytes; byte 8 is inside of the second ä's neighbour
}

TEST_CASE("splitting, joining and replacing are each other's way back", "[text]") {
  CHECK(split("a,,b", ',') == Texts{"a", "", "b"});
  CHECK(split("", ',') == Texts{""});
  CHECK(join(Texts{"a", "", "b"}, ",") == "a,,b");
  CHECK(replaced("aaa", "a", "aa") == "aaaaaa");
  CHECK(trimmed(" \r\n a b \t") == "a b");
  CHECK(lower_case("ÄBC") == "Äbc");
}

TEST_CASE("the checksum is SHA-256", "[text]") {
  CHECK(sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
} // namespace
} // namespace afloat
