#include "snapshot/restore.hpp"
#include "support/shop.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

// What a restore of kind tables tells while it goes on.
namespace afloat::test {
namespace {
/// (done, total) each time, and how often it said that rows are in and the rest goes on.
struct Told {
  std::vector<std::pair<std::int64_t, std::int64_t>> bytes;
  int goes_on = 0;

  SnapshotWatch watch() {
    return {[] {}, [this](std::int64_t done, std::int64_t total) { bytes.emplace_back(done, total); },
            [](std::string_view) {}, [](std::string_view) {}, [this](std::string_view) { ++goes_on; }};
  }

  /// From near nothing to all, in that order, of a total that is about right from the beginning.
  void check() const {
    REQUIRE(bytes.size() > 10);
    CHECK(std::ranges::is_sorted(bytes, {}, &std::pair<std::int64_t, std::int64_t>::first));
    const auto [all, last_total] = bytes.back();
    CHECK(all > last_total * 9 / 10);
    CHECK(all <= last_total);
    CHECK(bytes.front().first < all / 5);
    const std::int64_t in_the_middle = bytes[bytes.size() / 2].second;
    CHECK(in_the_middle > last_total * 8 / 10);
    CHECK(in_the_middle < last_total * 12 / 10);
  }
};

RestoreRequest request_of(const Shop& shop, const std::string& name) {
  RestoreRequest request;
  request.found = find_snapshot(shop.store(), name);
  request.connect = {shop.world().url(), shop.world().url()};
  request.into = shop.world().dialect() == Dialect::sqlite ? shop.project().file("new.db") : shop.new_name();
  return request;
}
} // namespace

TEST_CASE("a restore of tables tells how far it is and what it comes to", "[snapshot]") {
  const Shop shop(each_dialect());
  if (!shop.has_pg_dump()) return;
  const auto database = shop.world().connect();
  database->script(
      "INSERT INTO users WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < "
      "100000) SELECT i, 'name ' || i, '' FROM n");
  shop.succeed({"snapshot", "create", "one", "--tables", "users,orders"});
  const RestoreRequest request = request_of(shop, "one");
  {
    INFO("into a new one");
    Told told;
    CHECK(restore_new(request, shop.world().dialect(), told.watch()).problems.empty());
    // The check of the parts comes first.
    const auto rows = std::ranges::adjacent_find(
        told.bytes, [](const auto& one, const auto& next) { return next.first < one.first; });
    REQUIRE(rows != told.bytes.end());
    told.bytes.erase(told.bytes.begin(), rows + 1);
    told.check();
    CHECK(told.goes_on > 0);
  }
  INFO("in place");
  Told told;
  database->script("DELETE FROM orders; DELETE FROM users");
  restore_in_place(*shop.world().connect(), request, told.watch(), [] {});
  told.check();
  CHECK(database->query("SELECT count(*) FROM users", {}).scalar() == "99994");
}

TEST_CASE("a restore of a whole SQLite file in place tells its bytes", "[snapshot][sqlite]") {
  const Shop shop(Dialect::sqlite);
  shop.world().connect()->script("CREATE TABLE wide (b blob); INSERT INTO wide VALUES (zeroblob(40000000))");
  shop.succeed({"snapshot", "create", "one"});
  Told told;
  restore_in_place(*shop.world().connect(), request_of(shop, "one"), told.watch(), [] {});
  CHECK(told.bytes.back().second > 40'000'000);
  CHECK(told.bytes.back().first > 39'000'000);
}
} // namespace afloat::test
