#include "support/world.hpp"

#include "support/places.hpp"
#include "support/postgres_dump.hpp"
#include "support/postgres_server.hpp"
#include "support/temp_folder.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <stdexcept>

#include <fmt/format.h>

namespace afloat::test {
namespace {
/// Defaults such as CURRENT_TIMESTAMP differ from run to run.
std::string without_times(const std::string& text) {
  static const std::regex time(R"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?)");
  return std::regex_replace(text, time, "TIME");
}

std::string cell(const Value& value) {
  return value.value_or("NULL");
}

class SqliteWorld final : public World {
 public:
  Dialect dialect() const override { return Dialect::sqlite; }
  std::string url() const override { return "sqlite:" + file(); }
  std::string app_url() const override { return url(); }
  std::string file() const { return (m_folder / "app.db").string(); }

  std::unique_ptr<World> copy() const override {
    auto other = std::make_unique<SqliteWorld>();
    for (const char* suffix : {"", "-wal"}) // a killed runner leaves its log behind
      if (std::filesystem::exists(file() + suffix))
        std::filesystem::copy(file() + suffix, other->file() + suffix);
    return other;
  }

  std::string dump() override {
    const auto database = connect();
    std::string text;
    const Result objects = database->query(
        "SELECT type, name, sql FROM sqlite_schema WHERE tbl_name NOT LIKE 'afloat~_%' ESCAPE '~' "
        "ORDER BY 1, 2");
    for (const auto& row : objects.rows) {
      text += fmt::format("{} {}: {}\n", cell(row[0]), cell(row[1]), cell(row[2]));
      if (row[0] != "table") continue;
      for (const auto& line :
           database->query(fmt::format("SELECT * FROM \"{}\" ORDER BY 1", cell(row[1]))).rows) {
        for (const Value& value : line) text += "  " + cell(value);
        text += '\n';
      }
    }
    text += "integrity: " + cell(database->query("PRAGMA integrity_check").scalar()) + "\n";
    return without_times(text);
  }

  void prepare(std::string_view sql) override {
    ConnectOptions options{url(), url()};
    options.must_exist = false;
    const auto database = open_database(options);
    database->query("PRAGMA journal_mode = WAL");
    database->script(sql);
  }

 private:
  TempFolder m_folder;
};

class PostgresWorld final : public World {
 public:
  PostgresWorld() : m_name(PostgresServer::instance().create_database()) {}
  explicit PostgresWorld(std::string name) : m_name(std::move(name)) {}
  ~PostgresWorld() override {
    PostgresServer& server = PostgresServer::instance();
    server.connect("postgres", "postgres")
        ->script(fmt::format("DROP DATABASE IF EXISTS {} WITH (FORCE)", m_name));
  }

  Dialect dialect() const override { return Dialect::postgres; }
  std::string url() const override { return PostgresServer::instance().url(m_name); }
  std::string app_url() const override { return PostgresServer::instance().url(m_name, "app"); }

  std::unique_ptr<World> copy() const override {
    static int copies = 0;
    std::string name = fmt::format("copy_{}", ++copies);
    PostgresServer& server = PostgresServer::instance();
    server.kill_backends(m_name);
    server.connect("postgres", "postgres")
        ->script(fmt::format("CREATE DATABASE {} TEMPLATE {} OWNER migrator", name, m_name));
    return std::make_unique<PostgresWorld>(std::move(name));
  }

  std::string dump() override {
    return without_times(PostgresServer::instance().has_pg_dump() ? pg_dump() : dump_catalogs(*connect()));
  }

  void prepare(std::string_view sql) override {
    const auto database = connect();
    database->script(sql);
    grant_to_app(*database);
  }

 private:
  std::string pg_dump() const {
    const Outcome outcome = run({"/usr/lib/postgresql/15/bin/pg_dump",
                                 {"--exclude-schema=afloat", "--inserts", "--rows-per-insert=1", "-d", url()},
                                 "/tmp",
                                 {}});
    if (outcome.status != 0) throw std::runtime_error("pg_dump: " + outcome.err);
    static const std::regex noise(R"(^(\\(un)?restrict|-- Dumped ))"); // a random word, version numbers
    std::string text;
    for (const std::string& line : split(outcome.out, '\n'))
      if (!std::regex_search(line, noise)) text += line + "\n";
    return text;
  }

  std::string m_name;
};
} // namespace

std::unique_ptr<Database> World::connect() const {
  return open_database({url(), url()});
}

std::unique_ptr<Database> World::connect_app() const {
  return open_database({app_url(), app_url()});
}

std::unique_ptr<World> make_world(Dialect dialect) {
  if (dialect == Dialect::sqlite) return std::make_unique<SqliteWorld>();
  return std::make_unique<PostgresWorld>();
}

Outcome afloat(const World& world, const std::filesystem::path& project, std::vector<std::string> arguments,
               const std::map<std::string, std::string>& faults) {
  arguments.insert(arguments.begin(), {"--url", world.url()});
  // Examples are run where they lie: what they leave goes elsewhere.
  const TempFolder snapshots;
  std::map<std::string, std::string> environment = faults;
  environment.try_emplace("AFLOAT_SNAPSHOT_FOLDER", snapshots.path().string());
  return run({faults.empty() ? afloat_program() : faulty_program(), std::move(arguments), project.string(),
              std::move(environment)});
}

std::string difference(const std::string& one, const std::string& other) {
  if (one == other) return {};
  std::string text;
  const auto surplus = [&](char sign, const std::string& of, const std::string& over) {
    std::map<std::string, int> known;
    for (const std::string& line : split(over, '\n')) ++known[line];
    for (const std::string& line : split(of, '\n'))
      if (--known[line] < 0) text += fmt::format("{} {}\n", sign, line);
  };
  surplus('-', one, other);
  surplus('+', other, one);
  return text.empty() ? "the same lines in another order" : text;
}

std::filesystem::path example(std::string_view name) {
  return source_folder() / "migrations-examples" / name;
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

} // namespace afloat::test
