#include "support/postgres_server.hpp"
#include "support/project.hpp"
#include "support/text.hpp"
#include "support/wait.hpp"

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

/// The server has seen that those who were killed are gone.
void wait_for_sessions(const Sweep& sweep) {
  if (sweep.world().dialect() == Dialect::sqlite) return;
  const auto admin = PostgresServer::instance().connect("postgres", "postgres");
  wait_until("sessions are gone", [&] {
    return admin->query("SELECT count(*) FROM pg_stat_activity WHERE usename = 'migrator'", {}).scalar()
           == "0";
  });
}

/// Before 15 only a superuser makes schema public the property of somebody else: a restore complains of it.
bool complains(const Sweep& sweep) {
  const PostgresServer& server = PostgresServer::instance();
  return sweep.world().dialect() == Dialect::postgres && server.has_pg_dump() && server.major_version() < 15;
}

/// Hidden folders, files beside those that are to be made, and scratch databases; none of them waits.
Words left(const Sweep& sweep) {
  Words names;
  for (const std::filesystem::path& folder : {sweep.store(), sweep.store().parent_path()})
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with('.') || name.find(".afloat-restoring") != std::string::npos) names.push_back(name);
    }
  for (const auto& row : PostgresServer::instance()
                             .connect("postgres", "postgres")
                             ->query("SELECT datname FROM pg_database WHERE datname ~ '^afloat_scratch_'", {})
                             .rows)
    names.push_back(*row[0]);
  return names;
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
  if (complains(sweep)) return;
  REQUIRE(sweep.run({"snapshot", "create", "one", "--tables", "users"}).status == 0);
  const std::string into = fmt::format("killed_{}", name_of(sweep.world().dialect()));
  const Words command{"snapshot", "restore", "one", "--into", into};
  const int points = sweep.points(command);
  drop(sweep.world(), sweep, into);
  CHECK(points >= 3);
  for (int point = 1; point <= points; ++point) {
    INFO("point " << point);
    sweep.killed_at(point, command);
    wait_for_sessions(sweep);
    const Outcome again = sweep.run(command);
    INFO(again.err);
    const bool was_there = again.err.find("is there already") != std::string::npos;
    CHECK((again.status == 0 || (point == points && was_there)));
    CHECK(left(sweep).empty());
    drop(sweep.world(), sweep, into);
  }
}

TEST_CASE("prune removes what a killed restore or verify has left, and nothing else", "[faults][snapshot]") {
  const Sweep sweep(GENERATE(Dialect::sqlite, Dialect::postgres));
  if (complains(sweep)) return;
  const bool postgres = sweep.world().dialect() == Dialect::postgres;
  const Words prune{"snapshot", "prune", "--keep", "9"};
  REQUIRE(sweep.run({"snapshot", "create", "one", "--tables", "users"}).status == 0);
  std::ofstream(sweep.file("mine.afloat-restoring")) << "mine";
  std::filesystem::create_directory(sweep.file("mine.partial"));
  const Words mine{"afloat_scratch_1_1", "afloat_scratch_1", "mine_afloat_restoring"};
  const auto admin = PostgresServer::instance().connect("postgres", "postgres");
  const auto marked = [&](const std::string& name) {
    admin->script(
        fmt::format("COMMENT ON DATABASE {} IS 'afloat: made for a restore, may be dropped'", name));
  };
  if (postgres)
    for (const std::string& name : mine)
      admin->script(fmt::format("CREATE DATABASE {} OWNER migrator", name));
  const Words of_mine = left(sweep);
  CHECK(of_mine.size() == (postgres ? 3 : 1));
  const std::string into = fmt::format("pruned_{}", name_of(sweep.world().dialect()));
  for (const Words& command : {Words{"snapshot", "restore", "one", "--into", into},
                               Words{"snapshot", "verify", "one", "--restore"}}) {
    const int points = sweep.points(command);
    drop(sweep.world(), sweep, into);
    bool was_left = false;
    for (int point = 1; point <= points; ++point) {
      INFO(command[1] << " at point " << point);
      sweep.killed_at(point, command);
      wait_for_sessions(sweep);
      was_left |= left(sweep).size() > of_mine.size();
      Words dry = prune;
      dry.emplace_back("--dry-run");
      const Words before = left(sweep);
      const Outcome said = sweep.run(dry), done = sweep.run(prune);
      INFO(said.out << done.out << done.err);
      CHECK(done.status == 0);
      CHECK(left(sweep) == of_mine);
      CHECK((said.out == "nothing to prune\n") == (before == of_mine));
      CHECK(said.out.empty() == done.out.empty());
      drop(sweep.world(), sweep, into);
    }
    CHECK(was_left);
  }
  if (!postgres) return;
  // What another role made is not ours, whatever it says; the other two are as an earlier version left them.
  for (const std::string& name : mine) marked(name);
  admin->script("ALTER DATABASE afloat_scratch_1_1 OWNER TO app");
  CHECK(sweep.run(prune).out
        == "database afloat_scratch_1, left by a run that was killed, is removed\n"
           "database mine_afloat_restoring, left by a run that was killed, is removed\n");
  CHECK(left(sweep) == Words{"mine.afloat-restoring", "afloat_scratch_1_1"});
  CHECK(databases_like("mine\\_%") == 0);
  admin->script("DROP DATABASE afloat_scratch_1_1");
}

TEST_CASE("a restore in place that was killed has replaced all rows or none", "[faults][snapshot]") {
  const Sweep sweep(GENERATE(Dialect::sqlite, Dialect::postgres));
  const bool whole = sweep.world().dialect() == Dialect::sqlite && GENERATE(false, true);
  // The copy is in this mode, too, and a reader of it makes files beside it.
  if (whole) sweep.world().connect()->script("PRAGMA journal_mode = WAL");
  Words create{"snapshot", "create", "one"};
  if (!whole) create.insert(create.end(), {"--tables", "users"});
  REQUIRE(sweep.run(create).status == 0);
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
    wait_for_sessions(sweep);
    const bool waits = databases_like(name + "\\_afloat\\_restoring") == 1;
    CHECK(sweep.run({"snapshot", "prune"}).status == 0);
    CHECK((databases_like(name + "\\_afloat\\_restoring") == 1) == waits);
    CHECK(left(sweep).empty());
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
