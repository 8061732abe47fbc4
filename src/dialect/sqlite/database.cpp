#include "dialect/sqlite/database.hpp"

#include "dialect/sqlite/blockers.hpp"
#include "dialect/sqlite/connection.hpp"
#include "dialect/sqlite/errors.hpp"
#include "dialect/sqlite/foreign_keys.hpp"
#include "dialect/sqlite/functions.hpp"
#include "dialect/sqlite/long_triggers.hpp"
#include "dialect/sqlite/scan.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <filesystem>
#include <limits>
#include <map>
#include <unistd.h>

#include <fmt/format.h>
#include <sqlite3.h>

namespace afloat {
namespace {
using sqlite::Connection;
using sqlite::error_of;

constexpr std::size_t k_cached_statements = 64;

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Prepared = std::unique_ptr<sqlite3_stmt, Finalize>;

/// A statement that has not been reset keeps its locks.
struct Reset {
  sqlite3_stmt* statement;
  ~Reset() {
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
  }
};

/// Pragmas may take effect while they are prepared, and schema statements run once: only these are worth
/// keeping.
bool may_cache(std::string_view sql) {
  constexpr std::array<std::string_view, 5> k_verbs{"select", "insert", "update", "delete", "with"};
  const std::size_t start = std::min(sql.find_first_not_of(" \t\r\n"), sql.size());
  return std::any_of(k_verbs.begin(), k_verbs.end(), [&](std::string_view verb) {
    return sqlite::same_name(sql.substr(start, verb.size()), verb);
  });
}

class Sqlite final : public SqliteDatabase {
 public:
  Sqlite(std::string path, Connection connection, bool read_only)
      : m_path(std::move(path)), m_connection(std::move(connection)) {
    sqlite3_extended_result_codes(raw(), 1);
    sqlite3_busy_handler(
        raw(), [](void* self, int tries) { return static_cast<Sqlite*>(self)->wait(tries); }, this);
    sqlite::register_functions(raw(), &m_schema_edited);
    if (read_only) script("PRAGMA query_only = ON");
    read_header();
    fill_facts();
  }

  const SessionFacts& facts() const override { return m_facts; }

  Result query(std::string_view sql, std::span<const Value> parameters) override {
    m_cancelled = false;
    sqlite::LongTriggersAside aside(raw(), sql);
    m_schema_edited = m_schema_edited || aside.any();
    Result result = run(sql, parameters);
    aside.put_back();
    return result;
  }

  void script(std::string_view sql) override {
    m_cancelled = false;
    m_statements.clear();
    const std::string text(sql);
    m_pragmas_ran =
        m_pragmas_ran || (in_transaction() && lower_case(text).find("pragma") != std::string::npos);
    sqlite::LongTriggersAside aside(raw(), sql);
    m_schema_edited = m_schema_edited || aside.any();
    const int code = sqlite3_exec(raw(), text.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) throw failure(code, sql);
    aside.put_back();
  }

  void begin(std::chrono::milliseconds lock_timeout) override {
    m_lock_wait.timeout = lock_timeout;
    if (m_keys != Keys::off_next) return static_cast<void>(query("BEGIN IMMEDIATE", {}));
    m_keys = Keys::off;
    execute("PRAGMA foreign_keys = OFF"); // inside the transaction SQLite would not listen
    try {
      query("BEGIN IMMEDIATE", {});
      m_key_check.emplace(*this);
    } catch (...) {
      rollback();
      throw;
    }
  }

  void commit() override {
    if (m_key_check) m_key_check->verify(*this);
    query("COMMIT", {});
    m_schema_edited = false;
    restore_session();
    hear_triggers();
  }

  void without_foreign_keys() override { m_keys = Keys::off_next; }

  void rollback() noexcept override {
    m_cancelled = false;
    if (in_transaction()) execute("ROLLBACK");
    if (std::exchange(m_schema_edited, false)) // the edit may have stopped before its own RESET
      execute("PRAGMA writable_schema = RESET");
    restore_session();
    hear_triggers();
  }

  bool in_transaction() const override { return sqlite3_get_autocommit(m_connection.get()) == 0; }

