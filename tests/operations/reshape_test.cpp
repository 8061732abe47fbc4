// split_column and merge_columns, with both releases at work: {value} is the first name.
#include "support/rollout.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
const Release k_whole{.insert = "INSERT INTO users (id, full_name) VALUES ({key}, '{value} van Dyk')",
                      .update = "UPDATE users SET full_name = '{value} van Dyk' WHERE id = {key}",
                      .erase = "DELETE FROM users WHERE id = {key}",
                      .read = "SELECT id, substr(full_name, 1, length(full_name) - 8) FROM users"};

// Updates write one of the parts alone.
const Release k_parts{
    .insert = "INSERT INTO users (id, first_name, last_name) VALUES ({key}, '{value}', 'van Dyk')",
    .update = "UPDATE users SET first_name = '{value}' WHERE id = {key}",
    .erase = "DELETE FROM users WHERE id = {key}",
    .read = "SELECT id, first_name FROM users"};

const std::string k_first = "substr(full_name, 1, length(full_name) - 8)";
const std::string k_last = "substr(full_name, length(full_name) - 6)";

const std::string k_split = fmt::format(R"x(
[[operation]]
type = "split_column"
table = "users"
column = "full_name"
down = "first_name || ' ' || last_name"
[[operation.to]]
column = "first_name"
column_type = "text"
up = "{}"
not_null = true
[[operation.to]]
column = "last_name"
column_type = "text"
up = "{}"
)x",
                                        k_first, k_last);

const std::string k_merge = fmt::format(R"x(
[[operation]]
type = "merge_columns"
table = "users"
to = "full_name"
column_type = "text"
up = "first_name || ' ' || last_name"
not_null = true
[[operation.from]]
column = "first_name"
down = "{}"
[[operation.from]]
column = "last_name"
down = "{}"
)x",
                                        k_first, k_last);

const std::vector<std::string> k_always{
    "SELECT count(*) FROM users WHERE full_name IS NULL OR first_name IS NULL OR "
    "full_name <> first_name || ' ' || last_name"};

Rollout split(const std::string& schema) {
  return {.schema = schema,
          .migrations = {k_split},
          .old_release = k_whole,
          .new_release = k_parts,
          .always = k_always};
}

Rollout merge(const std::string& schema) {
  return {.schema = schema,
          .migrations = {k_merge},
          .old_release = k_parts,
          .new_release = k_whole,
          .always = k_always};
}

const std::string k_one =
    "CREATE TABLE users (id integer PRIMARY KEY, full_name text NOT NULL, email text DEFAULT 'none');"
    "CREATE INDEX users_by_name ON users (full_name);";
const std::string k_two = "CREATE TABLE users (id integer PRIMARY KEY, first_name text NOT NULL, last_name "
                          "text NOT NULL, email text);"
                          "CREATE INDEX users_by_name ON users (last_name, first_name);";

Dialect both() {
  return GENERATE(Dialect::sqlite, Dialect::postgres);
}

/// A world with the migration expanded on it.
struct Window {
  Window(Dialect dialect, const std::string& schema, const std::string& migration)
      : world(make_world(dialect)), project({migration}) {
    world->prepare(schema);
    start = world->dump();
    project.succeed(*world, {"expand"});
    app = world->connect_app();
  }
  std::string row(int id = 1) {
    const Result result =
        app->query(fmt::format("SELECT full_name, first_name, last_name FROM users WHERE id = {}", id));
    std::string text;
    for (const Value& cell : result.rows.at(0)) text += (text.empty() ? "" : "|") + cell.value_or("NULL");
    return text;
  }

  std::unique_ptr<World> world;
  Project project;
  std::string start;
  std::unique_ptr<Database> app;
};

const std::string k_example_split =
    read_file(example("split_column") / "migrations/0001_split_full_name.toml");
const std::string k_example_merge = read_file(example("merge_columns") / "migrations/0001_merge_names.toml");
Rollout aside(Rollout rollout) {
  std::string& migration = rollout.migrations.front();
  migration.insert(migration.find("table ="), "attic = \"aside\"\n");
  return rollout;
}
} // namespace

TEST_CASE("split_column goes back without losing a write of either release", "[operations]") {
  rolls_back(both(), split(k_one));
}

TEST_CASE("split_column goes forward without losing a write of either release", "[operations]") {
  rolls_forward(both(), split(k_one));
}

TEST_CASE("merge_columns goes back without losing a write of either release", "[operations]") {
  rolls_back(both(), merge(k_two));
}

TEST_CASE("merge_columns goes forward without losing a write of either release", "[operations]") {
  rolls_forward(both(), merge(k_two));
}

