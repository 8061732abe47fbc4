#include "cli/help.hpp"
#include "dialect/sql_writer.hpp"
#include "load/load.hpp"
#include "model/plan_json.hpp"
#include "planning/planner.hpp"
#include "report/node.hpp"
#include "report/plan_text.hpp"
#include "support/golden.hpp"
#include "support/places.hpp"
#include "support/text.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

// Whole outputs, compared with the files beside this one. UPDATE_GOLDEN=1 writes them anew.
namespace afloat {
namespace {
Column column(std::string name, std::string type, bool not_null = false) {
  Column result;
  result.name = std::move(name);
  result.type = std::move(type);
  result.not_null = not_null;
  return result;
}

Table table(Dialect dialect, std::string name, std::vector<Column> columns, std::string create_sql) {
  const bool postgres = dialect == Dialect::postgres;
  Table result;
  result.name = {postgres ? "public" : "", std::move(name)};
  result.columns = std::move(columns);
  result.primary_key = {"id"};
  Index key;
  key.name = result.name.name + "_pkey";
  key.method = postgres ? "btree" : "";
  key.unique = key.primary = true;
  key.constraint = postgres ? key.name : "primary key";
  key.parts = {{"id", "", ""}};
  if (postgres) result.indexes.push_back(key);
  result.rows = 50'000;
  if (!postgres) result.create_sql = std::move(create_sql);
  return result;
}

Column with_default(Column column, std::string expression) {
  column.default_sql = std::move(expression);
  return column;
}

/// visits, with a foreign key to users.
Table visits(Dialect dialect) {
  const bool postgres = dialect == Dialect::postgres;
  const std::string key = postgres ? "FOREIGN KEY (user_id) REFERENCES users(id)" : "REFERENCES users (id)";
  Table result =
      table(dialect, "visits",
            {column("id", "integer", postgres), column("user_id", "integer", true), column("page", "text")},
            "CREATE TABLE visits (id integer PRIMARY KEY, user_id integer NOT NULL REFERENCES users "
            "(id), page text)");
  Constraint constraint;
  constraint.name = postgres ? "visits_user_id_fkey" : "";
  constraint.kind = ConstraintKind::foreign_key;
  constraint.columns = {"user_id"};
  constraint.definition = key;
  constraint.references = {postgres ? "public" : "", "users"};
  result.constraints.push_back(constraint);
  return result;
}

Table indexed_orders(Dialect dialect, Table orders) {
  Index index;
  index.name = "orders_by_state";
  index.method = dialect == Dialect::postgres ? "btree" : "";
  index.parts = {{"state", "", ""}};
  index.predicate = dialect == Dialect::postgres ? "(state <> 'done'::text)" : "state <> 'done'";
  orders.indexes.push_back(index);
  return orders;
}

Table orders_with_check(Dialect dialect, const Column& id) {
  Table result = table(dialect, "orders", {id, column("total", "integer", true)},
                       "CREATE TABLE orders (id integer PRIMARY KEY, total integer NOT NULL, CONSTRAINT "
                       "orders_total_check CHECK (total >= 0))");
  Constraint constraint;
  constraint.name = "orders_total_check";
  constraint.kind = ConstraintKind::check;
  constraint.columns = {"total"};
  constraint.definition = dialect == Dialect::postgres ? "CHECK ((total >= 0))" : "CHECK (total >= 0)";
  result.constraints.push_back(constraint);
  return result;
}

/// Of the examples that add or drop a constraint; nothing for the others.
std::vector<Table> tables_with_constraints(const std::string& example, Dialect dialect) {
  const Column id = column("id", "integer", dialect == Dialect::postgres);
  const Column name = column("name", "text", true);
  if (example == "add_check")
    return {table(dialect, "users", {id, name, column("age", "integer"), column("country", "text", true)},
                  "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, country text "
                  "NOT NULL)")};
  if (example == "add_unique")
    return {table(dialect, "users", {id, name, column("email", "text")},
                  "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, email text)")};
  if (example == "drop_constraint") return {orders_with_check(dialect, id)};
  if (example == "add_primary_key") {
    Table events = table(dialect, "events", {column("id", "integer"), column("happened", "text", true)},
                         "CREATE TABLE events (id integer, happened text NOT NULL)");
    events.primary_key.clear();
    events.indexes.clear();
    return {events};
  }
  if (example != "add_foreign_key") return {};
  Table orders =
      table(dialect, "orders", {id, column("user_id", "integer"), column("total", "integer", true)},
            "CREATE TABLE orders (id integer PRIMARY KEY, user_id integer, total integer NOT NULL)");
  Index index;
  index.name = "orders_by_user";
  index.parts = {{"user_id", "", ""}};
  orders.indexes.push_back(index);
  return {orders, table(dialect, "users", {id, name},
                        "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL)")};
}

/// orders, with a list of values for state.
Table listed_orders(Dialect dialect, bool with_lost = false) {
  const bool postgres = dialect == Dialect::postgres;
  const std::string list =
      with_lost ? "CHECK (state IN ('new', 'paid', 'lost'))" : "CHECK (state IN ('new', 'paid'))";
  Table result =
      table(dialect, "orders",
            {column("id", "integer", postgres), column("state", postgres ? "order_state" : "text", true)},
            fmt::format("CREATE TABLE orders (id integer PRIMARY KEY, state text NOT NULL {})", list));
  Constraint check;
  check.kind = ConstraintKind::check;
  check.columns = {"state"};
  check.definition = list;
  if (!postgres) result.constraints.push_back(check);
  return result;
}

/// users with a phone, and profiles that belong to them.
std::vector<Table> users_and_profiles(Dialect dialect, const Column& id) {
  const bool postgres = dialect == Dialect::postgres;
  Table profiles = table(dialect, "profiles", {column("user_id", "integer", postgres), column("bio", "text")},
                         "CREATE TABLE profiles (user_id integer PRIMARY KEY REFERENCES users (id) ON DELETE "
                         "CASCADE, bio text)");
  profiles.primary_key = {"user_id"};
  for (Index& index : profiles.indexes) index.parts = {{"user_id", "", ""}};
  Constraint constraint;
  constraint.name = postgres ? "profiles_user_id_fkey" : "";
  constraint.kind = ConstraintKind::foreign_key;
  constraint.columns = {"user_id"};
  constraint.definition = postgres ? "FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE"
                                   : "REFERENCES users (id) ON DELETE CASCADE";
  constraint.references = {postgres ? "public" : "", "users"};
  profiles.constraints.push_back(constraint);
  return {table(dialect, "users", {id, column("name", "text", true), column("phone", "text", true)},
                "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, phone text NOT NULL)"),
          profiles};
}

/// Users that refer to their profiles.
std::vector<Table> users_of_profiles(Dialect dialect, const Column& id) {
  const bool postgres = dialect == Dialect::postgres;
  Table profiles = table(dialect, "profiles", {id, column("bio", "text")},
                         "CREATE TABLE profiles (id integer PRIMARY KEY, bio text)");
  Table users =
      table(dialect, "users",
            {id, column("name", "text", true), column("phone", "text"), column("street", "text"),
             column("city", "text"), column("profile_id", "integer")},
            "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, phone text, street text, city "
            "text, profile_id integer UNIQUE REFERENCES profiles (id))");
  Index unique;
  unique.name = postgres ? "users_profile_id_key" : "sqlite_autoindex_users_1";
  unique.unique = true;
  unique.constraint = postgres ? "users_profile_id_key" : "unique";
  unique.parts.push_back({"profile_id", "", ""});
  users.indexes.push_back(unique);
  Constraint constraint;
  constraint.name = postgres ? "users_profile_id_fkey" : "";
  constraint.kind = ConstraintKind::foreign_key;
  constraint.columns = {"profile_id"};
  constraint.definition =
      postgres ? "FOREIGN KEY (profile_id) REFERENCES profiles(id)" : "REFERENCES profiles (id)";
  constraint.references = {postgres ? "public" : "", "profiles"};
  users.constraints.push_back(constraint);
  return {users, profiles};
}

/// A foreign key, on PostgreSQL.
Constraint referring(const std::string& name, std::vector<std::string> columns, const std::string& to,
                     const std::string& key) {
  Constraint constraint;
  constraint.name = name;
  constraint.kind = ConstraintKind::foreign_key;
  constraint.columns = std::move(columns);
  constraint.definition = fmt::format("FOREIGN KEY ({}) REFERENCES {}({}) ON DELETE CASCADE",
                                      join(constraint.columns, ", "), to, key);
  constraint.references = {"public", to};
  return constraint;
}

/// Orders that refer to users, and bills that refer to orders.
std::vector<Table> referring_orders(Dialect dialect) {
  const bool postgres = dialect == Dialect::postgres;
  const Column id = column("id", "integer", postgres);
  Table users = table(dialect, "users", {id, column("name", "text", true)},
                      "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL)");
  Table orders =
      table(dialect, "orders",
            {column("id", "integer", postgres), column("region", "text", postgres),
             column("user_id", "integer"), column("state", "text")},
            "CREATE TABLE orders (id integer, region text, user_id integer REFERENCES users (id) ON DELETE "
            "CASCADE, state text, PRIMARY KEY (id, region))");
  Table bills =
      table(dialect, "bills",
            {column("number", "integer", postgres), column("order_id", "integer"), column("region", "text")},
            "CREATE TABLE bills (number integer PRIMARY KEY, order_id integer, region text, FOREIGN KEY "
            "(order_id, region) REFERENCES orders (id, region) ON DELETE CASCADE)");
  orders.primary_key = {"id", "region"};
  bills.primary_key = {"number"};
  if (!postgres) return {users, orders, bills};
  orders.indexes.front().parts = {{"id", "", ""}, {"region", "", ""}};
  bills.indexes.front().parts = {{"number", "", ""}};
  Constraint key;
  key.name = "orders_pkey";
  key.kind = ConstraintKind::primary_key;
  key.columns = orders.primary_key;
  key.definition = "PRIMARY KEY (id, region)";
  orders.constraints = {key, referring("orders_user_id_fkey", {"user_id"}, "users", "id")};
  bills.constraints = {
      referring("bills_order_id_region_fkey", {"order_id", "region"}, "orders", "id, region")};
  orders.partitioned = true;
  for (const char* const name : {"orders_eu", "orders_rest"})
    orders.partitions.push_back({{"public", name}, {"public", "orders"}});
  users.referenced_by = {{"public", "orders"}};
  orders.referenced_by = {{"public", "bills"}};
  return {users, orders, bills};
}

/// What schema.sql of the example makes, as a value.
std::vector<Table> tables_of_example(const std::string& example, Dialect dialect) {
  const Column id = column("id", "integer", dialect == Dialect::postgres);
  if (std::vector<Table> tables = tables_with_constraints(example, dialect); !tables.empty()) return tables;
  if (example == "add_column")
    return {table(
        dialect, "users", {id, column("first_name", "text", true), column("last_name", "text", true)},
        "CREATE TABLE users (id integer PRIMARY KEY, first_name text NOT NULL, last_name text NOT NULL)")};
  if (example == "rename_column")
    return {table(dialect, "users", {id, column("user_name", "text", true), column("email", "text")},
                  "CREATE TABLE users (id integer PRIMARY KEY, user_name text NOT NULL, email text)")};
  if (example == "attic_aside")
    return {table(dialect, "users",
                  {id, column("user_name", "text", true), column("email", "text", true),
                   column("nickname", "text", true)},
                  "CREATE TABLE users (id integer PRIMARY KEY, user_name text NOT NULL, email text NOT NULL, "
                  "nickname text NOT NULL)")};
  if (example == "attic_aside_sides") {
    Table users = table(
        dialect, "users", {id, column("full_name", "text", true), with_default(column("age", "text"), "'0'")},
        "CREATE TABLE users (id integer PRIMARY KEY, full_name text NOT NULL, age text DEFAULT '0')");
    users.indexes.push_back({.name = "users_by_age", .parts = {{.column = "age"}}});
    users.indexes.push_back({.name = "users_by_name", .parts = {{.column = "full_name"}}});
    return {users};
  }
  if (example == "change_type") {
    Table products = table(
        dialect, "products",
        {id, column("name", dialect == Dialect::postgres ? "character varying(40)" : "varchar(40)", true),
         with_default(column("stock", "text", true), "'0'"), column("price", "integer")},
        "CREATE TABLE products (id integer PRIMARY KEY, name varchar(40) NOT NULL, stock text NOT "
        "NULL DEFAULT '0', price integer)");
    products.indexes.push_back({.name = "products_stock", .parts = {{.column = "stock"}}});
    return {products};
  }
  if (example == "drop_column") {
    const bool postgres = dialect == Dialect::postgres;
    Table users =
        table(dialect, "users",
              {id, column("name", "text", true), column("nickname", "text", true), column("badge", "text")},
              "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, nickname text NOT NULL, "
              "badge text UNIQUE CHECK (length(badge) > 1))");
    Constraint unique, check;
    unique.kind = ConstraintKind::unique;
    check.kind = ConstraintKind::check;
    unique.columns = check.columns = {"badge"};
    unique.definition = postgres ? "UNIQUE (badge)" : "UNIQUE";
    check.definition = "CHECK (length(badge) > 1)";
    Index index;
    index.name = postgres ? "users_badge_key" : "sqlite_autoindex_users_1";
    index.unique = true;
    index.constraint = postgres ? "users_badge_key" : "unique";
    index.parts.push_back({"badge", "", ""});
    if (postgres) unique.name = "users_badge_key", check.name = "users_badge_check", index.method = "btree";
    users.constraints = {unique, check};
    users.indexes = {index};
    return {users};
  }
  if (example == "widen_key") return referring_orders(dialect);
  if (example == "create_table")
    return {table(dialect, "users", {id, column("name", "text", true)},
                  "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL)")};
  if (example == "set_not_null")
    return {
        table(dialect, "users",
              {id, column("name", "text", true), column("email", "text"), column("country", "text")},
              "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, email text, country text)")};
  if (example == "drop_not_null")
    return {table(dialect, "users", {id, column("name", "text", true), column("phone", "text", true)},
                  "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, phone text NOT NULL)")};
  if (example == "set_default")
    return {table(dialect, "orders",
                  {id, column("state", "text"), with_default(column("source", "text"), "'web'")},
                  "CREATE TABLE orders (id integer PRIMARY KEY, state text, source text DEFAULT 'web')")};
  if (example == "drop_default")
    return {
        table(dialect, "orders",
              {id, with_default(column("note", "text"), "'none'"),
               with_default(column("source", "text", true), "'web'")},
              "CREATE TABLE orders (id integer PRIMARY KEY, note text DEFAULT 'none', source text NOT NULL "
              "DEFAULT 'web')")};
  if (example == "split_column")
    return {table(dialect, "users", {id, column("full_name", "text", true), column("email", "text")},
                  "CREATE TABLE users (id integer PRIMARY KEY, full_name text NOT NULL, email text)")};
  if (example == "merge_columns")
    return {table(
        dialect, "users",
        {id, column("first_name", "text"), column("last_name", "text", true), column("email", "text")},
        "CREATE TABLE users (id integer PRIMARY KEY, first_name text, last_name text NOT NULL, email text)")};
  if (example == "drop_table") return {visits(dialect)};
  if (example == "rename_table")
    return {table(dialect, "users",
                  {id, column("name", "text", true), with_default(column("visits", "integer", true), "0")},
                  "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL UNIQUE, visits integer NOT "
                  "NULL DEFAULT 0)")};
  if (example == "add_enum_value") return {listed_orders(dialect)};
  if (example == "remove_enum_value") return {listed_orders(dialect, true)};
  if (example == "move_column") return users_and_profiles(dialect, id);
  if (example == "attic_aside_tables") return users_of_profiles(dialect, id);
  if (example == "extract_table")
    return {table(dialect, "users",
                  {id, column("name", "text", true), column("street", "text"), column("city", "text")},
                  "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, street text, city text)")};
  Table orders = table(
      dialect, "orders",
      {id, column("user_id", "integer", true), column("invoice", "text"), column("state", "text", true)},
      "CREATE TABLE orders (id integer PRIMARY KEY, user_id integer NOT NULL, invoice text, state text NOT "
      "NULL)");
  if (example == "drop_index") return {indexed_orders(dialect, std::move(orders))};
  return {orders};
}

Schema schema_of(const std::string& example, Dialect dialect) {
  Schema schema;
  schema.dialect = dialect;
  schema.default_schema = dialect == Dialect::postgres ? "public" : "";
  schema.server_version = dialect == Dialect::postgres ? 150018 : 3040001;
  schema.tables = tables_of_example(example, dialect);
  for (const Table& one : schema.tables) schema.known.push_back(one.name);
  if (dialect == Dialect::postgres) schema.types = {{{"public", "order_state"}, "enum", {"new", "paid"}, ""}};
  if (example == "remove_enum_value" && dialect == Dialect::postgres)
    schema.types = {{{"public", "order_state"}, "enum", {"new", "paid", "lost"}, ""}};
  return schema;
}

std::vector<Migration> migrations_of(const std::string& example, Dialect dialect) {
  const auto folder = test::source_folder() / "migrations-examples" / example / "migrations";
  std::vector<Migration> migrations = list_migrations(folder);
  for (Migration& migration : migrations)
    migration = parse_migration(std::filesystem::relative(migration.path, test::source_folder()).string(),
                                migration.text, operation_rows(), dialect);
  return migrations;
}

struct Planned {
  std::string text, json;
};

Planned planned(const std::string& example, Dialect dialect) {
  const auto writer = make_sql_writer(dialect, dialect == Dialect::postgres ? 150018 : 3040001);
  Schema schema = schema_of(example, dialect);
  Planned result;
  Node::List plans;
  for (const Migration& migration : migrations_of(example, dialect)) {
    const Plan plan = make_plan(migration, schema, *writer);
    result.text += plan_text(plan, {}) + "\n";
    plans.emplace_back(Node::Json{to_json_text(plan)});
  }
  result.json = to_json({{"plans", std::move(plans)}});
  return result;
}

/// Lines of prose that do not fit on a terminal; statements may be as long as they are.
std::vector<std::string> long_lines(const std::string& text) {
  std::vector<std::string> found;
  for (const std::string& line : split(text, '\n')) {
    const auto width =
        std::ranges::count_if(line, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
    if (width > 80 && !line.starts_with("         ")) found.push_back(line);
  }
  return found;
}

TEST_CASE("each example's plan reads as it should on both databases", "[golden]") {
  std::vector<std::string> names{"attic_aside", "attic_aside_sides", "attic_aside_tables"};
  for (const OperationRow& row : operation_rows()) names.emplace_back(row.name);
  for (const std::string& name : names)
    for (const Dialect dialect : {Dialect::sqlite, Dialect::postgres}) {
      const Planned result = planned(name, dialect);
      const std::string file = fmt::format("golden/plan_{}_{}", name, name_of(dialect));
      test::check_golden(file + ".txt", result.text);
      test::check_golden(file + ".json.txt", result.json);
      CHECK(join(long_lines(result.text), "\n") == "");
    }
}

TEST_CASE("a coloured plan has the same words", "[golden]") {
  const auto writer = make_sql_writer(Dialect::sqlite, 3040001);
  Schema schema = schema_of("rename_column", Dialect::sqlite);
  const Plan plan = make_plan(migrations_of("rename_column", Dialect::sqlite).at(0), schema, *writer);
  std::string plain, coloured = plan_text(plan, {.color = true});
  for (std::size_t at = 0; at < coloured.size(); ++at) {
    if (coloured[at] == '\x1b')
      at = coloured.find('m', at);
    else
      plain += coloured[at];
  }
  CHECK(coloured != plain);
  CHECK(plain == plan_text(plan, {}));
}

TEST_CASE("a step and its number are two words, however long that is", "[golden]") {
  Plan plan;
  Step& step = plan.steps.emplace_back();
  step.title = "copy";
  for (const auto* const id : {"1.2", "1.1.3", "12.3.14"}) {
    plan.steps[0].id = id;
    CHECK(plan_text(plan, {}).find(std::string(id) + " ") != std::string::npos);
  }
}

TEST_CASE("help reads as it should", "[golden]") {
  std::string text = "$ afloat --help\n" + program_help(global_options(), command_rows());
  for (const CommandRow& row : command_rows())
    text += fmt::format("\n$ afloat {} --help\n{}", row.name, command_help(row));
  test::check_golden("golden/help.txt", text);
  for (const std::string& line : split(text, '\n')) {
    INFO(line);
    CHECK(std::ranges::count_if(line, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; })
          <= 80);
  }
}
} // namespace
} // namespace afloat
