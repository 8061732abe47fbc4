#pragma once

#include <exception>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace afloat {

/// What kind of failure an Error is. Each has one row in error_rows(), which gives its exit status.
enum class ErrorCode {
  refused,           ///< the answer is no: rows violate, gate closed, verification failed
  usage,             ///< the command line is wrong
  configuration,     ///< afloat.toml, an environment variable or a URL is wrong
  invalid_migration, ///< a migration file, or what it asks of this schema, is not valid
  ledger_conflict,   ///< the ledger and the files disagree, or the ledger is of a newer afloat
  connection,        ///< cannot connect, or the connection was lost before anything was changed
  permission,        ///< a right is missing, or the database is read-only or a standby
  busy,              ///< a lock or the lease was not obtained in time; nothing was changed
  statement,         ///< the database refused a statement; the executor turns it into undone or half_way
  undone,            ///< a step failed and everything it began was undone
  half_way,          ///< stopped half-way: the same command resumes, abort goes back
  output,            ///< the answer could not be written to standard output
  bug,               ///< a bug in afloat
  interrupted,       ///< SIGINT or SIGTERM; the state is recorded
};

struct ErrorRow {
  ErrorCode code;
  std::string_view id; ///< stable word for JSON output, e.g. "ledger-conflict"
  int exit_status;     ///< DESIGN: exit statuses of the program
  std::string_view meaning;
  std::string_view what_to_do; ///< one or two sentences; the hint of an error that has none of its own
};

/// The one table of failures; docs/reference/errors.md is generated from it.
std::span<const ErrorRow> error_rows();
const ErrorRow& error_row(ErrorCode code);

/// A place in a file that a person wrote. line and column count from 1; 0 means unknown.
struct SourcePosition {
  std::string file;
  int line = 0;
  int column = 0;
  std::string source_line; ///< the text of that line, for the caret; may be empty

  bool operator==(const SourcePosition&) const = default;
};

/// The only exception type of afloat. `message` is lower case without a full stop and says what could not be
/// done, with names and values; `hint` is a sentence with the next command and whether anything was changed.
struct Error : std::exception {
  ErrorCode code;
  std::string message;
  std::optional<SourcePosition> where;
  std::string sql;                   ///< the statement that failed, if one did
  std::optional<std::size_t> offset; ///< in bytes in `sql`: where the database says that the mistake is
  std::string sqlstate; ///< five characters; for SQLite the extended result code's name, e.g. "SQLITE_BUSY"
  std::string hint;
  std::string step; ///< id of the plan's step that failed ("1.2"), if one did

  Error(ErrorCode error_code, std::string error_message, std::string error_hint = {})
      : code(error_code), message(std::move(error_message)), hint(std::move(error_hint)) {}
  const char* what() const noexcept override { return message.c_str(); }

  Error&& at(SourcePosition position) && {
    where = std::move(position);
    return std::move(*this);
  }
};

/// The error as a person reads it: "error: …", "  --> file:line:column" with the source line and a caret, "
/// sql: …", "  hint: …". Ends with a line feed. The caret stands below its letter behind tabs and wide
/// letters too; of a long line only what is near it is shown; what a terminal would obey is replaced.
std::string describe(const Error& error);

} // namespace afloat
