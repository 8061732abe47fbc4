#include "execution/measure.hpp"

#include "support/text.hpp"

#include <charconv>

#include <fmt/format.h>

namespace afloat {
namespace {
/// Nothing is written while it lives.
class ReadOnly {
 public:
  explicit ReadOnly(Database& database) : m_database(database) {
    database.script(sqlite() ? "PRAGMA query_only = ON"
                             : "BEGIN READ ONLY; SET LOCAL statement_timeout = '5s'");
  }
  ReadOnly(const ReadOnly&) = delete;
  ReadOnly& operator=(const ReadOnly&) = delete;
  ~ReadOnly() {
    try {
      m_database.script(sqlite() ? "PRAGMA query_only = OFF" : "ROLLBACK");
    } catch (const Error&) { // the connection is gone
    }
  }

 private:
  bool sqlite() const { return m_database.dialect() == Dialect::sqlite; }
  Database& m_database;
};

std::optional<double> number_of(const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

Reading answer_of(Database& database, const std::string& sql) {
  const ReadOnly guard(database);
  const Result result = database.query(sql, {});
  if (result.rows.empty() || result.rows[0].empty()) return {{}, "", "it returns no row"};
  const Value& value = result.rows[0][0];
  if (!value) return {{}, "", "it returns NULL"};
  if (*value == "t" || *value == "f") return {*value == "t" ? 1.0 : 0.0, "", ""};
  const auto number = number_of(*value);
  return number ? Reading{*number < 0 ? -*number : *number, "", ""}
                : Reading{{},
                          "",
                          fmt::format("it returns \"{}\", no truth value or number", one_line(*value, 40))};
}

std::string literal(const std::string& text) {
  return "'" + replaced(text, "'", "''") + "'";
}

Reading reading_of(const std::vector<Value>& row) {
  const auto real = [&](std::size_t i) {
    return row.size() > i && row[i] ? number_of(*row[i]) : std::nullopt;
  };
  return {real(0),
          row[1].value_or(""),
          row[3].value_or(""),
          static_cast<std::int64_t>(real(2).value_or(0)),
          real(4),
          real(5)};
}

std::string hint_for(const BrakeRow& row) {
  return row.brake == Brake::query
             ? "Correct the query, or leave pause_when out. Nothing was changed."
             : fmt::format("What cannot be measured would hold the backfill back: leave {} out, or make it "
                           "measurable. Nothing was changed.",
                           row.key);
}
} // namespace

std::string quoted_table(const RelationName& name) {
  const auto quoted = [](const std::string& part) { return "\"" + replaced(part, "\"", "\"\"") + "\""; };
  return name.schema.empty() ? quoted(name.name) : quoted(name.schema) + "." + quoted(name.name);
}

Reading measure(Database& database, Brake brake, const Watched& watched) {
  try {
    if (brake == Brake::query) return answer_of(database, watched.settings.pause_when);
    std::string sql = replaced(std::string(row_of(brake).query), "{pids}", join(watched.backends, ", "));
    sql = replaced(std::move(sql), "{table}", literal(quoted_table(watched.table)));
    return reading_of(database.query(sql, {}).rows.at(0));
  } catch (const Error& error) {
    if (error.code == ErrorCode::connection || error.code == ErrorCode::interrupted) throw;
    return {{}, "", error.message};
  }
}

void require_all_rows(Database& database, const RelationName& table) {
  if (database.dialect() == Dialect::sqlite) return;
  try {
    database.query(fmt::format("SELECT FROM {} LIMIT 0", quoted_table(table)), {});
  } catch (Error& error) {
    if (error.message.find("row-level security") == std::string::npos) {
      if (error.code == ErrorCode::statement || error.code == ErrorCode::permission) return; // not made yet
      throw;
    }
    error.message =
        fmt::format("row-level security hides rows of {} from role {}: the backfill would miss them",
                    display(table), database.facts().role);
    error.sql.clear();
    error.hint =
        fmt::format("Let a role with BYPASSRLS run it, or the owner without FORCE: ALTER TABLE {} NO "
                    "FORCE ROW LEVEL SECURITY. Nothing was changed.",
                    quoted_table(table));
    throw;
  }
}

void require_measurable(Database& database, const Watched& watched) {
  const bool sqlite = database.dialect() == Dialect::sqlite;
  const ThrottleSettings standard = default_throttle();
  for (const BrakeRow& row : brake_rows()) {
    const auto& limit = watched.settings.limit(row.brake);
    if (!limit || row.brake == Brake::commit || limit == standard.limit(row.brake)) continue;
    if (sqlite && !row.sqlite)
      throw Error(ErrorCode::configuration, fmt::format("{} is for PostgreSQL only", row.key),
                  "SQLite has rate, pause and pause_when. Nothing was changed.");
    const Reading reading = measure(database, row.brake, watched);
    if (reading.value && reading.problem.empty()) continue;
    throw Error(ErrorCode::configuration,
                fmt::format("{} cannot be measured: {}", row.key,
                            reading.problem.empty() ? "it has no value" : reading.problem),
                hint_for(row));
  }
  if (!sqlite) return;
  for (const auto& [wanted, name] : {std::pair(watched.settings.workers.value_or(1) > 1, "workers"),
                                     std::pair(watched.settings.vacuum_every > 0, "vacuum_every")})
    if (wanted)
      throw Error(ErrorCode::configuration, fmt::format("{} is for PostgreSQL only", name),
                  std::string_view(name) == "workers"
                      ? "SQLite has one writer at a time. Nothing was changed."
                      : "SQLite changes rows in place and leaves no dead ones. Nothing was changed.");
}

} // namespace afloat
