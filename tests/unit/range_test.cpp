#include "execution/range.hpp"

#include <catch2/catch.hpp>

namespace afloat {
namespace {
using std::chrono::milliseconds;

TEST_CASE("placeholders are filled in one pass", "[range]") {
  CHECK(fill_in("a > {after} AND a <= {upto} LIMIT {limit}", "1", "9", 500) == "a > 1 AND a <= 9 LIMIT 500");
  CHECK(fill_in("({after}) {other} {", "'{upto}'", "2", 1) == "('{upto}') {other} {");
  CHECK(fill_in("", "1", "2", 3) == "");
  CHECK(fill_in("a <= {last}", "", "", 1, "7") == "a <= 7");
  CHECK(fill_in("a = '{last}'", "1", "9", 1) == "a = '{last}'"); // only bounds have it
}

TEST_CASE("a key goes on behind another of the same types", "[range]") {
  CHECK(are_comparable("'5'::integer", "'3000000000'::bigint"));
  CHECK(are_comparable("'a, b'::text, '5'::smallint", "E'it''s \\\\'::text, '7'::integer"));
  CHECK(are_comparable("'1.5'::numeric(9,2)", "'2'::numeric"));
  CHECK_FALSE(are_comparable("'x'::text", "'x'::uuid"));
  CHECK_FALSE(are_comparable("'x::uuid'::text", "'x'::uuid"));
  CHECK_FALSE(are_comparable("'x'::text", "'x'::text, '1'::integer"));
  CHECK(are_comparable("5", "'x', X'00'")); // SQLite compares all
}

TEST_CASE("ranges of whole numbers need no query", "[range]") {
  CHECK(keys_between("'5'::integer", "'3000000000'::bigint") == 2'999'999'995);
  CHECK(keys_between("'-5'::smallint", "'5'::smallint") == 10);
  CHECK(next_keys("'5'::integer", 100, "'3000000000'::bigint")->upto == "'105'::bigint");
  const auto last = next_keys("'5'::bigint", 100, "'7'::bigint");
  CHECK(last->after == "'5'::bigint");
  CHECK(last->upto == "'7'::bigint");
  CHECK(last->rows == 2);
  CHECK_FALSE(next_keys("'7'::bigint", 100, "'7'::bigint"));
  CHECK_FALSE(next_keys("'9'::bigint", 100, "'7'::bigint")); // rows were deleted at the end
  CHECK_FALSE(keys_between("'-9223372036854775807'::bigint", "'9223372036854775807'::bigint"));
  CHECK_FALSE(next_keys("5", 100, "900")); // SQLite's have no types
  CHECK_FALSE(next_keys("'5'::text", 100, "'900'::text"));
  CHECK_FALSE(next_keys("'5'::numeric", 100, "'900'::numeric"));
  CHECK_FALSE(next_keys("'5'::bigint, '6'::bigint", 100, "'9'::bigint, '6'::bigint"));
}

TEST_CASE("a key that is one whole number is known on both databases", "[range]") {
  CHECK(key_number("'-5'::smallint") == -5);
  CHECK(key_number("9223372036854775807") == 9'223'372'036'854'775'807);
  CHECK_FALSE(key_number("9223372036854775808"));
  CHECK_FALSE(key_number(""));
  CHECK_FALSE(key_number("5, 6"));
  CHECK_FALSE(key_number("5.5"));
  CHECK_FALSE(key_number("'5'"));
  CHECK_FALSE(key_number("'5'::text"));
  CHECK_FALSE(key_number("'5'::bigint, '6'::bigint"));
}

TEST_CASE("the statement of the first range knows no key before it", "[range]") {
  RangeWork work;
  work.in_range = "between {after} and {upto}";
  work.in_range_from_start = "up to {upto}";
  CHECK(statement_for(work, {std::nullopt, "7", 7}, 10) == "up to 7");
  CHECK(statement_for(work, {"7", "9", 2}, 10) == "between 7 and 9");
}

TEST_CASE("a batch grows and shrinks towards its aim, at most by half or double", "[range]") {
  BatchSize size(milliseconds(100));
  CHECK(size.rows() == 500);
  size.took(milliseconds(1));
  CHECK(size.rows() == 1'000);
  size.took(milliseconds(100));
  CHECK(size.rows() == 1'000);
  size.took(milliseconds(125));
  CHECK(size.rows() == 800);
  size.took(milliseconds(60'000));
  CHECK(size.rows() == 400);
}

TEST_CASE("a batch gives way by halves, down to ten", "[range]") {
  BatchSize size(milliseconds(100));
  size.gave_way();
  CHECK(size.rows() == 250);
  for (int i = 0; i < 10; ++i) size.gave_way();
  CHECK(size.rows() == 10);
}

TEST_CASE("a batch stays between ten and a hundred thousand rows", "[range]") {
  BatchSize size(milliseconds(100));
  for (int i = 0; i < 40; ++i) size.took(std::chrono::microseconds(0));
  CHECK(size.rows() == 100'000);
  for (int i = 0; i < 40; ++i) size.took(milliseconds(60'000));
  CHECK(size.rows() == 10);
}
} // namespace
} // namespace afloat
