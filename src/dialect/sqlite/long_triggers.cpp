#include "dialect/sqlite/long_triggers.hpp"

#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/scan.hpp"
#include "dialect/sqlite/statement_reader.hpp"
#include "support/error.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

namespace afloat::sqlite {
namespace {
constexpr int k_long = 16 * 1024; ///< bytes; a shorter one costs less than reading the schema again

/// What one ALTER TABLE renames or drops: a column of the table, or else the table.
struct Altered {
  std::string table;
  std::optional<std::string> column;
};

bool is_last(StatementReader& reader) {
  reader.take({";"});
  return reader.at_end();
}

std::optional<Altered> read_alter(std::string_view sql) {
  const std::size_t start = std::min(sql.find_first_not_of(" \t\r\n"), sql.size());
  if (!same_name(sql.substr(start, 5), "alter") && !sql.substr(start).starts_with("--")
      && !sql.substr(start).starts_with("/*"))
    return std::nullopt;
  StatementReader reader(sql);
  if (!reader.take({"alter", "table"})) return std::nullopt;
  Altered altered{reader.relation().name, std::nullopt};
  const bool drops = reader.take({"drop"});
  if (!drops && !reader.take({"rename"})) return std::nullopt;
  if (!drops && reader.take({"to"})) {
    reader.name();
    return is_last(reader) ? std::optional(altered) : std::nullopt;
  }
  if (!reader.peek(1).is("to") && !(drops && reader.peek(1).text.empty())) reader.take({"column"});
  altered.column = reader.name();
  if (altered.column->empty()) return std::nullopt;
  if (!drops) {
    reader.take({"to"});
    reader.name();
  }
  return is_last(reader) ? std::optional(altered) : std::nullopt;
}

bool says(const std::vector<Lexeme>& text, std::string_view name) {
  return std::ranges::any_of(
      text, [&](const Lexeme& lexeme) { return lexeme.is_name() && same_name(lexeme.name(), name); });
}

bool concerns(const Altered& altered, std::string_view trigger) {
  const std::vector<Lexeme> text = scan(trigger);
  return says(text, altered.table) && (!altered.column || says(text, *altered.column));
}

void run(sqlite3* connection, const std::string& sql) {
  if (sqlite3_exec(connection, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    throw Error(ErrorCode::statement, fmt::format("sync's triggers could not be set aside and put back: {}",
                                                  sqlite3_errmsg(connection)));
}

/// Switches the right to write the schema on, and reads the schema anew at the end. ALTER TABLE, which stands
/// between two such edits, moves the schema's cookie for the other connections.
void edit_schema(sqlite3* connection, const std::string& sql) {
  try {
    run(connection, "PRAGMA writable_schema = ON");
    run(connection, sql);
  } catch (...) {
    sqlite3_exec(connection, "PRAGMA writable_schema = RESET", nullptr, nullptr, nullptr);
    throw;
  }
  run(connection, "PRAGMA writable_schema = RESET");
}

std::string column_text(sqlite3_stmt* statement, int column) {
  const void* text = sqlite3_column_text(statement, column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
  return text == nullptr ? "" : std::string(static_cast<const char*>(text), size);
}
} // namespace

LongTriggersAside::LongTriggersAside(sqlite3* connection, std::string_view sql) : m_connection(connection) {
  int writable = 0; // an author's pragma, by which ALTER TABLE passes over what it cannot read
  sqlite3_db_config(connection, SQLITE_DBCONFIG_WRITABLE_SCHEMA, -1, &writable);
  if (sqlite3_get_autocommit(connection) != 0 || writable != 0) return;
  const std::optional<Altered> altered = read_alter(sql);
  if (!altered) return;
  const std::string query =
      fmt::format("SELECT rowid, name, tbl_name, sql FROM main.sqlite_schema WHERE type = 'trigger' AND name "
                  "LIKE 'afloat~_%' ESCAPE '~' AND length(sql) > {}",
                  k_long);
  sqlite3_stmt* statement = nullptr;
  sqlite3_prepare_v2(connection, query.c_str(), -1, &statement, nullptr);
  while (statement != nullptr && sqlite3_step(statement) == SQLITE_ROW)
    m_triggers.push_back({sqlite3_column_int64(statement, 0), column_text(statement, 1),
                          column_text(statement, 2), column_text(statement, 3)});
  sqlite3_finalize(statement);
  std::erase_if(m_triggers, [&](const Trigger& trigger) { return concerns(*altered, trigger.sql); });
  if (m_triggers.empty()) return;
  std::string numbers;
  for (const Trigger& trigger : m_triggers)
    numbers += fmt::format("{}{}", numbers.empty() ? "" : ", ", trigger.number);
  edit_schema(connection, fmt::format("DELETE FROM main.sqlite_schema WHERE rowid IN ({})", numbers));
}

LongTriggersAside::~LongTriggersAside() {
  try {
    // A failure may have ended the transaction, and brought them back with it.
    if (sqlite3_get_autocommit(m_connection) == 0) put_back();
  } catch (const Error&) { // whoever rolls back has them again
  }
}

void LongTriggersAside::put_back() {
  if (m_triggers.empty()) return;
  std::string sql;
  for (const Trigger& trigger : std::exchange(m_triggers, {}))
    sql += fmt::format("INSERT INTO main.sqlite_schema (rowid, type, name, tbl_name, rootpage, sql) VALUES "
                       "({}, 'trigger', {}, {}, 0, {});",
                       trigger.number, literal(trigger.name), literal(trigger.table), literal(trigger.sql));
  edit_schema(m_connection, sql);
}

} // namespace afloat::sqlite