  void wait_for_disk(bool wait) override {
    if (query("PRAGMA journal_mode", {}).scalar() == "wal") // elsewhere a file could be damaged
      query(wait ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL", {});
  }

  void set_lock_timeout(std::chrono::milliseconds timeout) override {
    m_lock_wait.timeout = timeout.count() == 0 ? std::chrono::milliseconds::max() : timeout;
  }

  bool was_cancelled() const noexcept override { return m_was_cancelled; }

  void cancel() noexcept override {
    m_cancelled = true;
    sqlite3_interrupt(raw());
  }

  bool is_alive(const std::string&, const std::string&) override { return true; } // there is only the process
  void terminate(const std::string&, const std::string&) override {}

  std::vector<Blocker> blockers(std::span<const std::string>) override {
    return sqlite::file_lock_holders(m_path);
  }

  std::vector<std::pair<std::string, std::string>> columns_read(std::string_view select) override {
    std::vector<std::pair<std::string, std::string>> columns;
    const auto note = [](void* to, int action, const char* table, const char* column, const char*,
                         const char*) {
      if (action == SQLITE_READ && table != nullptr && column != nullptr)
        static_cast<decltype(columns)*>(to)->emplace_back(table, column);
      return SQLITE_OK;
    };
    sqlite3_set_authorizer(raw(), note, &columns);
    sqlite3_stmt* statement = nullptr;
    const int code =
        sqlite3_prepare_v2(raw(), select.data(), static_cast<int>(select.size()), &statement, nullptr);
    const Prepared owner(statement);
    sqlite3_set_authorizer(raw(), nullptr, nullptr);
    if (code != SQLITE_OK) throw failure(code, select);
    return columns;
  }

  std::string collation(const std::string& table, const std::string& column) override {
    const char* name = nullptr;
    const int code = sqlite3_table_column_metadata(raw(), nullptr, table.c_str(), column.c_str(), nullptr,
                                                   &name, nullptr, nullptr, nullptr);
    return code == SQLITE_OK && name != nullptr ? name : "BINARY";
  }

 private:
  enum class Keys { on, off_next, off };

  sqlite3* raw() const { return m_connection.get(); }
  void execute(const char* sql) noexcept { sqlite3_exec(raw(), sql, nullptr, nullptr, nullptr); }

  /// What holds for a connection beyond a transaction, and changes what statements do: one migration's
  /// pragmas must not reach into the next.
  void restore_session() noexcept {
    m_key_check.reset();
    if (std::exchange(m_keys, Keys::on) == Keys::off) execute("PRAGMA foreign_keys = ON");
    if (std::exchange(m_pragmas_ran, false))
      execute("PRAGMA legacy_alter_table = OFF; PRAGMA ignore_check_constraints = OFF; PRAGMA "
              "recursive_triggers = OFF; PRAGMA case_sensitive_like = OFF; PRAGMA reverse_unordered_selects "
              "= OFF");
  }

  /// afloat_silence_triggers() holds for one transaction.
  void hear_triggers() noexcept { sqlite3_db_config(raw(), SQLITE_DBCONFIG_ENABLE_TRIGGER, 1, nullptr); }

  Error failure(int code, std::string_view sql) {
    const int extended = sqlite3_extended_errcode(raw());
    Error error =
        error_of(raw(), (extended & 0xff) == (code & 0xff) ? extended : code, sql, m_path, m_cancelled);
    if (error.code == ErrorCode::interrupted) m_was_cancelled = true;
    return error;
  }

  /// Busy handler: sqlite3_busy_timeout would not notice cancel().
  int wait(int tries) { return !m_cancelled && m_lock_wait.goes_on(tries) ? 1 : 0; }

  Result run(std::string_view sql, std::span<const Value> parameters) {
    Prepared own;
    sqlite3_stmt* statement = prepared(sql, own);
    const Reset reset{statement};
    bind(statement, parameters, sql);
    const std::int64_t changes_before = sqlite3_total_changes64(raw());
    Result result;
    int code = sqlite3_step(statement);
    for (int i = 0; i < sqlite3_column_count(statement); ++i)
      result.columns.emplace_back(sqlite3_column_name(statement, i));
    for (; code == SQLITE_ROW; code = sqlite3_step(statement)) result.rows.push_back(row_of(statement));
    if (code != SQLITE_DONE) throw failure(code, sql);
    if (sqlite3_total_changes64(raw()) != changes_before) result.affected = sqlite3_changes64(raw());
    return result;
  }

  sqlite3_stmt* prepared(std::string_view sql, Prepared& own) {
    if (const auto known = m_statements.find(sql); known != m_statements.end()) return known->second.get();
    const bool keep = may_cache(sql);
    sqlite3_stmt* statement = nullptr;
    const char* rest = nullptr;
    const int code = sqlite3_prepare_v3(raw(), sql.data(), static_cast<int>(sql.size()),
                                        keep ? SQLITE_PREPARE_PERSISTENT : 0U, &statement, &rest);
    own.reset(statement);
    if (code != SQLITE_OK) throw failure(code, sql);
    const std::string_view behind(rest, static_cast<std::size_t>(sql.data() + sql.size() - rest));
    if (statement == nullptr || !sqlite::scan(behind).empty()) {
      Error error(ErrorCode::bug, "one statement was expected");
      error.sql = sql;
      throw error;
    }
    if (!keep) return statement;
    if (m_statements.size() >= k_cached_statements) m_statements.clear();
    m_statements.emplace(std::string(sql), std::move(own));
    return statement;
  }

  void bind(sqlite3_stmt* statement, std::span<const Value> parameters, std::string_view sql) {
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const int index = sqlite3_bind_parameter_index(statement, fmt::format("${}", i + 1).c_str());
      if (index == 0) continue;
      const Value& value = parameters[i];
      const int code = value ? sqlite3_bind_text64(statement, index, value->data(), value->size(),
                                                   SQLITE_STATIC, SQLITE_UTF8)
                             : sqlite3_bind_null(statement, index);
      if (code != SQLITE_OK) throw failure(code, sql);
    }
  }