TEST_CASE("split_column beside a trigger of the user loses no write", "[operations]") {
  SECTION("on SQLite") {
    rolls_forward(Dialect::sqlite, split(k_one + R"(
      ALTER TABLE users ADD COLUMN changes integer NOT NULL DEFAULT 0;
      CREATE TRIGGER users_touch AFTER UPDATE ON users WHEN NEW.changes = OLD.changes
        BEGIN UPDATE users SET changes = OLD.changes + 1 WHERE id = NEW.id; END;)"));
  }
  SECTION("on PostgreSQL") {
    rolls_forward(Dialect::postgres, split(k_one + R"(
      ALTER TABLE users ADD COLUMN changes integer NOT NULL DEFAULT 0;
      CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.changes := OLD.changes + 1; RETURN NEW; END';
      CREATE TRIGGER users_touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();)"));
  }
}

TEST_CASE("a split keeps what the new release knows better when the old one writes another column",
          "[operations]") {
  Window window(both(), k_one + "INSERT INTO users VALUES (1, 'Anna van Dyk', NULL)", k_example_split);
  CHECK(window.row() == "Anna van Dyk|Anna van|Dyk");
  window.app->query("UPDATE users SET first_name = 'Anna', last_name = 'van Dyk' WHERE id = 1");
  window.app->query("UPDATE users SET email = 'a@example.org' WHERE id = 1");
  window.app->query("UPDATE users SET full_name = full_name WHERE id = 1");
  CHECK(window.row() == "Anna van Dyk|Anna|van Dyk");
  window.app->query("UPDATE users SET last_name = 'de Vries' WHERE id = 1");
  CHECK(window.row() == "Anna de Vries|Anna|de Vries");
  window.app->query("UPDATE users SET full_name = 'Bea de Vries' WHERE id = 1");
  CHECK(window.row() == "Bea de Vries|Bea de|Vries");
  window.app->query("INSERT INTO users (id, last_name) VALUES (2, 'Plato')");
  CHECK(window.row(2) == "Plato|NULL|Plato");
}

TEST_CASE("split_column ends like the columns made by hand, and abort like the start", "[operations]") {
  const Dialect dialect = both();
  const std::string schema = k_one + "INSERT INTO users VALUES (1, 'Ada Lovelace', NULL), (2, 'Plato', NULL)";
  Window window(dialect, schema, k_example_split);
  window.app.reset();
  window.project.succeed(*window.world, {"abort"});
  REQUIRE(difference(window.start, window.world->dump()) == "");
  window.project.succeed(*window.world, {"expand"});
  window.project.succeed(*window.world, {"contract", "--quiet", "0"});
  window.project.succeed(*window.world, {"attic", "purge", "--retention", "0", "--accept-data-loss"});
  const auto expected = make_world(dialect);
  expected->prepare(
      dialect == Dialect::postgres
          ? "CREATE TABLE users (id integer PRIMARY KEY, full_name text, email text DEFAULT 'none', "
            "first_name text, last_name text NOT NULL); ALTER TABLE users DROP COLUMN full_name;"
          : "CREATE TABLE users (id integer PRIMARY KEY, email text DEFAULT 'none', \"first_name\" "
            "text, \"last_name\" text NOT NULL);");
  expected->connect()->script("INSERT INTO users (id, email, first_name, last_name) VALUES (1, NULL, 'Ada', "
                              "'Lovelace'), (2, NULL, NULL, "
                              "'Plato')");
  CHECK(difference(expected->dump(), window.world->dump()) == "");
}

TEST_CASE("abort says how many values the old shape cannot hold", "[operations]") {
  Window window(both(), k_one + "INSERT INTO users VALUES (1, 'Anna van Dyk', NULL), (2, 'Plato', NULL)",
                k_example_split);
  window.app->query("UPDATE users SET first_name = 'Anna', last_name = 'van Dyk' WHERE id = 1");
  const Outcome outcome = window.project.run(*window.world, {"abort"});
  CHECK(outcome.status == 1);
  INFO(outcome.err);
  CHECK(outcome.err.find("loses 1 value of first_name, last_name in") != std::string::npos);
}

TEST_CASE("a default of the old column does not speak for the new release after contract", "[operations]") {
  Window window(both(),
                "CREATE TABLE users (id integer PRIMARY KEY, full_name text DEFAULT 'No Body', email text);"
                "INSERT INTO users (id) VALUES (1)",
                R"x(
[[operation]]
type = "split_column"
table = "users"
column = "full_name"
down = "first_name || ' ' || last_name"
[[operation.to]]
column = "first_name"
column_type = "text"
up = "substr(full_name, 1, 2)"
[[operation.to]]
column = "last_name"
column_type = "text"
up = "substr(full_name, 4)"
)x");
  window.app->query("INSERT INTO users (id) VALUES (2)");
  CHECK(window.row(1) == "No Body|No|Body");
  CHECK(window.row(2) == "No Body|No|Body");
  window.project.succeed(*window.world, {"contract", "--quiet", "0"});
  window.app->query("INSERT INTO users (id) VALUES (3)");
  const auto rows =
      window.app->query("SELECT first_name, _afloat_attic_1_full_name FROM users ORDER BY id").rows;
  CHECK(rows.at(0) == std::vector<Value>{"No", "No Body"});
  CHECK(rows.at(2) == std::vector<Value>{std::nullopt, std::nullopt});
}

TEST_CASE("expand stops where up leaves a NOT NULL column empty", "[operations]") {
  const auto world = make_world(both());
  world->prepare("CREATE TABLE users (id integer PRIMARY KEY, full_name text, email text);"
                 "INSERT INTO users VALUES (1, 'Ada Lovelace', NULL), (2, NULL, NULL)");
  const Project project({k_example_split});
  const Outcome outcome = project.run(*world, {"expand"});
  CHECK(outcome.status == 1);
  INFO(outcome.err);
  CHECK(outcome.err.find("last_name") != std::string::npos);
}

TEST_CASE("what split_column and merge_columns cannot do is refused with its place", "[operations]") {
  struct Case {
    std::string was, is, message;
  };
  const Case row = GENERATE(
      Case{"not_null = true", "", ""},
      Case{"column = \"last_name\"", "column = \"email\"", "table \"users\" already has a column \"email\""},
      Case{"column = \"last_name\"", "column = \"first_name\"", "the column \"first_name\" is given twice"},
      Case{"column = \"full_name\"", "column = \"id\"", "\"id\" is part of the primary key"},
      Case{"column = \"full_name\"", "column = \"fullname\"", "Did you mean \"full_name\"?"},
      Case{"column_type = \"text\"", "column_type = \"text NOT NULL\"",
           "\"text NOT NULL\" is more than a type: \"not\""},
      Case{"up = \"substr(full_name, length", "up = \"substr(email, length",
           "`up` of \"last_name\" reads \"email\": it may read full_name alone"},
      Case{"down = \"trim(coalesce(first_name", "down = \"trim(coalesce(full_name",
           "`down` of \"full_name\" reads \"full_name\": it may read first_name, last_name alone"},
      Case{"table = \"users\"", "table = \"users\"\nconflict = \"old_wins\"",
           "\"old_wins\" is no conflict policy"},
      Case{"up = \"substr", "up = \"'{limit}' || substr",
           "\"{limit}\" cannot stand in names or expressions"});
  std::string migration = k_example_split;
  REQUIRE(migration.find(row.was) != std::string::npos);
  migration.replace(migration.find(row.was), row.was.size(), row.is);
  const auto world = make_world(Dialect::sqlite);
  world->prepare(k_one);
  const Outcome outcome = Project({migration}).run(*world, {"plan"});
  INFO(outcome.err);
  CHECK(outcome.status == (row.message.empty() ? 0 : 3));
  CHECK(outcome.err.find(row.message) != std::string::npos);
  CHECK((row.message.empty() || outcome.err.find("0001_change.toml:") != std::string::npos));
}

TEST_CASE("contract of a split waits for what reads the old column", "[operations]") {
  const Dialect dialect = both();
  const bool postgres = dialect == Dialect::postgres;
  Window window(dialect,
                k_one
                    + (postgres
                           ? "ALTER TABLE users ENABLE ROW LEVEL SECURITY;"
                             "CREATE POLICY named ON users USING (full_name <> '')"
                           : "CREATE TABLE log (name text); CREATE TRIGGER named AFTER UPDATE ON users BEGIN "
                             "INSERT INTO log VALUES (NEW.full_name); END"),
                k_example_split);
  const Outcome outcome = window.project.run(*window.world, {"contract", "--quiet", "0"});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.status == 1);
  CHECK((outcome.out + outcome.err)
            .find(postgres ? "policy named on table users uses full_name: change or drop it first"
                           : "trigger named uses users.full_name: change or drop it first")
        != std::string::npos);
  window.world->connect()->script(postgres ? "DROP POLICY named ON users" : "DROP TRIGGER named");
  window.project.succeed(*window.world, {"contract", "--quiet", "0", "--accept-drift", "as the gate asked"});
}

TEST_CASE("split_column with its old column aside loses no write", "[operations][aside]") {
  const Dialect dialect = both();
  SECTION("back behind contract") {
    comes_back(dialect, aside(split(k_one)));
  }
  SECTION("forward") {
    rolls_forward(dialect, aside(split(k_one)));
  }
}

TEST_CASE("merge_columns with its old columns aside loses no write", "[operations][aside]") {
  comes_back(both(), aside(merge(k_two)));
}
