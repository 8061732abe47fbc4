#include "fuzz/planned.hpp"

#include "dialect/sql_writer.hpp"
#include "fuzz/finding.hpp"
#include "model/plan_json.hpp"
#include "planning/planner.hpp"
#include "report/plan_text.hpp"

#include <memory>
#include <string>
#include <vector>

namespace afloat::test {
namespace {
/// What the files of the corpus work on; each of their operations finds its table here.
std::vector<Statement> tables_of(Dialect dialect) {
  const std::string mood =
      dialect == Dialect::postgres ? "mood" : "text CHECK (mood IN ('sad', 'ok', 'happy'))";
  std::vector<Statement> statements;
  if (dialect == Dialect::postgres)
    statements.emplace_back("CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')");
  statements.emplace_back("CREATE TABLE moods (id bigint PRIMARY KEY, mood " + mood + ", since date)");
  for (const char* sql :
       {"CREATE TABLE users (id integer PRIMARY KEY, user_name text NOT NULL, full_name text, "
        "first_name text, last_name text, email text, phone text NOT NULL, age integer, nickname text, "
        "note text DEFAULT 'none')",
        "CREATE TABLE orders (id integer PRIMARY KEY, user_id integer REFERENCES users (id), state text, "
        "total integer NOT NULL, CONSTRAINT positive CHECK (total >= 0))",
        "CREATE TABLE profiles (user_id integer PRIMARY KEY REFERENCES users (id), bio text)",
        "CREATE TABLE bare (a integer, b text)",
        "CREATE INDEX orders_by_state ON orders (state) WHERE state <> 'done'",
        "CREATE VIEW paid AS SELECT id, total FROM orders WHERE state = 'paid'"})
    statements.emplace_back(sql);
  return statements;
}

/// The schema, and what writes SQL for it: made once, for it takes longer than a run.
struct Known {
  explicit Known(Dialect dialect) : sql(make_sql_writer(dialect, 0)), schema(empty_schema(dialect)) {
    sql->replay(tables_of(dialect), schema);
    require(schema.unknown.empty(), "the schema to plan on is not known");
  }

  std::unique_ptr<SqlWriter> sql;
  Schema schema;
};

const Known& known(Dialect dialect) {
  static const Known postgres(Dialect::postgres), sqlite(Dialect::sqlite);
  return dialect == Dialect::postgres ? postgres : sqlite;
}
} // namespace

void check_planned(const Migration& migration, Dialect dialect) {
  const auto& [sql, start] = known(dialect);
  try {
    Schema schema = start;
    const Plan plan = make_plan(migration, schema, *sql);
    require(parse_plan(to_json_text(plan)) == plan, "the plan is another one when it was frozen");
    require(!plan_text(plan, {}).empty(), "a plan without a word");
  } catch (const Error& error) {
    require(error.code == ErrorCode::invalid_migration,
            "another error than invalid_migration: " + describe(error));
    require_whole(error);
  }
}

} // namespace afloat::test
