#include "dialect/sqlite/handle.hpp"

#include "dialect/sqlite/errors.hpp"
#include "support/text.hpp"

#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

namespace afloat::sqlite {
namespace {
constexpr int k_instructions = 10'000; // of SQLite's machine: less than a millisecond

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

std::string as_stored(const std::string& path) {
  std::string uri = "file:";
  for (const char c : path)
    if (c == '%' || c == '?' || c == '#')
      uri += fmt::format("%{:02x}", static_cast<unsigned char>(c));
    else
      uri += c;
  return uri + "?immutable=1";
}
} // namespace

Handle::Handle(std::string path, Mode mode) : m_path(std::move(path)) {
  int code = SQLITE_OK;
  if (mode == Mode::stored)
    m_connection = open_connection(as_stored(m_path), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, code);
  else
    m_connection = open_connection(
        m_path, SQLITE_OPEN_READWRITE | (mode == Mode::create ? SQLITE_OPEN_CREATE : 0), code);
  if (code != SQLITE_OK) throw failure_of(code);
  sqlite3_busy_handler(
      raw(),
      [](void* handle, int tries) {
        auto* const self = static_cast<Handle*>(handle);
        return self->goes_on() && self->m_lock_wait.goes_on(tries) ? 1 : 0;
      },
      this);
  run("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON");
}

void Handle::watch(std::function<void()> watch) {
  m_watch = std::move(watch);
  sqlite3_progress_handler(
      raw(), k_instructions, [](void* handle) { return static_cast<Handle*>(handle)->goes_on() ? 0 : 1; },
      this);
}

/// SQLite is written in C: nothing may be thrown through it.
bool Handle::goes_on() noexcept try {
  if (m_watch) m_watch();
  return true;
} catch (...) {
  m_thrown = std::current_exception();
  return false;
}

void Handle::fail(std::string_view sql) {
  if (m_thrown) std::rethrow_exception(std::exchange(m_thrown, nullptr));
  throw failure(sql);
}

void Handle::run(const std::string& sql) {
  if (sqlite3_exec(raw(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail(sql);
}

void Handle::each(const std::string& sql, std::string_view parameter,
                  const std::function<void(sqlite3_stmt*)>& row) {
  sqlite3_stmt* statement = nullptr;
  int code = sqlite3_prepare_v2(raw(), sql.c_str(), -1, &statement, nullptr);
  const std::unique_ptr<sqlite3_stmt, Finalize> owner(statement);
  if (code == SQLITE_OK && parameter.data() != nullptr)
    code =
        sqlite3_bind_text64(statement, 1, parameter.data(), parameter.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  if (code != SQLITE_OK) fail(sql);
  for (code = sqlite3_step(statement); code == SQLITE_ROW; code = sqlite3_step(statement)) row(statement);
  if (code != SQLITE_DONE) fail(sql);
}

std::string Handle::text(const std::string& sql, std::string_view parameter) {
  std::string found;
  bool first = true;
  each(sql, parameter, [&](sqlite3_stmt* statement) {
    const unsigned char* const value = sqlite3_column_text(statement, 0);
    if (std::exchange(first, false) && value != nullptr)
      found.assign(reinterpret_cast<const char*>(value),
                   static_cast<std::size_t>(sqlite3_column_bytes(statement, 0)));
  });
  return found;
}

Error Handle::failure(std::string_view sql) const {
  return error_of(raw(), sqlite3_extended_errcode(raw()), sql, m_path, false);
}

Error Handle::failure_of(int code) const {
  return error_of(nullptr, code, "", m_path, false);
}

std::string text_at(sqlite3_stmt* statement, int column) {
  const unsigned char* const value = sqlite3_column_text(statement, column);
  return value == nullptr ? "" : reinterpret_cast<const char*>(value);
}

std::string quoted_name(std::string_view name) {
  return fmt::format("\"{}\"", replaced(std::string(name), "\"", "\"\""));
}

std::string quoted_text(std::string_view text) {
  return fmt::format("'{}'", replaced(std::string(text), "'", "''"));
}

} // namespace afloat::sqlite
