// Both releases upsert the same new keys at the same moment, each by its own unique column.
#include "support/client.hpp"
#include "support/project.hpp"

#include <atomic>
#include <barrier>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
constexpr const char* k_schema =
    "CREATE TABLE users (id integer PRIMARY KEY, name text UNIQUE, visits integer);";
constexpr int k_writers = 4;

std::string renaming(const std::string& more) {
  return "[[operation]]\ntype = \"rename_column\"\ntable = \"users\"\nfrom = \"name\"\nto = \"login\"\n"
         + more;
}

struct Outcomes {
  std::atomic<int> acknowledged = 0, refused = 0;
};

void upsert_all(const World& world, int writer, int keys, std::barrier<>& together, Outcomes& outcomes) {
  const auto app = world.connect_app();
  if (world.dialect() == Dialect::sqlite) app->query("PRAGMA busy_timeout = 20000");
  const std::string column = writer % 2 == 0 ? "name" : "login";
  for (int key = 0; key < keys; ++key) {
    together.arrive_and_wait();
    try {
      app->query(fmt::format("INSERT INTO users (id, {0}, visits) VALUES ({1}, 'k{2}', 1) "
                             "ON CONFLICT ({0}) DO UPDATE SET visits = users.visits + 1",
                             column, key * k_writers + writer, key));
      ++outcomes.acknowledged;
    } catch (const Error& error) {
      if (error.sqlstate != "23505") throw;
      ++outcomes.refused;
    }
  }
}

/// All writers upsert the same keys, one key after the other.
void storm(const World& world, int keys, Outcomes& outcomes) {
  std::barrier together(k_writers);
  std::vector<std::jthread> writers;
  for (int i = 0; i < k_writers; ++i)
    writers.emplace_back([&, i] { upsert_all(world, i, keys, together, outcomes); });
}
} // namespace

TEST_CASE("upserts of one new key by both releases take turns", "[operations]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const auto world = make_world(dialect);
  world->prepare(k_schema);
  const Project project({renaming("upsert = \"serialize\"\n")});
  project.succeed(*world, {"expand"});
  Outcomes outcomes;
  storm(*world, 150, outcomes);
  CHECK(outcomes.refused == 0);
  CHECK(outcomes.acknowledged == 150 * k_writers);
  const auto owner = world->connect();
  CHECK(owner->query("SELECT sum(visits) FROM users WHERE name = login").scalar()
        == std::to_string(150 * k_writers));
  project.succeed(*world, {"contract", "--quiet", "0"});
  project.succeed(*world, {"attic", "purge", "--retention", "0"});
}

TEST_CASE("upserts of one new key by both releases fail now and then where they do not take turns",
          "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_schema);
  const Project project({renaming("")});
  project.succeed(*world, {"expand"});
  Outcomes outcomes;
  for (int tries = 0; tries < 20 && outcomes.refused == 0; ++tries) {
    storm(*world, 150, outcomes);
    world->connect()->script("TRUNCATE users");
  }
  CHECK(outcomes.refused > 0);
}

TEST_CASE("a way to upsert is refused where it means nothing", "[operations]") {
  const auto world = make_world(GENERATE(Dialect::sqlite, Dialect::postgres));
  world->prepare("CREATE TABLE users (id integer PRIMARY KEY, name text)");
  const Outcome none = Project({renaming("upsert = \"serialize\"\n")}).run(*world, {"plan"});
  CHECK(none.status == 3);
  CHECK(none.err.find("the column has no unique index, so that no upsert can name it") != std::string::npos);
  const Outcome other = Project({renaming("upsert = \"never\"\n")}).run(*world, {"plan"});
  CHECK(other.status == 3);
  CHECK(other.err.find("\"never\" is no way to upsert") != std::string::npos);
}
