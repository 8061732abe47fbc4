#include "support/postgres_server.hpp"
#include "support/program.hpp"
#include "support/project.hpp"
#include "support/wait.hpp"
#include "support/world.hpp"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace afloat::test {
namespace {
/// A streaming copy of the test server, on a socket of its own.
class Standby {
 public:
  Standby() : m_folder(PostgresServer::instance().socket_folder() + "/standby") {
    const PostgresServer& primary = PostgresServer::instance();
    run_as_server(fmt::format("mkdir {}", m_folder));
    run_as_server(fmt::format("{} -D {}/data -R -c fast --no-sync -h {} -p {} -U postgres",
                              PostgresServer::binary("pg_basebackup"), m_folder, primary.socket_folder(),
                              primary.port()));
    run_as_server(fmt::format("{} -D {}/data -o '-c unix_socket_directories={} -c listen_addresses=' -l "
                              "{}/log -w start > /dev/null",
                              PostgresServer::binary("pg_ctl"), m_folder, m_folder, m_folder));
  }
  ~Standby() {
    try {
      run_as_server(fmt::format("{} -D {}/data -m immediate -w stop > /dev/null",
                                PostgresServer::binary("pg_ctl"), m_folder));
    } catch (const std::exception&) {
      // The test has failed already.
    }
  }
  Standby(const Standby&) = delete;
  Standby& operator=(const Standby&) = delete;

  std::string url(const std::string& database) const {
    return fmt::format("postgres:///{}?host={}&port={}&user=migrator", database, m_folder,
                       PostgresServer::instance().port());
  }

 private:
  static void run_as_server(const std::string& command) {
    const std::string whole = geteuid() == 0 ? "runuser -u postgres -- sh -c \"" + command + "\"" : command;
    if (std::system(whole.c_str()) != 0) throw std::runtime_error("failed: " + whole);
  }

  std::string m_folder;
};
} // namespace

TEST_CASE("postgres: a standby is compared with its primary, and with what was recorded",
          "[drift][postgres]") {
  if (!std::filesystem::exists(PostgresServer::binary("pg_basebackup"))) return; // servers built for tests
  const auto world = make_world(Dialect::postgres);
  const Project project({"-- afloat:expand\nCREATE TABLE users (id integer PRIMARY KEY);\n"});
  project.succeed(*world, {"migrate"});
  const Standby standby;
  const std::string there = standby.url(world->connect()->facts().database);
  CHECK(project.succeed(*world, {"drift", "--against", there}).find("no difference of ") == 0);
  const auto on_standby = [&](const std::vector<std::string>& words) {
    std::vector<std::string> all{"--url", there};
    all.insert(all.end(), words.begin(), words.end());
    return run({afloat_program(), all, project.path().string(), {}});
  };
  CHECK(on_standby({"drift"}).out.starts_with("no difference from the schema recorded at "));
  const Outcome verified = on_standby({"verify"});
  CHECK(verified.status == 0);
  CHECK(verified.err == "");

  const auto copy = open_database({there, there});
  world->connect()->script("ALTER TABLE users ADD note text");
  wait_until("the standby", [&] {
    return copy->query("SELECT count(*) FROM pg_attribute WHERE attname = 'note' AND attrelid = "
                       "'users'::regclass",
                       {})
               .scalar()
           == "1";
  });
  CHECK(project.succeed(*world, {"drift", "--against", there}).find("no difference of ") == 0);
  CHECK(on_standby({"drift"}).out.ends_with("\n  added column note of public.users\n"));
  const Outcome refused = on_standby({"drift", "--accept", "why not"});
  CHECK(refused.status == 4);
  CHECK(refused.err.find("is a standby: it cannot be changed") != std::string::npos);
}
} // namespace afloat::test
