#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

/// Copies of SQLite files, whole and in part. Errors as those of Database.
namespace afloat {

/// How far a copy has come; called many times a second, also while a lock is waited for. May throw, which
/// ends the copy.
using TellPages =
    std::function<void(std::int64_t done, std::int64_t total)>; ///< total: 0 where not known yet
using TellBytes = std::function<void(std::int64_t done)>;
using TellRows = std::function<void(std::int64_t rows)>; ///< in all tables, so far

struct CopiedTable {
  std::string name;
  std::int64_t rows = 0;
  std::string content; ///< RowSum of its rows

  bool operator==(const CopiedTable&) const = default;
};

/// A copy of the whole database at one moment, by the online backup API. In WAL mode inside one read
/// transaction, so that writers go on and nothing begins again. In the other modes the lock is let go between
/// steps; a write then makes the copy begin again, and after some times of that the rest is done under one
/// lock, for which writers wait. Returns how often it began again.
int copy_file(const std::string& from, const std::filesystem::path& to,
              std::chrono::milliseconds lock_timeout, const TellPages& tell);
/// The same the other way: replaces the contents of a database that others may have open, in one transaction.
/// Nobody changes `from`.
/// `locked` is called when nobody else can write any more, before anything is replaced; others can read then.
void put_file_back(const std::filesystem::path& from, const std::string& to,
                   std::chrono::milliseconds lock_timeout, const std::function<void()>& locked,
                   const TellPages& tell);

/// The named tables, with the text that made them, in a new database file; all of one moment. `tell`: bytes
/// of the file, half of each for the copy and half for the sum of its rows. Error configuration for a virtual
/// table.
std::vector<CopiedTable> copy_tables(const std::string& from, std::span<const std::string> tables,
                                     const std::filesystem::path& to, const TellBytes& tell);
/// About what that file takes, told by samples of the rows: rather too little. Left out are the indexes of
/// UNIQUE and PRIMARY KEY, and of a table without a rowid what stands behind its first 10,000 rows.
std::int64_t tables_bytes(const std::string& file, std::span<const std::string> tables,
                          const std::function<void()>& watch);
/// Replaces the rows of the named tables in one transaction, without triggers. Fails, and changes nothing,
/// where a column is gone or a foreign key would refer to nothing. `locked`: as for put_file_back(). `tell`
/// may throw, which ends it.
void put_tables_back(const std::filesystem::path& from, std::span<const std::string> tables,
                     const std::string& to, std::chrono::milliseconds lock_timeout,
                     const std::function<void()>& locked, const TellRows& tell);

/// A new database with the statements of schema_text() and the rows of the tables in `tables_file`.
void build_file(const std::string& schema, const std::filesystem::path& tables_file,
                std::span<const std::string> tables, const std::filesystem::path& to, const TellRows& tell);

/// The statements that made the schema, tables first. `stored`: nobody changes the file any more.
std::string file_schema(const std::string& file, bool stored = false);
std::vector<std::string> file_tables(const std::string& file); ///< those with rows of their own
struct FileColumn {
  std::string name;
  bool needs_value = false; ///< NOT NULL without a default
};
/// Without generated ones; none of a table that is not there.
std::vector<FileColumn> file_columns(const std::string& file, const std::string& table);
std::vector<CopiedTable> file_contents(const std::filesystem::path& file, std::span<const std::string> tables,
                                       const TellRows& tell);
/// "ok", or what PRAGMA integrity_check finds wrong.
std::string file_integrity(const std::filesystem::path& file, const std::function<void()>& watch);
std::int64_t file_bytes(const std::string& file); ///< what a copy of it takes

} // namespace afloat
