#include "commands/schema_source.hpp"

#include "commands/session.hpp"
#include "commands/work.hpp"
#include "dialect/schema_reader.hpp"
#include "sql/script.hpp"
#include "support/source_text.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <unistd.h>

#include <fmt/format.h>

namespace afloat {
namespace {
bool is_url(const std::string& source) {
  return source.starts_with("sqlite:") || source.find("://") != std::string::npos
         || source.find('=') != std::string::npos;
}

/// The same server, another database.
std::string with_database(const std::string& url, const std::string& name) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string::npos) return fmt::format("{} dbname={}", url, name); // the last one counts
  const std::size_t query = std::min(url.find('?'), url.size());
  const std::size_t path = std::min(url.find('/', scheme + 3), query);
  return fmt::format("{}/{}{}", url.substr(0, path), name, url.substr(query));
}

/// A database of its own for the time of a replay.
class Scratch {
 public:
  explicit Scratch(const Config& config) : m_options(connect_options(config, Access::write)) {
    if (dialect_of(config) == Dialect::sqlite) {
      m_options.url = "sqlite::memory:";
      m_options.must_exist = false;
    } else {
      m_server = connect(config, Access::write);
      m_name = fmt::format("afloat_scratch_{}", getpid());
      m_server->script(fmt::format("CREATE DATABASE {} TEMPLATE template0", m_name));
      m_options.url = with_database(m_options.url, m_name);
    }
    try {
      m_database = open_database(m_options);
    } catch (const Error&) {
      drop();
      throw;
    }
  }
  ~Scratch() {
    m_database.reset();
    drop();
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  Database& database() { return *m_database; }

 private:
  void drop() noexcept {
    try {
      if (m_server) m_server->script(fmt::format("DROP DATABASE IF EXISTS {}", m_name));
    } catch (const std::exception&) {
      // An empty database is left on the server; its name says whose it is.
    }
  }

  ConnectOptions m_options;
  std::unique_ptr<Database> m_server, m_database;
  std::string m_name;
};

SchemaModel schema_of_file(const Arguments& arguments, const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  const std::string sql{std::istreambuf_iterator<char>(stream), {}};
  Scratch scratch(config_of(arguments));
  const SourceText source(path, sql);
  for (const ScriptItem& item : read_script(source, scratch.database().dialect())) try {
      if (!item.marker) scratch.database().script(item.text);
    } catch (Error& error) {
      error.message = fmt::format("{} cannot be run in an empty database: {}", path, error.message);
      error.where = source.at(item.offset + error.offset.value_or(0));
      error.sql.clear();
      if (error.code == ErrorCode::statement) error.code = ErrorCode::usage;
      error.hint = "The file must make a whole schema by itself. Nothing was changed.";
      throw;
    }
  return read_schema(scratch.database());
}
} // namespace

Config config_for(const Arguments& arguments, const std::string& source) {
  Arguments other = arguments;
  other.options[is_url(source) ? "--url" : "--env"] = source;
  if (!is_url(source)) other.options.erase("--url");
  try {
    return config_of(other);
  } catch (Error& error) {
    constexpr std::string_view k_asked = " (asked for by --env)";
    if (error.message.ends_with(k_asked))
      error.message = fmt::format("\"{}\" is no file and no URL, and {}", source,
                                  error.message.substr(0, error.message.size() - k_asked.size()));
    throw;
  }
}

SchemaModel schema_of(const Arguments& arguments, const std::string& source) {
  if (std::filesystem::is_directory(source))
    throw Error(ErrorCode::usage, fmt::format("{} is a directory", source),
                "Apply its migrations to an empty database, `afloat --url URL migrate`, and give its URL.");
  if (!is_url(source) && std::filesystem::is_regular_file(source)) return schema_of_file(arguments, source);
  return read_schema(*connect(config_for(arguments, source), Access::read));
}

} // namespace afloat
