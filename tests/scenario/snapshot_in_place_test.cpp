#include "support/shop.hpp"

#include <atomic>
#include <thread>

// What a snapshot of tables, or of a SQLite file, puts in the place of what is there.
namespace afloat::test {
namespace {
std::string name_of_database(const Shop& shop) {
  if (shop.world().dialect() == Dialect::sqlite) return "app.db";
  return *shop.world().connect()->query("SELECT current_database()").scalar();
}
} // namespace

TEST_CASE("a restore in place is for the database that was named, and can be taken back", "[snapshot]") {
  Shop shop(each_dialect());
  const bool sqlite = shop.world().dialect() == Dialect::sqlite;
  shop.succeed({"snapshot", "create", "before", "--tables", "orders,users"});
  shop.world().connect()->script("DELETE FROM orders; UPDATE users SET name = 'gone'");
  const std::string name = name_of_database(shop);
  CHECK(shop.run({"snapshot", "restore", "before", "--in-place", "other"}).status == 2);
  CHECK(values(*shop.world().connect(), "SELECT count(*) FROM orders") == Words{"0"});
  shop.succeed({"snapshot", "restore", "before", "--in-place", name});
  CHECK(values(*shop.world().connect(),
               "SELECT u.name, o.price FROM orders o JOIN users u ON u.id = o.user_id ORDER "
               "BY o.id")
        == Words{"Ada", "9.99", "Zoë", "NULL"});
  shop.succeed({"snapshot", "restore", "before-replaced", "--in-place", name});
  CHECK(values(*shop.world().connect(), "SELECT count(*), min(name) FROM users, orders")
        == Words{"0", "NULL"});
  if (!sqlite) return;
  shop.succeed({"snapshot", "create", "whole"});
  shop.world().connect()->script("DROP TABLE orders");
  shop.succeed({"snapshot", "restore", "whole", "--in-place", name});
  CHECK(values(*shop.world().connect(), "SELECT count(*) FROM orders") == Words{"0"});
}

TEST_CASE("a file from before afloat's first run comes back without complaint", "[snapshot]") {
  const Shop shop(Dialect::sqlite);
  shop.succeed({"snapshot", "create", "first"});
  const std::string there = shop.world().dump();
  shop.succeed({"expand"});
  CHECK(shop.succeed({"snapshot", "restore", "first", "--in-place", "app.db"})
        == "first is restored in place; what it replaced is in snapshot first-replaced\n");
  CHECK(shop.world().dump() == there);
  CHECK(shop.world().connect()->query("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'afloat%'").scalar()
        == "0");
}

TEST_CASE("a restore in place of rows that do not fit is refused before anything", "[snapshot]") {
  const auto [change, reason] = GENERATE(table<std::string, std::string>(
      {{"ALTER TABLE users DROP COLUMN nick", "{}users has no column nick any more"},
       {"DROP VIEW buyers; DROP TABLE orders", "there is no table {}orders any more"},
       {"DELETE FROM orders; DELETE FROM users; ALTER TABLE users ADD COLUMN age integer NOT NULL",
        "{}users.age is new, NOT NULL and without a default"},
       {"CREATE TABLE visits (user_id integer REFERENCES users (id))",
        "{}visits refers to them, and is not in it"},
       {"ALTER TABLE users ALTER COLUMN nick TYPE varchar(9)",
        "{}users.nick is of type character varying(9), and was of text"}}));
  const Dialect dialect = each_dialect();
  const bool sqlite = dialect == Dialect::sqlite;
  if (sqlite
      && (change.find(" TYPE ") != std::string::npos || change.find("age") != std::string::npos
          || change.find("visits") != std::string::npos))
    return;
  Shop shop(dialect);
  shop.succeed({"snapshot", "create", "before", "--tables", "orders,users"});
  shop.world().connect()->script(change);
  const std::string there = shop.world().dump();
  const std::string name = name_of_database(shop);
  const Outcome outcome = shop.run({"snapshot", "restore", "before", "--in-place", name});
  INFO(outcome.err);
  CHECK(outcome.status == 1);
  CHECK(outcome.err.find("error: before does not fit the tables as they are now: "
                         + fmt::format(fmt::runtime(reason), sqlite ? "" : "public."))
        != std::string::npos);
  CHECK(outcome.err.find("Nothing was changed.") != std::string::npos);
  CHECK(shop.stored() == Words{"before"});
  CHECK(shop.world().dump() == there);
}

TEST_CASE("rows that sync keeps equal to others come back together or not at all", "[snapshot]") {
  const std::string rename = "[[operation]]\ntype = \"rename_column\"\ntable = \"users\"\nfrom = "
                             "\"name\"\nto = \"full_name\"\n";
  Shop shop(each_dialect(), "before_expand = \"tables\"\n", {rename});
  const std::string name = name_of_database(shop),
                    users = shop.world().dialect() == Dialect::sqlite ? "users" : "public.users";
  shop.world().connect()->script("DROP VIEW buyers; DROP TABLE orders");
  shop.succeed({"expand"});
  const std::string there = shop.world().dump();
  const Outcome outcome = shop.run({"snapshot", "restore", "test-pre-0001", "--in-place", name});
  INFO(outcome.err);
  CHECK(outcome.status == 1);
  CHECK(outcome.err.find(fmt::format("{}.full_name is not in it, and 0001_change keeps it in sync", users))
        != std::string::npos);
  CHECK(shop.world().dump() == there);
  shop.succeed({"snapshot", "create", "both", "--tables", "users"});
  shop.world().connect()->script("UPDATE users SET full_name = 'later'");
  shop.succeed({"snapshot", "restore", "both", "--in-place", name});
  CHECK(values(*shop.world().connect(), "SELECT name, full_name FROM users WHERE id = 1")
        == Words{"Ada", "Ada"});
  shop.succeed({"verify"});
}

TEST_CASE("what others write during a restore in place is in what it replaced or stays", "[snapshot]") {
  const auto [dialect, mode, whole] =
      GENERATE(table<Dialect, const char*, bool>({{Dialect::postgres, "", false},
                                                  {Dialect::sqlite, "WAL", false},
                                                  {Dialect::sqlite, "DELETE", false},
                                                  {Dialect::sqlite, "WAL", true},
                                                  {Dialect::sqlite, "DELETE", true}}));
  CAPTURE(name_of(dialect), mode, whole);
  Shop shop(dialect);
  const auto setup = shop.world().connect();
  if (dialect == Dialect::sqlite) setup->query(fmt::format("PRAGMA journal_mode = {}", mode));
  setup->script(
      "CREATE TABLE pages (id integer PRIMARY KEY, body text);"
      "INSERT INTO pages WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
      "SELECT -i, 'a page that takes some time to be copied: ' || i FROM n");
  shop.succeed(whole ? Words{"snapshot", "create", "before"}
                     : Words{"snapshot", "create", "before", "--tables", "pages"});
  std::atomic<int> written = 0;
  {
    const std::jthread writer([&](const std::stop_token& stop) {
      const auto database = shop.world().connect();
      while (!stop.stop_requested()) {
        database->begin(std::chrono::seconds(20));
        database->script(fmt::format("INSERT INTO pages VALUES ({}, 'new')", written + 1));
        database->commit();
        ++written;
      }
    });
    while (written < 20) std::this_thread::yield();
    shop.succeed({"snapshot", "restore", "before", "--in-place", name_of_database(shop)});
  }
  const std::string into = shop.new_name();
  shop.run({"snapshot", "restore", "before-replaced", "--into", into});
  const std::string query = "SELECT id FROM pages WHERE id > 0 ORDER BY 1";
  Words found = values(*shop.restored(into), query);
  CHECK(found.size() >= 20);
  std::ranges::copy(values(*setup, query), std::back_inserter(found));
  CHECK(found.size() == static_cast<std::size_t>(written));
}

} // namespace afloat::test
