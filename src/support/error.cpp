#include "support/error.hpp"

#include "support/text.hpp"

#include <array>

#include <fmt/format.h>

namespace afloat {
namespace {
constexpr std::array k_rows{
    ErrorRow{ErrorCode::refused, "refused", 1,
             "The answer is no: rows violate, the gate is closed, or a verification failed"},
    ErrorRow{ErrorCode::usage, "usage", 2, "The command line is wrong"},
    ErrorRow{ErrorCode::configuration, "configuration", 2,
             "afloat.toml, an environment variable or the URL is wrong"},
    ErrorRow{ErrorCode::invalid_migration, "invalid-migration", 3,
             "A migration file is not valid, or does not fit the schema"},
    ErrorRow{ErrorCode::ledger_conflict, "ledger-conflict", 3, "The ledger and the migration files disagree"},
    ErrorRow{ErrorCode::connection, "connection", 4, "The database cannot be reached"},
    ErrorRow{ErrorCode::permission, "permission", 4,
             "A right is missing, or the database is read-only or a standby"},
    ErrorRow{ErrorCode::busy, "busy", 5, "A lock or the lease was not obtained in time; nothing was changed"},
    ErrorRow{ErrorCode::statement, "statement", 6, "The database refused a statement; nothing was changed"},
    ErrorRow{ErrorCode::undone, "undone", 6, "A step failed and everything it began was undone"},
    ErrorRow{ErrorCode::half_way, "half-way", 7,
             "Stopped half-way: the same command resumes, abort goes back"},
    ErrorRow{ErrorCode::bug, "bug", 70, "A bug in afloat"},
    ErrorRow{ErrorCode::interrupted, "interrupted", 130,
             "Interrupted; the state is recorded and the same command resumes"},
};
} // namespace

namespace {
constexpr std::size_t k_sqlstate_size =
    5; // SQLite's names of result codes are longer, and say no more than its text
}

std::span<const ErrorRow> error_rows() {
  return k_rows;
}

const ErrorRow& error_row(ErrorCode code) {
  for (const ErrorRow& row : k_rows)
    if (row.code == code) return row;
  throw std::logic_error("error code without a row");
}

std::string describe(const Error& error) {
  std::string text = fmt::format("error: {}\n", error.message);
  if (error.where) {
    const SourcePosition& where = *error.where;
    text += fmt::format("  --> {}", where.file);
    if (where.line > 0) text += fmt::format(":{}", where.line);
    if (where.line > 0 && where.column > 0) text += fmt::format(":{}", where.column);
    text += '\n';
    if (!where.source_line.empty()) {
      text += fmt::format("   | {}\n", where.source_line);
      if (where.column > 0)
        text += fmt::format("   | {}^\n", std::string(static_cast<std::size_t>(where.column - 1), ' '));
    }
  }
  if (!error.sql.empty()) text += fmt::format("  sql: {}\n", one_line(error.sql, 400));
  if (!error.sql.empty() && error.sqlstate.size() == k_sqlstate_size)
    text += fmt::format("  sqlstate: {}\n", error.sqlstate);
  if (!error.hint.empty()) text += fmt::format("  hint: {}\n", error.hint);
  return text;
}

} // namespace afloat
