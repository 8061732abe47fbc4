#include "dialect/sqlite/handle.hpp"

#include "dialect/sqlite/errors.hpp"
#include "support/text.hpp"

#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

namespace afloat::sqlite {
namespace {
struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
} // namespace

Handle::Handle(std::string path, Mode mode) : m_path(std::move(path)) {
  int code = SQLITE_OK;
  const int create = mode == Mode::create ? SQLITE_OPEN_CREATE : 0;
  m_connection = open_connection(m_path, SQLITE_OPEN_READWRITE | create, code);
  if (code != SQLITE_OK) throw failure_of(code);
  sqlite3_busy_handler(
      raw(), [](void* wait, int tries) { return static_cast<LockWait*>(wait)->goes_on(tries) ? 1 : 0; },
      &m_lock_wait);
  run("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON");
}

void Handle::run(const std::string& sql) {
  if (sqlite3_exec(raw(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) throw failure(sql);
}

void Handle::each(const std::string& sql, std::string_view parameter,
                  const std::function<void(sqlite3_stmt*)>& row) {
  sqlite3_stmt* statement = nullptr;
  int code = sqlite3_prepare_v2(raw(), sql.c_str(), -1, &statement, nullptr);
  const std::unique_ptr<sqlite3_stmt, Finalize> owner(statement);
  if (code == SQLITE_OK && parameter.data() != nullptr)
    code =
        sqlite3_bind_text64(statement, 1, parameter.data(), parameter.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  if (code != SQLITE_OK) throw failure(sql);
  for (code = sqlite3_step(statement); code == SQLITE_ROW; code = sqlite3_step(statement)) row(statement);
  if (code != SQLITE_DONE) throw failure(sql);
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

std::string quoted_name(std::string_view name) {
  return fmt::format("\"{}\"", replaced(std::string(name), "\"", "\"\""));
}

std::string quoted_text(std::string_view text) {
  return fmt::format("'{}'", replaced(std::string(text), "'", "''"));
}

} // namespace afloat::sqlite
