#include "support/error.hpp"

#include "support/excerpt.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace afloat {
namespace {
constexpr std::array k_rows{
    ErrorRow{ErrorCode::refused, "refused", 1,
             "The answer is no: rows violate, the gate is closed, or a verification failed",
             "Remove the reason that is named, then run the same command again."},
    ErrorRow{
        ErrorCode::usage, "usage", 2, "The command line is wrong",
        "Correct the command; `afloat COMMAND --help` tells what it takes. Nothing was read or changed."},
    ErrorRow{ErrorCode::configuration, "configuration", 2,
             "afloat.toml, an environment variable or the URL is wrong",
             "Correct what is named; `afloat --show-config` prints each setting and where it comes from. "
             "Nothing was "
             "changed."},
    ErrorRow{
        ErrorCode::invalid_migration, "invalid-migration", 3,
        "A migration file is not valid, or does not fit the schema",
        "Correct the file at the place that is named, then run the same command again. Nothing was changed."},
    ErrorRow{ErrorCode::ledger_conflict, "ledger-conflict", 3, "The ledger and the migration files disagree",
             "Bring the file back as it was, or the ledger from a backup; put changes into a new migration. "
             "Nothing was "
             "changed."},
    ErrorRow{ErrorCode::connection, "connection", 4, "The database cannot be reached",
             "Check that it runs, and host, port, user and password. Nothing was changed."},
    ErrorRow{ErrorCode::permission, "permission", 4,
             "A right is missing, or the database is read-only or a standby",
             "Connect as a role that may change the tables, or grant what is named. Nothing was changed."},
    ErrorRow{ErrorCode::busy, "busy", 5, "A lock or the lease was not obtained in time; nothing was changed",
             "Run the same command again; if it stays so, end the session that is named."},
    ErrorRow{ErrorCode::statement, "statement", 6, "The database refused a statement; nothing was changed",
             "Read the database's own words, remove the reason, and run the same command again."},
    ErrorRow{ErrorCode::undone, "undone", 6, "A step failed and everything it began was undone",
             "Remove the reason, then run the same command again. Nothing was changed."},
    ErrorRow{ErrorCode::half_way, "half-way", 7,
             "Stopped half-way: the same command resumes, abort goes back",
             "Remove the reason and run the same command again, or go back with `afloat abort`. `afloat "
             "status` shows "
             "where it stands; both releases keep working."},
    ErrorRow{ErrorCode::output, "output", 2,
             "The command has done its work, but its answer could not be written",
             "Make room where standard output goes; `afloat status` tells what was done."},
    ErrorRow{ErrorCode::bug, "bug", 70, "A bug in afloat",
             "Please report it with the whole output. The ledger knows what was done: `afloat status`."},
    ErrorRow{ErrorCode::interrupted, "interrupted", 130,
             "Interrupted; the state is recorded and the same command resumes",
             "Run the same command again, or go back with `afloat abort`."},
};
} // namespace

namespace {
/// SQLite's names of result codes say no more than its text; lost connections, deadlocks, locks, shutdowns
/// and what a signal has cancelled no more than our own words.
bool says_something(const Error& error) {
  constexpr std::size_t k_size = 5;
  constexpr std::array<std::string_view, 4> k_told{"08", "40P01", "55P03", "57P"};
  return error.code != ErrorCode::interrupted && error.sqlstate.size() == k_size
         && std::ranges::none_of(k_told,
                                 [&](std::string_view told) { return error.sqlstate.starts_with(told); });
}
} // namespace

std::span<const ErrorRow> error_rows() {
  return k_rows;
}

const ErrorRow& error_row(ErrorCode code) {
  for (const ErrorRow& row : k_rows)
    if (row.code == code) return row;
  throw std::logic_error("error code without a row");
}

std::string describe(const Error& error) {
  std::string text = fmt::format("error: {}\n", printable(error.message));
  if (error.where) {
    const SourcePosition& where = *error.where;
    text += fmt::format("  --> {}", printable(where.file));
    if (where.line > 0) text += fmt::format(":{}", where.line);
    if (where.line > 0 && where.column > 0) text += fmt::format(":{}", where.column);
    text += '\n';
    text += source_excerpt(where.source_line, where.column);
  }
  if (!error.sql.empty()) text += fmt::format("  sql: {}\n", printable(one_line(error.sql, 400)));
  if (!error.sql.empty() && says_something(error)) text += fmt::format("  sqlstate: {}\n", error.sqlstate);
  if (!error.hint.empty()) text += fmt::format("  hint: {}\n", printable(error.hint));
  return text;
}

} // namespace afloat
