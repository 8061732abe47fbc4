// Three windows at once on one table, with a release for each state of it; closed in another order than
// opened.
#include "support/client.hpp"
#include "support/project.hpp"

#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
constexpr const char* k_schema =
    "CREATE TABLE users (id integer PRIMARY KEY, a text NOT NULL, price text NOT NULL, b text)";
const std::vector<std::string> k_migrations{
    "[[operation]]\ntype = \"rename_column\"\ntable = \"users\"\nfrom = \"a\"\nto = \"a2\"\n",
    "[[operation]]\ntype = \"change_type\"\ntable = \"users\"\ncolumn = \"price\"\ncolumn_type = "
    "\"varchar(200)\"\n"
    "to = \"price2\"\nup = \"'p' || price\"\ndown = \"substr(price2, 2)\"\n",
    "[[operation]]\ntype = \"add_column\"\ntable = \"users\"\ncolumn = \"c\"\ncolumn_type = \"text\"\n"
    "up = \"b || '!'\"\nfollow = true\n"};

/// `a`, `price` and the third column as this release knows them; `told`: what the third one is of the value.
Release knowing(const std::string& a, const std::string& price, const std::string& price_value,
                const std::string& third, const std::string& read) {
  return {.insert = fmt::format(
              "INSERT INTO users (id, {}, {}, {}) VALUES ({{key}}, '{{value}}', '{}', '{{value}}')", a, price,
              third, price_value),
          .update =
              fmt::format("UPDATE users SET {} = '{{value}}', {} = '{}', {} = '{{value}}' WHERE id = {{key}}",
                          a, price, price_value, third),
          .erase = "DELETE FROM users WHERE id = {key}",
          .read = read};
}

/// Reads a value if all three columns say it, else all three.
std::string reading(const std::string& a, const std::string& price, const std::string& third) {
  return fmt::format(
      "SELECT id, CASE WHEN {0} = {1} AND {0} = {2} THEN {0} ELSE coalesce({0}, '') || ' but ' || "
      "coalesce({1}, '') || ' but ' || coalesce({2}, '') END FROM users",
      a, price, third);
}

const Release k_oldest = knowing("a", "price", "{value}", "b", reading("a", "price", "b"));
const Release k_middle = knowing("a", "price2", "p{value}", "b", reading("a", "substr(price2, 2)", "b"));
const Release k_newest =
    knowing("a2", "price2", "p{value}", "c", reading("a2", "substr(price2, 2)", "replace(c, '!', '')"));

void still_fine(Client& client) {
  REQUIRE(client.failure() == "");
}
} // namespace

TEST_CASE("three windows on one table lose no write of three releases, closed out of order", "[operations]") {
  const auto world = make_world(GENERATE(Dialect::sqlite, Dialect::postgres));
  world->prepare(k_schema);
  const Project project(k_migrations);
  Client oldest(*world, k_oldest, "oldest", 1, 30);
  oldest.write_more(40);
  project.succeed(*world, {"expand"});
  Client middle(*world, k_middle, "middle", 101, 30), newest(*world, k_newest, "newest", 201, 30);
  for (Client* client : {&oldest, &middle, &newest}) client->write_more(60);
  project.succeed(*world, {"verify"});

  oldest.stop();
  still_fine(oldest);
  project.succeed(*world, {"contract", "0002", "--quiet", "0"}); // price
  middle.write_more(40);
  newest.write_more(40);
  middle.stop();
  still_fine(middle);
  project.succeed(*world, {"contract", "0003", "--quiet", "0"}); // c
  newest.write_more(40);
  project.succeed(*world, {"contract", "0001", "--quiet", "0"}); // a
  newest.write_more(40);
  project.succeed(*world, {"verify"});
  project.succeed(*world, {"attic", "purge", "--retention", "0", "--accept-data-loss"});
  newest.write_more(20);
  newest.stop();
  still_fine(newest);
  for (Client* client : {&oldest, &middle, &newest})
    REQUIRE(lost_writes(*world, k_newest, client->journal()) == "");
}

TEST_CASE("three windows on one table are aborted in any order and lose no write", "[operations]") {
  const auto world = make_world(GENERATE(Dialect::sqlite, Dialect::postgres));
  world->prepare(k_schema);
  const Project project(k_migrations);
  Client oldest(*world, k_oldest, "oldest", 1, 30);
  oldest.write_more(20);
  project.succeed(*world, {"expand"});
  Client middle(*world, k_middle, "middle", 101, 30);
  middle.write_more(40);
  oldest.write_more(40);
  middle.stop();
  still_fine(middle);
  for (const std::string version : {"0002", "0001", "0003"})
    project.succeed(*world, {"abort", version, "--accept-data-loss"});
  oldest.write_more(20);
  oldest.stop();
  still_fine(oldest);
  for (Client* client : {&oldest, &middle}) REQUIRE(lost_writes(*world, k_oldest, client->journal()) == "");
}
