#include "commands/snapshot_policy.hpp"
#include "snapshot/compare_postgres.hpp"
#include "snapshot/make.hpp"
#include "snapshot/policy.hpp"
#include "snapshot/words.hpp"
#include "support/checksum.hpp"
#include "support/temp_folder.hpp"
#include "unit/error_of.hpp"

#include <fstream>
#include <limits>

#include <catch2/catch.hpp>

namespace afloat {
namespace {
TEST_CASE("a manifest is read as it was written", "[snapshot]") {
  Manifest manifest;
  manifest.name = "shop-pre-0007";
  manifest.kind = SnapshotKind::full;
  manifest.dialect = Dialect::postgres;
  manifest.database = "shop \"é\"";
  manifest.version = 7;
  manifest.parts = {{"dump/toc.dat", 5, "ab"}, {"dump/1.dat.gz", 7, "cd"}};
  manifest.tables = {{{"public", "users"}, "dump", {"id"}, {"integer"}, 3, "ff"}};
  manifest.sequences = {{{"public", "users_id_seq"}, 9, true}};
  manifest.settings = {{"TimeZone", "UTC"}};
  manifest.notes = {"no schema"};
  CHECK(parse_manifest(to_text(manifest), "manifest.json") == manifest);
  CHECK(manifest.bytes() == 12);
  CHECK(test::error_of([] {
          parse_manifest("{\"format\": 1}", "x/manifest.json");
        }).find("x/manifest.json is damaged")
        != std::string::npos);
  CHECK(test::error_of([] { parse_manifest("{\"format\": 2}", "x"); }).find("newer afloat")
        != std::string::npos);
}

TEST_CASE("a snapshot is needed while the window that it was made before is open", "[snapshot]") {
  Manifest manifest;
  LedgerEntry entry{.version = 0, .label = "0000", .name = "first", .state = "expanded"};
  CHECK(needed_by(manifest, {entry}) == ""); // made before none
  manifest.migration = "0000_first";
  CHECK(needed_by(manifest, {entry}) == "the window of 0000_first is open");
  entry.state = "complete";
  CHECK(needed_by(manifest, {entry}) == "");
  CHECK(needed_by(manifest, {}) == "");
}

TEST_CASE("a command's words are parted as a shell parts them", "[snapshot]") {
  CHECK(split_words("a  'b c' \"d \\\" e\" f\\ g''").size() == 4);
  CHECK(split_words("a  'b c' \"d \\\" e\" f\\ g''")
        == std::vector<std::string>{"a", "b c", "d \" e", "f g"});
  CHECK(split_words("''") == std::vector<std::string>{""});
  CHECK(test::error_of([] { split_words("a 'b"); }).find("a quote is not closed") != std::string::npos);
}

TEST_CASE("the sum of rows knows their values and not their order", "[snapshot]") {
  const auto sum = [](const std::vector<std::string>& rows) {
    RowSum all;
    for (const std::string& row : rows) all.add(row);
    return all.hex();
  };
  CHECK(sum({"one", "a second row", ""}) == sum({"", "one", "a second row"}));
  CHECK(sum({"one", "two"}) != sum({"onet", "wo"}));
  CHECK(sum({"one", "one"}) != sum({"one"}));
  CHECK(sum({std::string("a\0", 2)}) != sum({"a"}));
}

TEST_CASE("the rows of a dump are summed up table by table, whatever pieces it comes in", "[snapshot]") {
  const std::string text = "SET client_encoding = 'UTF8';\n--\nCOPY public.users (id, name) FROM stdin;\n"
                           "1\tAda\n2\tCOPY x FROM stdin;\n\\.\n\n\nCOPY public.\"a\nb\" (id) FROM stdin;\n"
                           "\\.\nSELECT pg_catalog.setval('public.s', 3, true);\n";
  RowSum users;
  for (const char* row : {"2\tCOPY x FROM stdin;", "1\tAda"}) users.add(row);
  for (std::size_t size = 1; size <= text.size(); size += 7) {
    postgres_copy::DumpedRows rows;
    for (std::size_t at = 0; at < text.size(); at += size) rows.add(std::string_view(text).substr(at, size));
    CHECK(rows.encoding() == "'UTF8'");
    REQUIRE(rows.tables().size() == 2);
    CHECK(rows.tables()[0].copy == "COPY public.users (id, name)");
    CHECK(rows.tables()[0].sum.rows() == 2);
    CHECK(rows.tables()[0].sum.hex() == users.hex());
    CHECK(rows.tables()[1].copy == "COPY public.\"a\nb\" (id)");
    CHECK(rows.tables()[1].sum.rows() == 0);
  }
}

TEST_CASE("the check of a part can be stopped within it, and tells how far it is", "[snapshot]") {
  const test::TempFolder folder;
  constexpr std::size_t k_size = 5 << 20;
  std::ofstream(folder / "part") << std::string(k_size, 'x');
  Found found{folder.path(), Manifest{}, "one", ""};
  found.manifest->parts = {summed_part(folder.path(), "part", [](std::int64_t) {})};
  std::vector<std::int64_t> told;
  bool stop = false;
  const SnapshotWatch watch{[&] {
                              if (stop && told.size() == 2)
                                throw Error(ErrorCode::interrupted, "interrupted");
                            },
                            [&](std::int64_t done, std::int64_t total) {
                              CHECK(total == k_size);
                              told.push_back(done);
                            },
                            [](std::string_view) {}, [](std::string_view) {}};
  damages(found, watch);
  CHECK(told.size() > 3);
  CHECK(told.back() == k_size);
  told.clear();
  stop = true;
  CHECK(test::error_of([&] { damages(found, watch); }) == "error: interrupted\n");
  CHECK(told.size() == 2);
}

TEST_CASE("too small a disk is seen before anything is written", "[snapshot]") {
  const test::TempFolder folder;
  require_room(folder.path(), 1);
  CHECK(test::error_of([&] {
          require_room(folder.path(), std::numeric_limits<std::int64_t>::max() / 2);
        }).find("the snapshot takes about ")
        != std::string::npos);
}

Plan plan_with(Phase phase, bool destroys) {
  Plan plan;
  plan.label = "0007";
  Step& first = plan.steps.emplace_back();
  first.phase = Phase::expand;
  first.id = "1.1";
  first.locks = {{{"public", "users"}, LockLevel::share}};
  Step& second = plan.steps.emplace_back();
  second.phase = phase;
  second.destroys = destroys;
  second.locks = {{{"public", "orders"}, LockLevel::access_exclusive}};
  return plan;
}

TEST_CASE("the policy decides by what a phase destroys, or as it is told", "[snapshot]") {
  SnapshotSettings settings;
  const auto planned = [&](const Plan& plan, Phase phase) {
    return planned_snapshot(plan, phase, settings, "shop", "production");
  };
  CHECK_FALSE(planned(plan_with(Phase::purge, false), Phase::purge).has_value());
  CHECK_FALSE(planned(plan_with(Phase::purge, true), Phase::expand).has_value());
  const auto purge = planned(plan_with(Phase::purge, true), Phase::purge);
  REQUIRE(purge.has_value());
  CHECK(purge->name == "shop-pre-0007-purge");
  CHECK(purge->tables == std::vector<RelationName>{{"public", "orders"}});
  settings.before_expand = "tables";
  settings.name = "{{env}}.{{version}}.{{phase}}";
  const auto expand = planned(plan_with(Phase::purge, true), Phase::expand);
  REQUIRE(expand.has_value());
  CHECK(expand->name == "production.0007.expand");
  CHECK(expand->tables == std::vector<RelationName>{{"public", "orders"}, {"public", "users"}});
  CHECK_FALSE(planned(plan_with(Phase::purge, true), Phase::contract).has_value()); // there is none
}

TEST_CASE("the plan names the snapshot that is the only way back, or says that there is none", "[snapshot]") {
  SnapshotSettings settings;
  Plan plan = plan_with(Phase::contract, false);
  plan.no_revert = {"Operation 1 is in SQL and has no revert statements."};
  const TablesAndViews there{{{"public", "users"}, {"public", "orders"}}, {}};
  const Standing standing{there, there};
  const auto lines = [&] { return snapshot_lines(plan, settings, "shop", "production", standing); };
  CHECK(
      lines()
      == std::vector<std::string>{
          "Nothing leads back from step 1.1: no snapshot of rows is made before it (`before_expand` under "
          "[snapshot]).",
          "Nothing leads back from contract: no snapshot of rows is made before it (`before_contract` under "
          "[snapshot])."});
  settings.before_expand = "tables";
  settings.before_contract = "schema";
  CHECK(lines()
        == std::vector<std::string>{
            "Snapshot before expand: shop-pre-0007 (the schema, and the rows of public.orders, public.users)",
            "Snapshot before contract: shop-pre-0007-contract (the schema)",
            "Only snapshot shop-pre-0007 leads back from step 1.1.",
            "Only snapshot shop-pre-0007 leads back from contract."});
  settings.before_contract = "full";
  CHECK(lines().back() == "Only snapshot shop-pre-0007-contract leads back from contract.");
  plan.steps[0].inverse = {std::string("DROP TABLE users")};
  plan.no_revert.clear();
  CHECK(lines().size() == 2);
}

TEST_CASE("the plan names only tables that have rows when the snapshot is made", "[snapshot]") {
  SnapshotSettings settings;
  settings.before_expand = settings.before_contract = settings.before_purge = "tables";
  Plan plan = plan_with(Phase::contract, false);
  plan.steps[0].locks.push_back({{"public", "buyers"}, LockLevel::access_exclusive}); // a view
  plan.steps[0].locks.push_back({{"public", "made"}, LockLevel::access_exclusive});
  plan.steps[0].inverse = {std::string("CREATE VIEW buyers")};
  plan.steps[1].locks.push_back({{"public", "renamed"}, LockLevel::access_share});
  Step& purge = plan.steps.emplace_back();
  purge.phase = Phase::purge;
  purge.locks = {{{"public", "in_attic"}, LockLevel::access_exclusive}};
  const TablesAndViews there{{{"public", "users"}, {"public", "orders"}}, {{"public", "buyers"}}};
  Standing standing{there, there};
  const auto lines = [&] { return snapshot_lines(plan, settings, "shop", "production", standing); };
  CHECK(lines()
        == std::vector<std::string>{
            "Snapshot before expand: shop-pre-0007 (the schema, and the rows of public.orders, public.users)",
            "Snapshot before contract: shop-pre-0007-contract (the schema, and the rows of public.made, "
            "public.orders, public.users)",
            "Snapshot before purge: shop-pre-0007-purge (the schema, and the rows of public.in_attic, "
            "public.made, public.orders, public.renamed, public.users)"});
  standing.in_window.views.push_back({"public", "users"}); // renamed by expand
  standing.in_window.tables.push_back({"public", "renamed"});
  CHECK(lines()[0].ends_with("public.orders, public.users)"));
  CHECK(lines()[1].ends_with("the rows of public.made, public.orders, public.renamed)"));
  CHECK(lines()[2].ends_with("the rows of public.in_attic, public.made, public.orders, public.renamed)"));
  standing.next = Phase::contract; // the first one has been made
  CHECK(lines().size() == 2);
}
} // namespace
} // namespace afloat
