#pragma once

#include "support/postgres_server.hpp"
#include "support/project.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace afloat::test {
using Words = std::vector<std::string>;

inline constexpr std::string_view k_shop =
    "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, nick text);"
    "CREATE INDEX users_name ON users (name);"
    "INSERT INTO users VALUES (1, 'Ada', 'countess'), (2, 'Bert', NULL), (3, 'Zoë', '');"
    "CREATE TABLE orders (id integer PRIMARY KEY, user_id integer NOT NULL REFERENCES users (id), price "
    "numeric);"
    "INSERT INTO orders VALUES (1, 1, 9.99), (2, 3, NULL);"
    "CREATE VIEW buyers AS SELECT user_id FROM orders";
inline constexpr const char* k_drop_nick =
    "[[operation]]\ntype = \"drop_column\"\ntable = \"users\"\ncolumn = \"nick\"\n";

/// A project whose snapshots lie beside its afloat.toml.
class Shop {
 public:
  explicit Shop(Dialect dialect, const std::string& settings = "", const Words& migrations = {k_drop_nick})
      : m_world(make_world(dialect)),
        m_project(migrations, "\n[contract]\nquiet = \"0\"\nretention = \"0\"\n[snapshot]\n" + settings) {
    m_world->prepare(k_shop);
  }

  World& world() const { return *m_world; }
  const Project& project() const { return m_project; }
  std::filesystem::path store() const { return m_project.path() / "snapshots"; }
  /// Whether a snapshot restores without complaint: before 15, only a superuser makes schema public the
  /// property of somebody else, as the test server does.
  bool has_pg_dump() const {
    if (m_world->dialect() == Dialect::sqlite) return true;
    return PostgresServer::instance().has_pg_dump() && PostgresServer::instance().major_version() >= 15;
  }

  Outcome run(const Words& words, const std::map<std::string, std::string>& environment = {}) const {
    return run_at(m_world->url(), words, environment);
  }
  Outcome run_at(const std::string& url, Words words,
                 std::map<std::string, std::string> environment = {}) const {
    environment.try_emplace("AFLOAT_SNAPSHOT_FOLDER", store().string());
    words.insert(words.begin(), {"--url", url});
    return test::run({afloat_program(), std::move(words), m_project.path().string(), std::move(environment)});
  }
  std::string succeed(const Words& words) const {
    const Outcome outcome = run(words);
    INFO(join(words, " ") << "\n" << outcome.out << outcome.err);
    REQUIRE(outcome.status == 0);
    return outcome.out + outcome.err;
  }
  /// Names of what is in the store, hidden ones too.
  Words stored() const {
    Words names;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(store(), none))
      names.push_back(entry.path().filename().string());
    std::ranges::sort(names);
    return names;
  }
  /// A connection to what was restored under this name.
  std::unique_ptr<Database> restored(const std::string& name) const {
    const std::string url = m_world->dialect() == Dialect::sqlite ? "sqlite:" + m_project.file(name)
                                                                  : PostgresServer::instance().url(name);
    return open_database({url, url});
  }
  /// A name for a restored database that no other test has.
  std::string new_name() const {
    static int number = 0;
    return fmt::format("restored_{}_{}", PostgresServer::instance().port(), ++number);
  }

 private:
  std::unique_ptr<World> m_world;
  Project m_project;
};

inline Dialect each_dialect() {
  return GENERATE(Dialect::sqlite, Dialect::postgres);
}

inline Words values(Database& database, const std::string& query) {
  Words all;
  for (const auto& row : database.query(query, {}).rows)
    for (const Value& value : row) all.push_back(value.value_or("NULL"));
  return all;
}

} // namespace afloat::test
