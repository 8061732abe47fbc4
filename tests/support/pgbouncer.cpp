#include "support/pgbouncer.hpp"

#include "support/postgres_server.hpp"
#include "support/wait.hpp"

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <unistd.h>

#include <fmt/format.h>

namespace afloat::test {
namespace {
constexpr int k_port = 6432; // of the socket's name alone: it listens on no network

std::string settings(const std::filesystem::path& folder, const PostgresServer& server) {
  return fmt::format("[databases]\n* = host={} port={}\n"
                     "[pgbouncer]\nlisten_addr =\nlisten_port = {}\nunix_socket_dir = {}\n"
                     "auth_type = trust\nauth_file = {}/users\npool_mode = transaction\n"
                     "default_pool_size = 4\nmax_client_conn = 100\nserver_lifetime = 1\n"
                     "ignore_startup_parameters = extra_float_digits,options\n"
                     "logfile = {}/log\npidfile = {}/pid\n",
                     server.socket_folder(), server.port(), k_port, folder.string(), folder.string(),
                     folder.string(), folder.string());
}
} // namespace

std::optional<std::string> PgBouncer::program() {
  constexpr std::array<const char*, 3> k_places{"/usr/sbin/pgbouncer", "/usr/bin/pgbouncer",
                                                "/usr/local/bin/pgbouncer"};
  for (const char* place : k_places)
    if (std::filesystem::exists(place)) return place;
  return std::nullopt;
}

PgBouncer::PgBouncer() {
  const std::filesystem::path& folder = m_folder.path();
  std::ofstream(folder / "ini") << settings(folder, PostgresServer::instance());
  std::ofstream(folder / "users") << "\"app\" \"\"\n\"migrator\" \"\"\n";
  std::string command = fmt::format("{} -q -d {}/ini", program().value(), folder.string());
  if (geteuid() == 0) { // it refuses to run as root
    std::filesystem::permissions(folder, std::filesystem::perms(0711));
    command = fmt::format("chown -R postgres {} && runuser -u postgres -- {}", folder.string(), command);
  }
  if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
  wait_until("PgBouncer", [&] {
    std::ifstream(folder / "pid") >> m_pid;
    return m_pid > 0 && std::filesystem::exists(folder / fmt::format(".s.PGSQL.{}", k_port));
  });
}

PgBouncer::~PgBouncer() {
  if (m_pid > 0) kill(m_pid, SIGQUIT);
}

std::string PgBouncer::url(std::string_view direct) const {
  const PostgresServer& server = PostgresServer::instance();
  const std::string own = fmt::format("host={}&port={}", server.socket_folder(), server.port());
  std::string url(direct);
  const std::size_t at = url.find(own);
  if (at == std::string::npos) throw std::invalid_argument("not a URL of the tests' server: " + url);
  return url.replace(at, own.size(), fmt::format("host={}&port={}", m_folder.path().string(), k_port));
}

} // namespace afloat::test
