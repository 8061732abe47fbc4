#include "support/postgres_server.hpp"

#include "dialect/postgres/database.hpp"

#include <arpa/inet.h>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/format.h>

namespace afloat::test {
namespace {
/// The server refuses to run as root: there, everything is done by the user postgres.
void run_as_server(const std::string& command) {
  const std::string whole = geteuid() == 0 ? "runuser -u postgres -- " + command : command;
  if (std::system(whole.c_str()) != 0) throw std::runtime_error("failed: " + whole);
}

int free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (fd < 0 || bind(fd, generic, size) != 0 || getsockname(fd, generic, &size) != 0)
    throw std::runtime_error("no free port");
  close(fd);
  return ntohs(address.sin_port);
}

bool has_pg_stat_statements() {
  const std::filesystem::path bin(PostgresServer::binary("postgres"));
  const auto root = bin.parent_path().parent_path();
  for (const char* place : {"lib/pg_stat_statements.so", "lib/postgresql/pg_stat_statements.so"})
    if (std::filesystem::exists(root / place)) return true;
  return false;
}
} // namespace

std::string PostgresServer::binary(std::string_view name) {
  const char* folder = std::getenv("AFLOAT_PG_BIN");
  return fmt::format("{}/{}", folder ? folder : "/usr/lib/postgresql/15/bin", name);
}

PostgresServer& PostgresServer::instance() {
  static PostgresServer server;
  return server;
}

PostgresServer::PostgresServer() {
  std::string name = (std::filesystem::temp_directory_path() / "afloat-pg-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed for " + name);
  m_folder = name;
  if (geteuid() == 0 && std::system(fmt::format("chown postgres {}", m_folder).c_str()) != 0)
    throw std::runtime_error("chown failed for " + m_folder);
  std::filesystem::permissions(m_folder, std::filesystem::perms(0711));
  m_port = free_port();
  run_as_server(fmt::format("{} -D {}/data -U postgres -A trust -E UTF8 --locale=C --no-sync > /dev/null",
                            binary("initdb"), m_folder));
  std::ofstream(m_folder + "/data/postgresql.auto.conf")
      << "fsync = off\nwal_level = logical\nmax_connections = 100\nlisten_addresses = '127.0.0.1'\n"
      << fmt::format("port = {}\nunix_socket_directories = '{}'\n", m_port, m_folder)
      << (has_pg_stat_statements() ? "shared_preload_libraries = 'pg_stat_statements'\n" : "");
  std::ofstream(m_folder + "/data/pg_hba.conf")
      << "local all all trust\nlocal replication all trust\nhost all all 127.0.0.1/32 scram-sha-256\n";
  start();
  const auto admin = connect("postgres", "postgres");
  m_version = admin->facts().server_version;
  admin->script(
      "CREATE ROLE migrator LOGIN PASSWORD 'secret' CREATEDB; CREATE ROLE app LOGIN PASSWORD 'secret'");
}

PostgresServer::~PostgresServer() {
  try {
    stop();
  } catch (const std::exception&) {
    // The folder goes all the same; a postmaster whose data folder is gone ends itself.
  }
  std::error_code ignored;
  std::filesystem::remove_all(m_folder, ignored);
}

void PostgresServer::start() {
  run_as_server(
      fmt::format("{} -D {}/data -l {}/log -w start > /dev/null", binary("pg_ctl"), m_folder, m_folder));
}

void PostgresServer::stop() {
  run_as_server(fmt::format("{} -D {}/data -m fast -w stop > /dev/null", binary("pg_ctl"), m_folder));
}

void PostgresServer::restart() {
  stop();
  start();
}

std::string PostgresServer::create_database() {
  const std::string name = fmt::format("test_{}", ++m_databases);
  connect("postgres", "postgres")->query(fmt::format("CREATE DATABASE {} OWNER migrator", name), {});
  // Up to 14 everybody may create in schema public.
  connect(name, "postgres")
      ->script("ALTER SCHEMA public OWNER TO migrator; REVOKE CREATE ON SCHEMA public FROM PUBLIC;"
               "GRANT USAGE ON SCHEMA public TO app");
  return name;
}

std::string PostgresServer::url(std::string_view database, std::string_view role) const {
  return fmt::format("postgres:///{}?host={}&port={}&user={}", database, m_folder, m_port, role);
}

std::string PostgresServer::tcp_url(std::string_view database, std::string_view role,
                                    std::string_view password) const {
  return fmt::format("postgres://{}:{}@127.0.0.1:{}/{}", role, password, m_port, database);
}

std::unique_ptr<Database> PostgresServer::connect(std::string_view database, std::string_view role) const {
  return open_postgres({.url = url(database, role), .safe_url = fmt::format("postgres:///{}", database)});
}

void PostgresServer::kill_backends(std::string_view database) {
  const auto admin = connect("postgres", "postgres");
  admin->query("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1",
               {std::string(database)});
}

void grant_to_app(Database& owner) {
  owner.script("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO app;"
               "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO app");
}

} // namespace afloat::test