  static std::vector<Value> row_of(sqlite3_stmt* statement) {
    std::vector<Value> row;
    for (int i = 0; i < sqlite3_column_count(statement); ++i) {
      const int type = sqlite3_column_type(statement, i);
      // Text comes in UTF-8, whatever the file holds; numbers become text.
      const void* text =
          type == SQLITE_BLOB ? sqlite3_column_blob(statement, i) : sqlite3_column_text(statement, i);
      const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, i));
      row.push_back(type == SQLITE_NULL
                        ? Value()
                        : Value(text == nullptr ? "" : std::string(static_cast<const char*>(text), size)));
    }
    return row;
  }

  void read_header() {
    try {
      script("PRAGMA foreign_keys = ON; PRAGMA schema_version"); // the second reads the file's header
    } catch (Error& error) {
      error.sql.clear(); // the user did not write it
      throw;
    }
  }

  void fill_facts() {
    m_facts.database = m_path;
    m_facts.read_only_by_default = sqlite3_db_readonly(raw(), "main") == 1;
    m_facts.server_version = sqlite3_libversion_number();
    m_facts.backend = std::to_string(getpid());
    m_facts.backend_start = sqlite::process_start();
  }

  std::string m_path;
  bool m_schema_edited = false;
  bool m_pragmas_ran = false; ///< in the open transaction, by script()
  Keys m_keys = Keys::on;
  std::optional<sqlite::ForeignKeyCheck> m_key_check; ///< of the open transaction
  std::atomic<bool> m_cancelled = false, m_was_cancelled = false;
  sqlite::LockWait m_lock_wait;
  Connection m_connection;
  std::map<std::string, Prepared, std::less<>> m_statements; // closed before the connection
  SessionFacts m_facts;
};

std::string path_of(const std::string& url) {
  std::string path = url.substr(std::string_view("sqlite:").size());
  if (path.starts_with("//")) path.erase(0, 2);
  return path;
}

/// `name` is a file name, or with SQLITE_OPEN_URI a URI.
Connection connect(const std::string& name, int flags, const std::string& path) {
  int code = SQLITE_OK;
  Connection connection = sqlite::open_connection(name, flags, code);
  if (code != SQLITE_OK) throw error_of(connection.get(), code, "", path, false);
  return connection;
}

bool is_empty_or_missing(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  return error || size == 0;
}

std::string immutable_uri(const std::string& path) {
  std::string escaped;
  for (const char c : path)
    escaped += c == '?' || c == '#' || c == '%' ? fmt::format("%{:02X}", c) : std::string(1, c);
  return "file:" + escaped + "?immutable=1";
}

/// Opened for writing, so that SQLite can recover the file, and then kept from writing anything else.
std::unique_ptr<Database> open_query_only(const std::string& path) {
  auto database = std::make_unique<Sqlite>(path, connect(path, SQLITE_OPEN_READWRITE, path), false);
  database->script("PRAGMA query_only = ON");
  return database;
}

/// A WAL database needs its -shm file, which a reader without the right to write cannot make. With an empty
/// or missing -wal nothing but the file itself counts, so that it can be read as it is.
std::unique_ptr<Database> open_read_only(const std::string& path) {
  try {
    return std::make_unique<Sqlite>(path, connect(path, SQLITE_OPEN_READONLY, path), true);
  } catch (const Error& error) {
    // A rollback journal that a killed writer left must be rolled back first: only a writer can do that.
    if (error.sqlstate == "SQLITE_READONLY_ROLLBACK" || error.sqlstate == "SQLITE_READONLY_RECOVERY")
      return open_query_only(path);
    const bool no_shared_memory =
        error.sqlstate.starts_with("SQLITE_CANTOPEN") || error.sqlstate.starts_with("SQLITE_READONLY");
    if (!no_shared_memory || !is_empty_or_missing(path + "-wal") || !is_empty_or_missing(path + "-journal"))
      throw;
    return std::make_unique<Sqlite>(
        path, connect(immutable_uri(path), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, path), true);
  }
}

void require_file(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error))
    throw Error(ErrorCode::connection, fmt::format("{} is a directory, not a SQLite database", path),
                "Write sqlite:FILE with the database's file.");
  if (!std::filesystem::exists(path, error))
    throw Error(ErrorCode::connection, fmt::format("there is no SQLite database at {}", path),
                "Check the path; in afloat.toml it is meant from the folder of that file. Your application "
                "makes the database.");
}
} // namespace

std::unique_ptr<Database> open_sqlite(const ConnectOptions& options) {
  const std::string path = path_of(options.url);
  if (path.empty())
    throw Error(ErrorCode::configuration, "the URL names no file: " + options.url, "Write sqlite:FILE.");
  if ((options.must_exist || options.read_only) && path != ":memory:") require_file(path);
  if (options.read_only) return open_read_only(path);
  const int create = options.must_exist && path != ":memory:" ? 0 : SQLITE_OPEN_CREATE;
  return std::make_unique<Sqlite>(path, connect(path, SQLITE_OPEN_READWRITE | create, path), false);
}

} // namespace afloat
