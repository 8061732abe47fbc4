#pragma once

#include "dialect/database.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace afloat::test {

/// A throw-away PostgreSQL cluster: one for each test program, made when first asked for, stopped at exit.
/// Binaries are taken from AFLOAT_PG_BIN, else from Debian's folder of PostgreSQL 15. Roles: `postgres`
/// (superuser), `migrator` (owns the databases, no superuser) and `app` (owns nothing), all without password
/// on the Unix socket; over TCP `app` and `migrator` need the password "secret".
class PostgresServer {
 public:
  static PostgresServer& instance();
  static std::string binary(std::string_view name); ///< the path of one of the server's programs
  ~PostgresServer();

  /// A fresh database owned by migrator, in which app may use schema public; returns its name.
  std::string create_database();
  /// postgres://… on the Unix socket.
  std::string url(std::string_view database, std::string_view role = "migrator") const;
  /// The same over loopback TCP, with a password.
  std::string tcp_url(std::string_view database, std::string_view role, std::string_view password) const;
  std::unique_ptr<Database> connect(std::string_view database, std::string_view role = "migrator") const;

  void restart(); ///< fast shutdown and start: every connection is cut
  void stop();    ///< until start()
  void start();
  void kill_backends(std::string_view database); ///< terminates all sessions of the database
  int major_version() const { return m_version / 10'000; }
  /// Whether Debian's pg_dump 15 reads this server: it refuses newer ones.
  bool has_pg_dump() const { return major_version() <= 15; }
  int port() const { return m_port; }
  const std::string& socket_folder() const { return m_folder; }

 private:
  PostgresServer();

  std::string m_folder; ///< cluster, socket and log
  int m_port = 0;
  int m_databases = 0;
  int m_version = 0; ///< as the server counts: 150020
};

/// Grants app all rights on every table and sequence of schema public, and nothing else.
void grant_to_app(Database& owner);

} // namespace afloat::test
