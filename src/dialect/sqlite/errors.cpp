#include "dialect/sqlite/errors.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

namespace afloat::sqlite {
namespace {
struct CodeRow {
  int code;
  std::string_view name;
};
#define AFLOAT_CODE(name)                                                                                    \
  CodeRow {                                                                                                  \
    name, #name                                                                                              \
  }
constexpr CodeRow k_codes[] = {
    AFLOAT_CODE(SQLITE_ERROR),
    AFLOAT_CODE(SQLITE_INTERNAL),
    AFLOAT_CODE(SQLITE_PERM),
    AFLOAT_CODE(SQLITE_ABORT),
    AFLOAT_CODE(SQLITE_ABORT_ROLLBACK),
    AFLOAT_CODE(SQLITE_BUSY),
    AFLOAT_CODE(SQLITE_BUSY_RECOVERY),
    AFLOAT_CODE(SQLITE_BUSY_SNAPSHOT),
    AFLOAT_CODE(SQLITE_LOCKED),
    AFLOAT_CODE(SQLITE_LOCKED_SHAREDCACHE),
    AFLOAT_CODE(SQLITE_NOMEM),
    AFLOAT_CODE(SQLITE_READONLY),
    AFLOAT_CODE(SQLITE_READONLY_RECOVERY),
    AFLOAT_CODE(SQLITE_READONLY_CANTLOCK),
    AFLOAT_CODE(SQLITE_READONLY_ROLLBACK),
    AFLOAT_CODE(SQLITE_READONLY_DBMOVED),
    AFLOAT_CODE(SQLITE_READONLY_CANTINIT),
    AFLOAT_CODE(SQLITE_READONLY_DIRECTORY),
    AFLOAT_CODE(SQLITE_INTERRUPT),
    AFLOAT_CODE(SQLITE_IOERR),
    AFLOAT_CODE(SQLITE_IOERR_READ),
    AFLOAT_CODE(SQLITE_IOERR_SHORT_READ),
    AFLOAT_CODE(SQLITE_IOERR_WRITE),
    AFLOAT_CODE(SQLITE_IOERR_FSYNC),
    AFLOAT_CODE(SQLITE_IOERR_DIR_FSYNC),
    AFLOAT_CODE(SQLITE_IOERR_TRUNCATE),
    AFLOAT_CODE(SQLITE_IOERR_FSTAT),
    AFLOAT_CODE(SQLITE_IOERR_UNLOCK),
    AFLOAT_CODE(SQLITE_IOERR_RDLOCK),
    AFLOAT_CODE(SQLITE_IOERR_DELETE),
    AFLOAT_CODE(SQLITE_IOERR_LOCK),
    AFLOAT_CODE(SQLITE_IOERR_SHMOPEN),
    AFLOAT_CODE(SQLITE_IOERR_SHMSIZE),
    AFLOAT_CODE(SQLITE_IOERR_SHMMAP),
    AFLOAT_CODE(SQLITE_CORRUPT),
    AFLOAT_CODE(SQLITE_CORRUPT_INDEX),
    AFLOAT_CODE(SQLITE_NOTFOUND),
    AFLOAT_CODE(SQLITE_FULL),
    AFLOAT_CODE(SQLITE_CANTOPEN),
    AFLOAT_CODE(SQLITE_CANTOPEN_ISDIR),
    AFLOAT_CODE(SQLITE_CANTOPEN_FULLPATH),
    AFLOAT_CODE(SQLITE_PROTOCOL),
    AFLOAT_CODE(SQLITE_SCHEMA),
    AFLOAT_CODE(SQLITE_TOOBIG),
    AFLOAT_CODE(SQLITE_CONSTRAINT),
    AFLOAT_CODE(SQLITE_CONSTRAINT_CHECK),
    AFLOAT_CODE(SQLITE_CONSTRAINT_COMMITHOOK),
    AFLOAT_CODE(SQLITE_CONSTRAINT_FOREIGNKEY),
    AFLOAT_CODE(SQLITE_CONSTRAINT_FUNCTION),
    AFLOAT_CODE(SQLITE_CONSTRAINT_NOTNULL),
    AFLOAT_CODE(SQLITE_CONSTRAINT_PRIMARYKEY),
    AFLOAT_CODE(SQLITE_CONSTRAINT_TRIGGER),
    AFLOAT_CODE(SQLITE_CONSTRAINT_UNIQUE),
    AFLOAT_CODE(SQLITE_CONSTRAINT_ROWID),
    AFLOAT_CODE(SQLITE_CONSTRAINT_DATATYPE),
    AFLOAT_CODE(SQLITE_MISMATCH),
    AFLOAT_CODE(SQLITE_MISUSE),
    AFLOAT_CODE(SQLITE_NOLFS),
    AFLOAT_CODE(SQLITE_AUTH),
    AFLOAT_CODE(SQLITE_RANGE),
    AFLOAT_CODE(SQLITE_NOTADB),
};
#undef AFLOAT_CODE

struct Meaning {
  ErrorCode code = ErrorCode::statement;
  std::string message, hint;
};

Meaning meaning_of(int code, std::string_view path, std::string message) {
  switch (code & 0xff) {
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return {ErrorCode::busy, fmt::format("could not lock {} in time: {}", path, message),
            "Another process has it for itself: wait until that has ended. Nothing was changed; the same "
            "command can be run again."};
  case SQLITE_INTERRUPT:
    return {ErrorCode::interrupted, "the statement was cancelled", ""};
  case SQLITE_READONLY:
    return {ErrorCode::permission, fmt::format("{} cannot be written: {}", path, message),
            "Give this user the right to write the file and its directory. Nothing was changed."};
  case SQLITE_PERM:
  case SQLITE_AUTH:
    return {ErrorCode::permission, message, "Check the rights of this user on the file and its directory."};
  case SQLITE_CANTOPEN:
    return {ErrorCode::connection, fmt::format("cannot open {}: {}", path, message),
            "Check that the path exists and that this user may read it and write to its directory."};
  case SQLITE_NOTADB:
    return {ErrorCode::connection, fmt::format("{} is not a SQLite database", path),
            "Check the path; an encrypted database is not readable either."};
  case SQLITE_CORRUPT:
    return {ErrorCode::connection, fmt::format("{} is damaged: {}", path, message),
            "`sqlite3 FILE 'PRAGMA integrity_check'` tells more; bring it back from a backup."};
  case SQLITE_FULL:
    return {ErrorCode::statement, fmt::format("{} cannot grow: {}", path, message),
            "The disk is full: free some space, then run the same command again."};
  case SQLITE_IOERR:
    return {
        ErrorCode::statement, fmt::format("{}: {}", path, message),
        "The file cannot be read or written: look at the disk's free space and health, and at limits on the "
        "size of files (`ulimit -f`)."};
  default:
    return {ErrorCode::statement, std::move(message), ""};
  }
}
} // namespace

std::string code_name(int extended_code) {
  for (const CodeRow& row : k_codes)
    if (row.code == extended_code) return std::string(row.name);
  for (const CodeRow& row : k_codes)
    if (row.code == (extended_code & 0xff)) return std::string(row.name);
  return fmt::format("SQLITE_ERROR_{}", extended_code);
}

Error error_of(sqlite3* connection, int code, std::string_view sql, std::string_view path, bool cancelled) {
  Meaning meaning =
      meaning_of(code, path, connection != nullptr ? sqlite3_errmsg(connection) : sqlite3_errstr(code));
  if (cancelled && meaning.code == ErrorCode::busy)
    meaning = {ErrorCode::interrupted, "the wait for the lock was cancelled", ""};
  Error error(meaning.code, std::move(meaning.message), std::move(meaning.hint));
  error.sql = sql;
  error.sqlstate = code_name(code);
  if (const int offset = connection != nullptr ? sqlite3_error_offset(connection) : -1; offset >= 0)
    error.offset = static_cast<std::size_t>(offset);
  return error;
}

} // namespace afloat::sqlite
