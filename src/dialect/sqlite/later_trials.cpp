#include "dialect/sqlite/later_trials.hpp"

#include "dialect/sqlite/drop_trials.hpp"
#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/scan.hpp"
#include "dialect/sqlite/statement_reader.hpp"
#include "support/error.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace afloat::sqlite {
namespace {
struct NewIndex {
  std::string name;
  std::string sql; ///< under a name that nobody has
};

struct Later {
  bool alters = false;
  std::vector<std::string> new_columns; ///< statements that add what indexes may be made on
  std::vector<NewIndex> indexes;
  std::vector<std::string> new_tables;
};

/// A rebuild makes the indexes on the table's copy, which is not there yet.
void read_index(StatementReader& reader, const Step& step, const std::string& sql, Later& later) {
  reader.take({"if", "not", "exists"});
  std::string name = reader.name();
  if (!reader.take({"on"})) return;
  const Lexeme table = reader.peek();
  const bool is_copy = step.rebuild && table.is_name() && is_own_name(table.name());
  later.indexes.push_back({std::move(name), fmt::format("EXPLAIN CREATE INDEX afloat_trial ON \"{}\"{}",
                                                        is_copy ? step.rebuild->table.name : table.name(),
                                                        sql.substr(table.end))});
}

/// The user's index behind its twin of a window: "ui" for "afloat_1_2_ui".
std::string users_name(std::string_view name) {
  constexpr std::string_view k_own = "afloat_";
  if (!name.starts_with(k_own)) return std::string(name);
  const std::size_t behind = name.find_first_not_of("0123456789_", k_own.size());
  return std::string(behind == std::string_view::npos ? name : name.substr(behind));
}

void read(const Step& step, const Statement& statement, Later& later) {
  StatementReader reader(statement.sql);
  if (reader.take({"create", "unique", "index"}) || reader.take({"create", "index"}))
    return read_index(reader, step, statement.sql, later);
  if (reader.take({"create", "table"})) {
    reader.take({"if", "not", "exists"});
    return later.new_tables.push_back(reader.name());
  }
  if (!reader.take({"alter", "table"})) return;
  reader.relation();
  if (reader.take({"rename", "to"})) {
    later.alters = true;
    return later.new_tables.push_back(reader.name());
  }
  if (reader.take({"rename"}) || reader.take({"drop", "column"})) later.alters = true;
  if (reader.sees("add") && step.phase == Phase::expand) later.new_columns.push_back(statement.sql);
}

Later later_of(const Plan& plan, Phase phase) {
  Later later;
  const bool all = phase == Phase::expand;
  const bool back = phase == Phase::abort || (all && plan.has(Phase::contract));
  for (const Step& step : plan.steps) {
    if (all || step.phase == phase)
      for (const Statement& statement : step.statements) read(step, statement, later);
    if (back && step.phase < Phase::contract)
      for (const Statement& statement : step.inverse) read(step, statement, later);
  }
  return later;
}

bool has_authors_statements(const Plan& plan) {
  return std::ranges::any_of(plan.steps, [](const Step& step) {
    return (step.work && step.work->written)
           || std::ranges::any_of(step.statements,
                                  [](const Statement& statement) { return !statement.where.file.empty(); });
  });
}

Error refusal(const Plan& plan, const std::string& message, const std::string& hint) {
  return {ErrorCode::invalid_migration, fmt::format("migration {}: {}", plan.title(), message),
          hint + " Nothing was changed."};
}

/// Any ALTER TABLE asks for all of them.
void try_alter(Database& database, const Plan& plan) {
  try {
    database.script("CREATE TABLE afloat_trial (a)");
    database.script("ALTER TABLE afloat_trial RENAME COLUMN a TO b");
    database.script("DROP TABLE afloat_trial");
  } catch (const Error& error) {
    if (error.code != ErrorCode::statement || !error.message.starts_with("error in ")) throw;
    throw refusal(plan, error.message,
                  "ALTER TABLE, which this migration needs, reads every view, trigger and index of the "
                  "file: correct this one or drop it first.");
  }
}

/// Where it fails, its step will say so.
void add_column(Database& database, const std::string& sql) {
  try {
    database.script(sql);
  } catch (const Error& error) {
    if (error.code != ErrorCode::statement) throw;
  }
}

void try_index(Database& database, const Plan& plan, const NewIndex& index) {
  try {
    database.query(index.sql, {});
  } catch (const Error& error) {
    const bool unknown = error.message.starts_with("no such collation sequence")
                         || error.message.starts_with("no such function")
                         || error.message.starts_with("unknown function");
    if (!unknown) return; // a column that only a later step makes
    throw refusal(plan, fmt::format("index \"{}\": {}", users_name(index.name), error.message),
                  "Your application defines it for its own connections, so that afloat cannot make this "
                  "index: drop it first, and make it again from the application.");
  }
}

void try_table(Database& database, const Plan& plan, const std::string& name) {
  constexpr std::string_view k_reserved = "sqlite_";
  if (same_name(std::string_view(name).substr(0, k_reserved.size()), k_reserved))
    throw refusal(plan, fmt::format("\"{}\" is a name that SQLite keeps for itself", name),
                  "Choose a name that does not begin with \"sqlite_\".");
  // To look for it among all names would cost a run over many migrations the square of their number.
  if (database.query(fmt::format("PRAGMA main.index_info({})", identifier(name))).rows.empty()) return;
  const Result index = database.query(
      "SELECT name FROM sqlite_schema WHERE type = 'index' AND name = $1 COLLATE NOCASE", {Value(name)});
  if (!index.rows.empty())
    throw refusal(plan, fmt::format("there is an index \"{}\" already", *index.rows[0][0]),
                  "A table cannot have the name of an index: choose another one.");
}

void try_all(Database& database, const Plan& plan, const Later& later) {
  for (const std::string& table : later.new_tables) try_table(database, plan, table);
  for (const std::string& sql : later.new_columns) add_column(database, sql);
  for (const NewIndex& index : later.indexes) try_index(database, plan, index);
  if (later.alters) try_alter(database, plan);
}
} // namespace

void try_later(Database& database, const Plan& plan, Phase phase, std::chrono::milliseconds lock_timeout) {
  if (has_authors_statements(plan)) return;
  if (phase == Phase::abort) try_drops(database, plan);
  const Later later = later_of(plan, phase);
  if (!later.alters && later.indexes.empty() && later.new_tables.empty()) return;
  try {
    database.begin(lock_timeout);
    try_all(database, plan, later);
  } catch (Error& error) {
    database.rollback();
    if (phase != Phase::expand && error.code == ErrorCode::invalid_migration) error.code = ErrorCode::refused;
    throw;
  }
  database.rollback();
}

} // namespace afloat::sqlite
