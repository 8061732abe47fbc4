#include "support/project.hpp"
#include "support/users.hpp"
#include "support/wait.hpp"

#include <csignal>
#include <fstream>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
/// The state letter of a process in /proc (proc(5)): T is stopped.
char state_of(pid_t pid) {
  const std::string text = read_file(fmt::format("/proc/{}/stat", pid));
  const std::size_t name_end = text.rfind(')');
  return name_end == std::string::npos ? '?' : text.at(name_end + 2);
}

/// A run that has stopped itself at a point.
std::unique_ptr<Running> stopped_at(const Project& project, const World& world,
                                    const std::vector<std::string>& words, std::size_t point) {
  auto running = std::make_unique<Running>(
      project.command(world, words, {{"AFLOAT_FAULT", "stop"}, {"AFLOAT_FAULT_AT", std::to_string(point)}}));
  wait_until("the runner to stop itself", [&] { return state_of(running->pid()) == 'T'; });
  return running;
}

/// The points at which no transaction is open: a stopped process holds no lock there.
std::vector<std::size_t> after_commits(const std::vector<std::string>& points) {
  std::vector<std::size_t> numbers;
  for (std::size_t i = 0; i + 1 < points.size(); ++i)
    if (points[i].starts_with("after commit")) numbers.push_back(i + 1);
  return numbers;
}
} // namespace

TEST_CASE("of two runners at once one works and the other says who does", "[faults]") {
  const auto world = users(GENERATE(Dialect::sqlite, Dialect::postgres), "text NOT NULL UNIQUE");
  const Project project({k_rename});
  const auto points = project.points(*world->copy(), {"expand"});
  const auto slow = stopped_at(project, *world, {"expand"}, after_commits(points).front());
  for (const char* command : {"expand", "abort"}) {
    const Outcome second = project.run(*world, {command});
    INFO(second.out << second.err);
    REQUIRE(second.status == 5);
    REQUIRE(second.err.find(fmt::format("(process {} on ", slow->pid())) != std::string::npos);
    REQUIRE(second.err.find("is changing this database since 20") != std::string::npos);
  }
  slow->signal(SIGCONT);
  const Outcome first = slow->wait();
  INFO(first.out << first.err);
  REQUIRE(first.status == 0);
  project.succeed(*world, {"contract", "--quiet", "0"});
}

TEST_CASE("a runner that was frozen past its lease commits nothing when it wakes", "[faults]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const auto world = users(dialect, "text NOT NULL UNIQUE");
  const Project project({k_rename}, "lease_timeout = \"1s\"\n");
  const auto points = project.points(*world->copy(), {"expand"});
  const auto choices = after_commits(points);
  std::vector<std::size_t> frozen_at{choices.front(), choices.at(choices.size() / 2), choices.back()};
  // A transaction that is open on PostgreSQL ends with the backend; on SQLite it keeps the file, and nobody
  // can take over.
  if (dialect == Dialect::postgres)
    for (std::size_t i = 0; i < points.size(); ++i)
      if (points[i].starts_with("before")) frozen_at.push_back(i + 1);
  for (const std::size_t point : frozen_at) {
    INFO("frozen at point " << point << ", " << points.at(point - 1));
    const auto copy = world->copy();
    const auto frozen = stopped_at(project, *copy, {"expand"}, point);
    Outcome other;
    wait_until("the lease to run out", [&] {
      other = project.run(*copy, {"expand"});
      return other.status != 5;
    });
    INFO(other.out << other.err);
    REQUIRE(other.status == 0);
    const std::string dump = copy->dump();
    const std::string status = project.succeed(*copy, {"status"});
    frozen->signal(SIGCONT);
    const Outcome woken = frozen->wait();
    INFO(woken.out << woken.err);
    REQUIRE(woken.status != 0);
    REQUIRE(difference(dump, copy->dump()) == "");
    project.succeed(*copy, {"verify"});
    project.succeed(*copy, {"contract", "--quiet", "0"});
  }
}

TEST_CASE("SIGTERM in the middle of a backfill exits 130 and the same command resumes", "[faults]") {
  const auto world = make_world(GENERATE(Dialect::sqlite, Dialect::postgres));
  world->prepare("CREATE TABLE users (id integer PRIMARY KEY, user_name text NOT NULL)");
  std::string rows = "BEGIN; INSERT INTO users VALUES (0, 'u0')";
  for (int i = 1; i < 30000; ++i) rows += fmt::format(", ({}, 'u{}')", i, i);
  world->connect()->script(rows + "; COMMIT");
  const Project project({k_rename}, "batch_time = \"1ms\"\n");
  const std::string log = project.file("points");
  Running running(project.command(*world, {"expand"}, {{"AFLOAT_FAULT_LOG", log}}));
  const auto batches = [&] {
    std::ifstream stream(log);
    int count = 0;
    for (std::string line; std::getline(stream, line);) count += line == "after commit 1.2";
    return count;
  };
  wait_until("some batches", [&] { return batches() >= 5; });
  running.signal(SIGTERM);
  const Outcome outcome = running.wait();
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.status == 130);
  REQUIRE(outcome.err.find("the same command resumes") != std::string::npos);
  REQUIRE(world->connect()->query("SELECT count(*) > 0 FROM users WHERE username IS NULL").scalar()
          == (world->dialect() == Dialect::sqlite ? "1" : "t"));
  project.succeed(*world, {"expand"});
  REQUIRE(world->connect()
              ->query("SELECT count(*) FROM users WHERE username IS NULL OR username <> user_name")
              .scalar()
          == "0");
}
