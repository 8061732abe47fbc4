#include "planning/selection.hpp"
#include "unit/error_of.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace afloat {
namespace {
Migration file(std::int64_t version, const std::string& name,
               const std::string& checksum = "aaaaaaaaaaaaaaaa") {
  Migration migration;
  migration.version = version;
  migration.label = fmt::format("{:04}", version);
  migration.name = name;
  migration.path = fmt::format("migrations/{}_{}.toml", migration.label, name);
  migration.checksum = checksum;
  return migration;
}

LedgerEntry applied(std::int64_t version, const std::string& name, const std::string& state = "complete") {
  LedgerEntry entry;
  entry.version = version;
  entry.label = fmt::format("{:04}", version);
  entry.name = name;
  entry.checksum = "aaaaaaaaaaaaaaaa";
  entry.state = state;
  return entry;
}

using Files = std::vector<Migration>;
using Entries = std::vector<LedgerEntry>;

std::string history_error(const Files& files, const Entries& entries, bool any_order = false) {
  return test::error_of([&] {
    check_files(files, entries);
    if (!any_order) check_order(files, entries);
  });
}

TEST_CASE("files and ledger that agree are accepted", "[selection]") {
  CHECK(history_error({}, {}) == "no error");
  CHECK(history_error({file(1, "a"), file(5, "b"), file(6, "c")}, {applied(1, "a"), applied(5, "b")})
        == "no error");
}

TEST_CASE("a file that was changed after it was applied is refused", "[selection]") {
  CHECK(history_error({file(1, "a", "bbbbbbbbbbbbbbbb")}, {applied(1, "a")})
        == "error: migration 0001_a was changed after it was applied: checksum bbbbbbbbbbbb…, the ledger has "
           "aaaaaaaaaaaa…\n"
           "  --> migrations/0001_a.toml\n"
           "  hint: Restore the file as it was and put the change into a new migration. Nothing was "
           "changed.\n");
}

TEST_CASE("a missing file of an applied migration is refused", "[selection]") {
  const std::string missing =
      "error: migration 0001_a was applied, but its file is missing\n"
      "  hint: Bring the file back (it is in your version control). Nothing was changed.\n";
  CHECK(history_error({}, {applied(1, "a")}) == missing);
  CHECK(history_error({file(2, "b", "bbbbbbbbbbbbbbbb")}, {applied(1, "a")}) == missing);
  CHECK(history_error({file(2, "a")}, {applied(1, "a")})
        == "error: migration 0001_a was applied, but its file is missing\n"
           "  hint: migrations/0002_a.toml has the same contents: give it its old name 0001_a back. Nothing "
           "was "
           "changed.\n");
}

TEST_CASE("a pending version below the highest applied one is refused unless any order is allowed",
          "[selection]") {
  const Files files{file(1, "a"), file(2, "late"), file(3, "c")};
  const Entries entries{applied(1, "a"), applied(3, "c")};
  CHECK(history_error(files, entries)
        == "error: migration 0002_late is pending, but 0003_c above it has been applied\n"
           "  --> migrations/0002_late.toml\n"
           "  hint: Give it a higher version, or set `order = \"any\"` under [project]. Nothing was "
           "changed.\n");
  CHECK(history_error(files, entries, true) == "no error");
}

TEST_CASE("a version is not begun alone over a pending one below it, but what began is ended",
          "[selection]") {
  const Files files{file(1, "a"), file(2, "b"), file(3, "c")};
  const auto begin = [&](std::int64_t version, const Entries& entries) {
    return test::error_of([&] { check_order(files, entries, {.version = version, .to = {}}); });
  };
  CHECK(
      begin(3, {applied(1, "a")})
      == "error: migration 0002_b is pending, and comes before 0003_c\n"
         "  hint: Run `afloat expand --to 0003` for both, or set `order = \"any\"` under [project]. Nothing "
         "was changed.\n");
  CHECK(begin(2, {applied(1, "a")}) == "no error");
  CHECK(begin(2, {applied(3, "c")}).starts_with("error: migration 0001_a is pending, but 0003_c above it"));
  CHECK(begin(3, {applied(3, "c", "expanding")}) == "no error");
}

TEST_CASE("a target is one version or all up to one", "[selection]") {
  const Files files{file(1, "a"), file(7, "b")};
  const Target all = parse_target(files, {}, {});
  CHECK((all.includes(1) && all.includes(7)));
  const Target one = parse_target(files, "0007", {});
  CHECK((!one.includes(1) && one.includes(7)));
  const Target upto = parse_target(files, {}, "1");
  CHECK((upto.includes(1) && !upto.includes(7)));
}

TEST_CASE("a target that names no file is refused", "[selection]") {
  const auto target_error = [](const Files& files, std::optional<std::string> version,
                               std::optional<std::string> to) {
    return test::error_of([&] { parse_target(files, version, to); });
  };
  const Files files{file(1, "a"), file(7, "b")};
  CHECK(target_error(files, "3", {})
        == "error: there is no migration 3\n  hint: The files go from 0001 to 0007.\n");
  CHECK(target_error({}, "3", {})
        == "error: there is no migration 3\n  hint: There are no migration files; `afloat new NAME` makes "
           "one.\n");
  CHECK(target_error(files, "b", {})
        == "error: \"b\" is not a version\n"
           "  hint: A version is the digits of a migration's file name, such as 0001.\n");
  CHECK(target_error(files, {}, "9999999999999999999")
        == "error: \"9999999999999999999\" is not a version\n"
           "  hint: A version is the digits of a migration's file name, such as 0001.\n");
  CHECK(target_error(files, "1", "7")
        == "error: VERSION and --to cannot be given together\n"
           "  hint: VERSION is one migration, --to is all up to and including one.\n");
}

TEST_CASE("what has not been through expand needs it", "[selection]") {
  const LedgerEntry expanding = applied(1, "a", "expanding"), expanded = applied(1, "a", "expanded");
  CHECK(needs_expand(nullptr));
  CHECK(needs_expand(&expanding));
  CHECK_FALSE(needs_expand(&expanded));
}
} // namespace
} // namespace afloat
