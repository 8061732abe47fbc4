#include "support/postgres_server.hpp"
#include "support/project.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>
#include <fmt/format.h>

// Making and restoring a snapshot, killed at every point that they tell of: what has a name is whole, and the
// same command ends what was begun.
using namespace afloat;
using namespace afloat::test;

namespace {
using Words = std::vector<std::string>;

constexpr std::string_view k_users = "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL);"
                                     "INSERT INTO users VALUES (1, 'Ada'), (2, 'Bert')";

class Sweep {
 public:
  explicit Sweep(Dialect dialect) : m_world(make_world(dialect)), m_project({}) { m_world->prepare(k_users); }

  World& world() const { return *m_world; }
  std::filesystem::path store() const { return m_project.path() / "snapshots"; }

  Outcome run(const Words& words, std::map<std::string, std::string> environment = {}) const {
    environment["AFLOAT_SNAPSHOT_FOLDER"] = store().string();
    return m_project.run(*m_world, words, environment);
  }

  int points(const Words& words) const {
    const std::string log = m_project.file("points");
    std::filesystem::remove(log);
    const Outcome outcome = run(words, {{"AFLOAT_FAULT_LOG", log}});
    INFO(outcome.err);
    REQUIRE(outcome.status == 0);
    const std::string text = read_file(log);
    return static_cast<int>(std::ranges::count(text, '\n'));
  }

  /// The number of the first point of this name.
  int first(const std::string& point) const {
    const Words names = split(read_file(m_project.file("points")), '\n');
    return static_cast<int>(std::ranges::find(names, point) - names.begin()) + 1;
  }

  void killed_at(int point, const Words& words) const {
    const Outcome outcome = run(words, {{"AFLOAT_FAULT_AT", std::to_string(point)}});
    INFO(outcome.err);
    REQUIRE(outcome.status == 128 + 9);
  }

  /// What has a name is whole; a remainder has none.
  void all_whole() const {
    const Outcome outcome = run({"snapshot", "verify"});
    INFO(outcome.out << outcome.err);
    REQUIRE(outcome.status == 0);
  }

  int remainders() const {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(store()))
      if (entry.path().filename().string().starts_with('.')) ++count;
    return count;
  }

  std::string file(const std::string& name) const { return m_project.file(name); }

 private:
  std::unique_ptr<World> m_world;
  Project m_project;
};

void drop(const World& world, const Sweep& sweep, const std::string& name) {
  if (world.dialect() == Dialect::sqlite) {
    std::filesystem::remove(sweep.file(name));
    return;
  }
  PostgresServer::instance()
      .connect("postgres", "postgres")
      ->script(fmt::format("DROP DATABASE IF EXISTS \"{}\"", name));
}

std::int64_t databases_like(const std::string& pattern) {
  return std::stoll(*PostgresServer::instance()
                         .connect("postgres", "postgres")
                         ->query("SELECT count(*) FROM pg_database WHERE datname LIKE $1", {pattern})
                         .scalar());
}
} // namespace

TEST_CASE("a snapshot that was killed while it was made is not there, and leaves nothing for long",
          "[faults][snapshot]") {
  const Sweep sweep(GENERATE(Dialect::sqlite, Dialect::postgres));
  const Words command{"snapshot", "create", "one", "--tables", "users"};
  const int points = sweep.points(command);
  CHECK(points >= 3);
  for (int point = 1; point <= points; ++point) {
    INFO("point " << point);
    std::filesystem::remove_all(sweep.store());
    sweep.killed_at(point, command);
    sweep.all_whole();
    CHECK(sweep.run(command).status == 0);
    CHECK(sweep.remainders() == 0);
    sweep.all_whole();
  }
}

