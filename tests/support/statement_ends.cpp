#include "support/statement_ends.hpp"

#include <memory>
#include <pg_query.h>
#include <stdexcept>

#include <sqlite3.h>

namespace afloat::test {
namespace {
using Connection = std::unique_ptr<sqlite3, decltype(&sqlite3_close)>;

Connection open_memory() {
  sqlite3* handle = nullptr;
  if (sqlite3_open(":memory:", &handle) != SQLITE_OK
      || sqlite3_exec(handle, "CREATE TABLE t(a, b, c); CREATE TABLE u(a, b, c)", nullptr, nullptr, nullptr)
             != SQLITE_OK)
    throw std::runtime_error("cannot open a database in memory");
  return {handle, sqlite3_close};
}
} // namespace

std::optional<std::vector<StatementRange>> postgres_statements(const std::string& sql) {
  const PgQuerySplitResult split = pg_query_split_with_parser(sql.c_str());
  std::optional<std::vector<StatementRange>> found;
  if (!split.error) {
    found.emplace();
    for (int i = 0; i < split.n_stmts; ++i) {
      const auto begin = static_cast<std::size_t>(split.stmts[i]->stmt_location);
      found->push_back({begin, begin + static_cast<std::size_t>(split.stmts[i]->stmt_len)});
    }
  }
  pg_query_free_split_result(split);
  return found;
}

std::optional<std::vector<StatementRange>> sqlite_statements(const std::string& sql) {
  static const Connection connection = open_memory();
  std::vector<StatementRange> found;
  const char* const start = sql.c_str();
  for (const char* at = start; *at != '\0';) {
    sqlite3_stmt* statement = nullptr;
    const char* tail = nullptr;
    const int code = sqlite3_prepare_v2(connection.get(), at, -1, &statement, &tail);
    const bool empty = statement == nullptr;
    sqlite3_finalize(statement);
    if (code != SQLITE_OK) return std::nullopt;
    if (!empty)
      found.push_back({static_cast<std::size_t>(at - start), static_cast<std::size_t>(tail - start)});
    at = tail;
  }
  return found;
}

bool is_complete_in_sqlite(const std::string& sql) {
  return sqlite3_complete(sql.c_str()) == 1;
}

} // namespace afloat::test
