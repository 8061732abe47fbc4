#include "dialect/sqlite/connection.hpp"
#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/facts.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>
#include <sqlite3.h>

namespace afloat::sqlite {
namespace {
/// Some pragmas act while they are prepared, and a few of them on the whole process.
int without_pragmas(void*, int action, const char*, const char*, const char*, const char*) {
  return action == SQLITE_PRAGMA ? SQLITE_IGNORE : SQLITE_OK;
}

/// What SQLite wants to find before it reads on: the table of ALTER TABLE and of a trigger.
std::string stand_in(std::string_view statement) {
  StatementReader reader(statement);
  const bool alters = reader.take({"alter", "table"});
  const bool trigger = !alters && reader.take({"create"})
                       && (reader.take_any({"temp", "temporary"}), reader.take({"trigger"}));
  if (!alters && !trigger) return {};
  if (trigger) reader.find({"on", "instead"});
  const bool view = reader.sees("instead");
  if (trigger) reader.find({"on"});
  if (trigger) reader.skip();
  const RelationName name = reader.relation();
  const std::string quoted =
      (name.schema.empty() ? "" : identifier(name.schema) + ".") + identifier(name.name);
  return view ? fmt::format("CREATE VIEW {} AS SELECT 1", quoted)
              : fmt::format("CREATE TABLE {} (afloat_stand_in)", quoted);
}

/// The three ways in which SQLite's parser complains; what is not about size either is about names, which may
/// exist in the real database.
bool is_syntax(std::string_view message) {
  return message.ends_with("syntax error") || message == "incomplete input"
         || message.starts_with("unrecognized token");
}

/// A limit that no other database of this library lifts. Of these the parser does not say where.
bool is_too_large(std::string_view message) {
  constexpr std::string_view k_beginnings[] = {"parser stack overflow",
                                               "Recursion limit",
                                               "Expression tree is too large",
                                               "too many columns",
                                               "too many terms",
                                               "too many arguments on function",
                                               "at most "};
  return std::ranges::any_of(k_beginnings,
                             [&](std::string_view beginning) { return message.starts_with(beginning); });
}

Connection open_to_prepare() {
  Connection connection = open_in_memory();
  sqlite3_set_authorizer(connection.get(), without_pragmas, nullptr);
  return connection;
}

/// A table or view that is there for as long as this is, if it could be made: a name that is refused is no
/// table's.
class StandIn {
 public:
  StandIn(sqlite3* connection, const std::string& sql) : m_connection(sql.empty() ? nullptr : connection) {
    run("BEGIN");
    run(sql.c_str());
  }
  ~StandIn() { run("ROLLBACK"); }
  StandIn(const StandIn&) = delete;
  StandIn& operator=(const StandIn&) = delete;

 private:
  void run(const char* sql) const {
    if (m_connection != nullptr) sqlite3_exec(m_connection, sql, nullptr, nullptr, nullptr);
  }

  sqlite3* m_connection;
};
} // namespace

void check_syntax(std::string_view statement, StatementFacts& facts) {
  // What is prepared and never run leaves an empty database empty: all statements can share one.
  thread_local const Connection empty = open_to_prepare();
  sqlite3* const opened = empty.get();
  const StandIn table(opened, stand_in(statement));
  sqlite3_stmt* prepared = nullptr;
  if (sqlite3_prepare_v2(opened, statement.data(), static_cast<int>(statement.size()), &prepared, nullptr)
      == SQLITE_OK) {
    sqlite3_finalize(prepared);
    return;
  }
  const std::string message = sqlite3_errmsg(opened);
  const bool too_large = is_too_large(message);
  if (!too_large && !is_syntax(message)) return;
  const int offset = sqlite3_error_offset(opened);
  const std::size_t nowhere = too_large ? 0 : statement.size();
  facts.syntax_error = message;
  if (too_large)
    facts.hint = "Write it in smaller parts, or as several statements: SQLite has a limit there.";
  facts.offset = offset < 0 ? nowhere : static_cast<std::size_t>(offset);
}

} // namespace afloat::sqlite