TEST_CASE("a restore that was killed is ended by the same command", "[faults][snapshot]") {
  const Sweep sweep(GENERATE(Dialect::sqlite, Dialect::postgres));
  REQUIRE(sweep.run({"snapshot", "create", "one", "--tables", "users"}).status == 0);
  const std::string into = fmt::format("killed_{}", name_of(sweep.world().dialect()));
  const Words command{"snapshot", "restore", "one", "--into", into};
  const int points = sweep.points(command);
  drop(sweep.world(), sweep, into);
  CHECK(points >= 3);
  for (int point = 1; point <= points; ++point) {
    INFO("point " << point);
    sweep.killed_at(point, command);
    const Outcome again = sweep.run(command);
    INFO(again.err);
    const bool was_there = again.err.find("is there already") != std::string::npos;
    CHECK((again.status == 0 || (point == points && was_there)));
    CHECK(databases_like("%afloat_restoring") == 0);
    CHECK_FALSE(std::filesystem::exists(sweep.file(into) + ".afloat-restoring"));
    drop(sweep.world(), sweep, into);
  }
}

TEST_CASE("a restore in place that was killed has replaced all rows or none", "[faults][snapshot]") {
  const Sweep sweep(GENERATE(Dialect::sqlite, Dialect::postgres));
  REQUIRE(sweep.run({"snapshot", "create", "one", "--tables", "users"}).status == 0);
  const std::string name = sweep.world().dialect() == Dialect::sqlite
                               ? "app.db"
                               : *sweep.world().connect()->query("SELECT current_database()").scalar();
  const Words command{"snapshot", "restore", "one", "--in-place", name};
  const int points = sweep.points(command);
  for (int point = 1; point <= points; ++point) {
    INFO("point " << point);
    sweep.world().connect()->script("UPDATE users SET name = 'later'");
    sweep.killed_at(point, command);
    const auto names =
        sweep.world().connect()->query("SELECT count(DISTINCT name), min(name) FROM users").rows[0];
    const bool none = names[0] == "1" && names[1] == "later", all = names[0] == "2" && names[1] == "Ada";
    CHECK((none || all));
    CHECK(sweep.run(command).status == 0);
    CHECK(sweep.world().connect()->query("SELECT min(name) FROM users").scalar() == "Ada");
    sweep.all_whole();
  }
}

TEST_CASE("a whole database that is being replaced is the old one or the new one", "[faults][snapshot]") {
  PostgresServer& server = PostgresServer::instance();
  if (!server.has_pg_dump() || server.major_version() < 15) return; // from 15 on no superuser is needed
  const Sweep sweep(Dialect::postgres);
  REQUIRE(sweep.run({"snapshot", "create", "one"}).status == 0);
  const std::string name = *sweep.world().connect()->query("SELECT current_database()").scalar();
  const Words command{"snapshot", "restore", "one", "--in-place", name, "--end-sessions"};
  const int points = sweep.points(command), start = sweep.first("before restore");
  CHECK(points - start >= 5);
  drop(sweep.world(), sweep, name + "_replaced");
  for (int point = start; point <= points; ++point) {
    INFO("point " << point);
    sweep.world().connect()->script("UPDATE users SET name = 'later'");
    sweep.killed_at(point, command);
    const auto names =
        sweep.world().connect()->query("SELECT count(DISTINCT name), min(name) FROM users").rows[0];
    const bool old = names[0] == "1" && names[1] == "later", restored = names[0] == "2" && names[1] == "Ada";
    CHECK((point < points ? old : restored));
    const Outcome again = sweep.run(command);
    INFO(again.err);
    CHECK(again.status == 0);
    CHECK(sweep.world().connect()->query("SELECT min(name) FROM users").scalar() == "Ada");
    CHECK(server.connect(name + "_replaced")->query("SELECT min(name) FROM users").scalar() == "later");
    CHECK(databases_like(name + "\\_%") == (point < points ? 1 : 2));
    drop(sweep.world(), sweep, name + "_replaced");
    drop(sweep.world(), sweep, name + "_replaced_2");
  }
  sweep.all_whole();
}
