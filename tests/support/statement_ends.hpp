#pragma once

#include <optional>
#include <string>
#include <vector>

/// Where statements begin and end by the databases' own parsers, to compare the splitter with.
namespace afloat::test {

struct StatementRange {
  std::size_t begin = 0, end = 0; ///< may include white space and comments, and SQLite's the semicolon
};

/// By PostgreSQL's parser; nothing if it cannot parse all of it.
std::optional<std::vector<StatementRange>> postgres_statements(const std::string& sql);

/// By sqlite3_prepare and its tail, on a database with the tables t(a, b, c) and u(a, b, c). Nothing is run.
/// Nothing if one of them cannot be prepared.
std::optional<std::vector<StatementRange>> sqlite_statements(const std::string& sql);

/// sqlite3_complete.
bool is_complete_in_sqlite(const std::string& sql);

} // namespace afloat::test
