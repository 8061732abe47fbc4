#include "support/client.hpp"
#include "support/postgres_server.hpp"
#include "support/project.hpp"
#include "support/rollout.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
std::string operation(const std::string& type, const std::string& fields) {
  return fmt::format("[[operation]]\ntype = \"{}\"\ntable = \"users\"\n{}\n", type, fields);
}

constexpr const char* k_schema =
    "CREATE TABLE teams (id integer PRIMARY KEY, name text);"
    "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, code text, team integer, "
    "number integer);"
    "INSERT INTO teams VALUES (1, 'one');";

/// One constraint, and what the old release does that it will reject.
struct Case {
  std::string name;      ///< of the constraint
  std::string migration; ///< without `enforce`
  std::string bad, good; ///< an assignment, in words of UPDATE
  std::string fix;       ///< makes every row comply
  std::string shown;     ///< what names the row 500 with the bad value
  std::string plain;     ///< PostgreSQL: what adds it in a plain way
  bool counted = false;
};

Case check_case(Dialect dialect) {
  return {.name = "users_age_check",
          .migration = operation("add_check", "check = \"age >= 0\""),
          .bad = "age = -1",
          .good = "age = 7",
          .fix = "UPDATE users SET age = 0",
          .shown = dialect == Dialect::sqlite ? "id 500: age -1" : "id=500: age='-1'",
          .plain = "ALTER TABLE users ADD CHECK (age >= 0)",
          .counted = true};
}

Case unique_case(Dialect) {
  return {.name = "users_code_number_key",
          .migration = operation("add_unique", "columns = [\"code\", \"number\"]"),
          .bad = "code = 'same', number = 5",
          .good = "code = NULL",
          .fix = "UPDATE users SET code = NULL",
          .shown = "same, 5: ",
          .plain = "ALTER TABLE users ADD UNIQUE (code, number)"};
}

Case foreign_key_case(Dialect dialect) {
  return {.name = "users_team_fkey",
          .migration = operation("add_foreign_key",
                                 "columns = [\"team\"]\nreferences = \"teams\"\non_delete = \"set null\""),
          .bad = "team = 99",
          .good = "team = 1",
          .fix = "UPDATE users SET team = 1",
          .shown = dialect == Dialect::sqlite ? "id 500: team 99" : "id=500: team='99'",
          .plain = "ALTER TABLE users ADD FOREIGN KEY (team) REFERENCES teams (id) ON DELETE SET NULL"};
}

/// In a table that has none; the clients tell their rows by id.
Case primary_key_case(Dialect) {
  return {.name = "users_pkey",
          .migration = operation("add_primary_key", "columns = [\"number\"]"),
          .bad = "number = NULL",
          .good = "number = id",
          .fix = "UPDATE users SET number = id",
          .shown = "number=NULL",
          .plain = "ALTER TABLE users ADD PRIMARY KEY (number)",
          .counted = true};
}

std::string schema_for(const Case& one) {
  std::string schema = k_schema;
  if (one.name == "users_pkey") {
    const std::string key = "users (id integer PRIMARY KEY";
    schema.replace(schema.find(key), key.size(), "users (id integer");
  }
  return schema;
}

std::vector<Case> cases_of(Dialect dialect) {
  std::vector<Case> cases{check_case(dialect), unique_case(dialect), foreign_key_case(dialect)};
  if (dialect == Dialect::postgres) cases.push_back(primary_key_case(dialect));
  return cases;
}

Release writing(const std::string& assignment) {
  return {.insert = "INSERT INTO users (id, name, number) VALUES ({key}, '{value}', {key})",
          .update = fmt::format("UPDATE users SET name = '{{value}}', {} WHERE id = {{key}}", assignment),
          .erase = "DELETE FROM users WHERE id = {key}",
          .read = "SELECT id, name FROM users"};
}

std::string enforced_now(const std::string& migration) {
  return migration + "enforce = \"expand\"\n";
}

void break_row(const World& world, const Case& one) {
  const auto app = world.connect_app();
  app->script("INSERT INTO users (id, name, number) VALUES (500, 'x', 500), (501, 'y', 501)");
  app->script(fmt::format("UPDATE users SET {} WHERE id IN (500, 501)", one.bad));
}

bool rejects(const World& world, const Case& one) {
  try {
    break_row(world, one);
  } catch (const Error&) {
    return true;
  }
  return false;
}
} // namespace

TEST_CASE("until contract the old release may break a constraint, and nothing is lost",
          "[operations][constraints]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const Case one = GENERATE_COPY(from_range(cases_of(dialect)));
  const auto world = make_world(dialect);
  world->prepare(schema_for(one));
  const std::string before = world->dump();
  const Project project({one.migration});
  project.succeed(*world, {"expand"});
  Client old_client(*world, writing(one.bad), "old", 1, 20);
  Client new_client(*world, writing(one.good), "new", 101, 20);
  old_client.write_more(40);
  new_client.write_more(40);
  old_client.stop();
  new_client.stop();
  INFO(one.name);
  REQUIRE(old_client.failure() == "");
  REQUIRE(new_client.failure() == "");
  break_row(*world, one);
  SECTION("back") {
    project.succeed(*world, {"abort"});
    CHECK(lost_writes(*world, writing(one.bad), old_client.journal()) == "");
    CHECK(lost_writes(*world, writing(one.bad), new_client.journal()) == "");
    world->connect()->script("DELETE FROM users");
    CHECK(difference(before, world->dump()) == "");
  }
  SECTION("forward") {
    const Outcome refused = project.run(*world, {"contract", "--quiet", "0"});
    INFO(refused.out << refused.err);
    CHECK(refused.status == 1);
    CHECK(refused.err.find("in the way") != std::string::npos);
    CHECK(project.run(*world, {"verify"}).status == 1);
    const std::string status = project.succeed(*world, {"status"});
    CHECK((status.find("rows of users against") != std::string::npos) == one.counted);
    world->connect()->script(one.fix);
    project.succeed(*world, {"contract", "--quiet", "0"});
    CHECK(lost_writes(*world, writing(one.good), old_client.journal()) == "");
    CHECK(lost_writes(*world, writing(one.good), new_client.journal()) == "");
    world->connect()->script("DELETE FROM users");
    CHECK(rejects(*world, one));
  }
}

TEST_CASE("rows that a constraint would reject are shown and nothing is changed",
          "[operations][constraints]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  for (const Case& one : cases_of(dialect))
    for (const std::string& migration : {one.migration, enforced_now(one.migration)}) {
      const auto world = make_world(dialect);
      world->prepare(schema_for(one));
      break_row(*world, one);
      const std::string before = world->dump();
      const Outcome outcome = Project({migration}).run(*world, {"expand"});
      INFO(outcome.err);
      CHECK(outcome.status == 1);
      CHECK(outcome.err.find("\n    ") != std::string::npos);
      CHECK(outcome.err.find(one.shown) != std::string::npos);
      CHECK(difference(before, world->dump()) == "");
    }
}

TEST_CASE("a constraint ends as if it had been added in a plain way", "[operations][constraints]") {
  for (const Case& one : cases_of(Dialect::postgres)) {
    const auto expected = make_world(Dialect::postgres), world = make_world(Dialect::postgres);
    expected->prepare(schema_for(one) + one.plain);
    world->prepare(schema_for(one));
    Project({one.migration}).succeed(*world, {"migrate", "--quiet", "0"});
    INFO(one.name);
    CHECK(difference(expected->dump(), world->dump()) == "");
    CHECK(world->connect()->query("SELECT count(*) FROM pg_constraint WHERE NOT convalidated").scalar()
          == "0");
  }
}

TEST_CASE("a constraint that is enforced at expand is complete then, and abort takes it away",
          "[operations][constraints]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  for (const Case& one : cases_of(dialect)) {
    const auto world = make_world(dialect);
    world->prepare(schema_for(one));
    const std::string before = world->dump();
    const Project project({enforced_now(one.migration)});
    INFO(one.name);
    CHECK(project.succeed(*world, {"expand"}).find("is complete") != std::string::npos);
    CHECK(rejects(*world, one));
    world->connect()->script("DELETE FROM users");
    project.succeed(*world, {"abort", "1"});
    CHECK(difference(before, world->dump()) == "");
  }
}

TEST_CASE("writers of both releases go on while a constraint is added and dropped",
          "[operations][constraints]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const Case one = GENERATE_COPY(from_range(cases_of(dialect)));
  Rollout rollout{.schema = schema_for(one),
                  .migrations = {one.migration},
                  .old_release = writing(one.good),
                  .new_release = writing(one.good)};
  if (one.name == "users_pkey") rollout.schema += "CREATE INDEX ON users (id);";
  SECTION("forward") {
    rolls_forward(dialect, rollout);
  }
  SECTION("dropped and taken back") {
    if (dialect == Dialect::sqlite) return; // has no ALTER TABLE that adds one in the first place
    rollout.schema += one.plain;
    rollout.migrations = {operation("drop_constraint", fmt::format("name = \"{}\"", one.name))};
    rollout.window = false;
    rolls_back(dialect, rollout);
  }
}

TEST_CASE("drop_constraint lets rows in, and is not taken back while they are there",
          "[operations][constraints]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  for (const Case& one : cases_of(dialect)) {
    const auto world = make_world(dialect);
    world->prepare(schema_for(one));
    Project({enforced_now(one.migration)}).succeed(*world, {"expand"});
    const std::string before = world->dump();
    const Project project(
        {enforced_now(one.migration), operation("drop_constraint", fmt::format("name = \"{}\"", one.name))});
    project.succeed(*world, {"expand"});
    INFO(one.name);
    if (one.name == "users_pkey") { // its columns stay NOT NULL
      world->connect_app()->script(
          "INSERT INTO users (id, name, number) VALUES (500, 'x', 5), (501, 'x', 5)");
    } else {
      CHECK(!rejects(*world, one));
    }
    const std::string window = world->dump();
    const Outcome refused = project.run(*world, {"abort", "2", "--accept-data-loss"});
    INFO(refused.err);
    CHECK(refused.status == 1);
    CHECK(refused.err.find("in the way of " + one.name) != std::string::npos);
    CHECK(refused.err.find("Nothing was changed.") != std::string::npos);
    CHECK(difference(window, world->dump()) == "");
    world->connect()->script("DELETE FROM users");
    project.succeed(*world, {"abort", "2"});
    CHECK(difference(before, world->dump()) == "");
  }
}

TEST_CASE("on SQLite a constraint without a name is dropped by what it says", "[operations][constraints]") {
  const auto world = make_world(Dialect::sqlite);
  world->prepare(
      "CREATE TABLE teams (id integer PRIMARY KEY);"
      "CREATE TABLE users (id integer PRIMARY KEY, -- the key\n  age integer NOT NULL CHECK ( age > 0 ) "
      "DEFAULT 1,"
      "\n  team integer REFERENCES teams, boss integer REFERENCES teams, /* both */ CHECK (team <> boss))");
  const std::string before = world->dump();
  for (const std::string fields : {"definition = \"check(age>0)\"", "definition = \"CHECK (team <> boss)\"",
                                   "definition = \"REFERENCES teams\"\ncolumn = \"boss\""}) {
    const Project project({operation("drop_constraint", fields)});
    project.succeed(*world, {"expand"});
    CHECK(before != world->dump());
    project.succeed(*world, {"abort", "1"});
    CHECK(difference(before, world->dump()) == "");
  }
  const Outcome unclear =
      Project({operation("drop_constraint", "definition = \"REFERENCES teams\"")}).run(*world, {"plan"});
  CHECK(unclear.err.find("2 constraints of users say that") != std::string::npos);
}

TEST_CASE("a condition that fails for a row does not turn the write away before contract",
          "[operations][constraints]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_schema);
  const Project project({operation("add_check", "check = \"100 / age > 1 AND users.code::integer > 0\"")});
  project.succeed(*world, {"expand"});
  world->connect_app()->script(
      "INSERT INTO users (id, name, age, code) VALUES (1, 'a', 0, '1'), (2, 'b', 5, 'x'), "
      "(3, 'c', 5, '7'), (4, 'd', NULL, NULL)");
  CHECK(project.succeed(*world, {"status"}).find(": 2 writes") != std::string::npos);
  world->connect_app()->script("UPDATE users SET number = 1");
  CHECK(project.succeed(*world, {"status"}).find(": 2 writes") != std::string::npos);
  world->connect_app()->script("UPDATE users SET age = 500 WHERE id = 3");
  CHECK(project.succeed(*world, {"status"}).find(": 3 writes") != std::string::npos);
}

TEST_CASE("beside a trigger of the user writes of other columns do not count against a CHECK",
          "[operations][constraints]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(std::string(k_schema) + R"(
CREATE FUNCTION age_by_number() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.age := CASE WHEN NEW.number < 0 THEN NEW.number ELSE NEW.age END; RETURN NEW; END$$;
CREATE TRIGGER age_by_number BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION age_by_number();)");
  const Project project({operation("add_check", "check = \"age > 0\"")});
  project.succeed(*world, {"expand"});
  const auto app = world->connect_app();
  const auto writes = [&](std::string_view count) {
    return project.succeed(*world, {"status"}).find(fmt::format(": {} by", count)) != std::string::npos;
  };
  app->script("INSERT INTO users (id, name, age) VALUES (1, 'a', -1), (2, 'b', 5)");
  CHECK(writes("1 write"));
  app->script("UPDATE users SET number = 1");
  CHECK(writes("1 write"));
  app->script("UPDATE users SET age = age");
  CHECK(writes("2 writes"));
  app->script("UPDATE users SET number = -3 WHERE id = 2"); // the trigger writes it
  CHECK(writes("3 writes"));
}

TEST_CASE("on SQLite the writes are counted that the CHECK itself would reject",
          "[operations][constraints]") {
  const auto [column, condition] =
      GENERATE(table<std::string, std::string>({{"n", "n <> '5'"},
                                                {"n", "users.n IN ('5', 12)"},
                                                {"n", "'7' > n"},
                                                {"d", "d BETWEEN '05' AND '9'"},
                                                {"r", "r = '5'"},
                                                {"t", "t <> 5"},
                                                {"t", "\"t\" < 6 AND t IS NOT n"},
                                                {"b", "b <> 5"},
                                                {"c", "c = 'X'"}}));
  INFO(condition);
  const auto world = make_world(Dialect::sqlite);
  const std::string columns = "id integer PRIMARY KEY, n integer, d decimal(4, 2), r real, t text, b blob, "
                              "c text COLLATE NOCASE";
  world->prepare(fmt::format("CREATE TABLE users ({})", columns));
  Project({operation("add_check", fmt::format("check = '''{}'''", condition))}).succeed(*world, {"expand"});
  const auto app = world->connect_app(), judge = world->connect();
  judge->script(fmt::format("CREATE TEMP TABLE users ({}, CHECK ({}))", columns, condition));
  int rejected = 0, tried = 0;
  const auto write = [&](const std::string& sql) {
    try {
      judge->script(sql);
    } catch (const Error&) {
      ++rejected;
    }
    app->script(sql);
    ++tried;
    INFO(sql);
    CHECK(world->connect()->query("SELECT writes FROM afloat_counters").scalar() == std::to_string(rejected));
  };
  const std::vector<std::string> values{"5",    "'5'",   "5.0", "'05'", "'x'",
                                        "NULL", "x'35'", "12",  "'12'", "-1"};
  for (std::size_t i = 0; i < values.size(); ++i)
    write(fmt::format("INSERT INTO users (id, {}) VALUES ({}, {})", column, i + 1, values[i]));
  judge->script("INSERT OR IGNORE INTO users (id) VALUES (1)");
  for (const std::string& value : values)
    write(fmt::format("UPDATE users SET {} = {} WHERE id = 1", column, value));
  CHECK(rejected > 0);
  CHECK(rejected < tried);
}

TEST_CASE("on SQLite a write counts against a CHECK although a trigger mends it",
          "[operations][constraints]") {
  const auto world = make_world(Dialect::sqlite);
  world->prepare("CREATE TABLE users (id integer PRIMARY KEY, n integer)");
  Project({operation("add_check", "check = \"n > 0\"")}).succeed(*world, {"expand"});
  const auto app = world->connect_app();
  app->script(
      "CREATE TRIGGER mend AFTER INSERT ON users BEGIN UPDATE users SET n = 1 WHERE id = NEW.id; END");
  app->script("INSERT INTO users VALUES (1, -1)");
  CHECK(world->connect()->query("SELECT writes FROM afloat_counters").scalar() == "1");
}

TEST_CASE("the locks of adding a constraint are those of the plan", "[operations][constraints]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_schema);
  const auto held = [&](const std::string& sql) {
    const auto session = world->connect();
    session->begin(std::chrono::seconds(5));
    session->script(sql);
    const auto rows =
        session
            ->query("SELECT string_agg(relation::regclass || ' ' || mode, ', ' ORDER BY "
                    "relation::regclass::text, mode) FROM pg_locks WHERE pid = pg_backend_pid() AND "
                    "relation IN ('users'::regclass, 'teams'::regclass) AND mode <> 'AccessShareLock'")
            .scalar();
    session->commit();
    return rows.value_or("");
  };
  CHECK(held("ALTER TABLE users ADD CONSTRAINT c CHECK (age > 0) NOT VALID") == "users AccessExclusiveLock");
  CHECK(held("ALTER TABLE users VALIDATE CONSTRAINT c") == "users ShareUpdateExclusiveLock");
  CHECK(held("ALTER TABLE users ADD CONSTRAINT f FOREIGN KEY (team) REFERENCES teams NOT VALID")
        == "teams ShareRowExclusiveLock, users ShareRowExclusiveLock");
  CHECK(held("ALTER TABLE users VALIDATE CONSTRAINT f")
        == "teams RowShareLock, users ShareUpdateExclusiveLock");
  CHECK(held("ALTER TABLE users DROP CONSTRAINT f")
        == "teams AccessExclusiveLock, users AccessExclusiveLock");
  const std::string plan = Project({foreign_key_case(Dialect::postgres).migration}).succeed(*world, {"plan"});
  CHECK(plan.find("public.users SHARE ROW EXCLUSIVE: blocks writes, not reads") != std::string::npos);
  CHECK(plan.find("public.teams ROW SHARE: blocks neither reads nor writes") != std::string::npos);
}

TEST_CASE("foreign keys of several columns, to oneself and MATCH FULL find their orphans",
          "[operations][constraints]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(
      "CREATE TABLE users (id integer PRIMARY KEY, a integer, b integer, boss integer, UNIQUE (a, b));"
      "CREATE TABLE visits (id integer PRIMARY KEY, x integer, y integer);"
      "INSERT INTO users VALUES (1, 1, 2, 1), (2, 3, 4, 7);"
      "INSERT INTO visits VALUES (1, 2, 1), (2, NULL, 9), (3, 9, 9), (4, NULL, NULL)");
  const auto found = [&](const std::string& table, const std::string& fields) {
    return Project(
               {fmt::format("[[operation]]\ntype = \"add_foreign_key\"\ntable = \"{}\"\n{}", table, fields)})
        .run(*world, {"expand"})
        .err;
  };
  const std::string pair = "columns = [\"y\", \"x\"]\nreferences = \"users(a, b)\"\n";
  CHECK(found("visits", pair).find("1 row is in the way:\n    id=3: y='9', x='9'\n") != std::string::npos);
  CHECK(found("visits", pair + "match = \"full\"\n").find("2 rows are in the way:\n    id=2: y='9', x=NULL\n")
        != std::string::npos);
  CHECK(found("users", "columns = [\"boss\"]\nreferences = \"users\"\n").find("    id=2: boss='7'\n")
        != std::string::npos);
  world->connect()->script("DELETE FROM visits WHERE id = 3; UPDATE users SET boss = NULL WHERE id = 2");
  Project({"[[operation]]\ntype = \"add_foreign_key\"\ntable = \"visits\"\n" + pair
           + "deferrable = true\ninitially_deferred = true\non_update = \"cascade\"\n"})
      .succeed(*world, {"migrate", "--quiet", "0"});
  CHECK(world->connect()
            ->query("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = "
                    "'visits_y_x_fkey'")
            .scalar()
        == "FOREIGN KEY (y, x) REFERENCES users(a, b) ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED");
}

TEST_CASE("on SQLite a foreign key compares as its own check does", "[operations][constraints]") {
  const auto world = make_world(Dialect::sqlite);
  world->prepare(
      "CREATE TABLE teams (id integer PRIMARY KEY, code text UNIQUE COLLATE NOCASE);"
      "CREATE TABLE users (id integer PRIMARY KEY, team text, code blob);"
      "INSERT INTO teams VALUES (1, 'A'), (2, '7'); INSERT INTO users VALUES (1, '1', 'a'), (2, '2', 7)");
  const Project project({operation("add_foreign_key", "columns = [\"team\"]\nreferences = \"teams\""),
                         operation("add_foreign_key", "columns = [\"code\"]\nreferences = \"teams(code)\"")});
  project.succeed(*world, {"migrate", "--quiet", "0"});
  CHECK(world->connect()->query("SELECT count(*) FROM pragma_foreign_key_check('users')").scalar() == "0");
}

TEST_CASE("what needs a key or hands a constraint down is named before it is dropped",
          "[operations][constraints]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(
      "CREATE TABLE users (id integer PRIMARY KEY, code integer NOT NULL CONSTRAINT by_code UNIQUE);"
      "CREATE TABLE visits (id integer, code integer REFERENCES users (code));"
      "ALTER TABLE users REPLICA IDENTITY USING INDEX by_code;"
      "CREATE TABLE parts (id integer, CONSTRAINT positive CHECK (id > 0)) PARTITION BY RANGE (id);"
      "CREATE TABLE part1 PARTITION OF parts FOR VALUES FROM (1) TO (9);");
  const Outcome key = Project({operation("drop_constraint", "name = \"by_code\"")}).run(*world, {"expand"});
  CHECK(key.status == 1);
  CHECK(key.err.find("2 rows are in the way:\n    constraint visits_code_fkey on table visits needs it\n"
                     "    the replica identity of users is its index\n")
        != std::string::npos);
  const Outcome part =
      Project({"[[operation]]\ntype = \"drop_constraint\"\ntable = \"part1\"\nname = \"positive\"\n"})
          .run(*world, {"expand"});
  CHECK(part.err.find("a parent of the table hands it down") != std::string::npos);
  const Project parent(
      {"[[operation]]\ntype = \"drop_constraint\"\ntable = \"parts\"\nname = \"positive\"\n"});
  const std::string before = world->dump();
  parent.succeed(*world, {"expand"});
  world->connect_app()->script("INSERT INTO parts VALUES (5)");
  parent.succeed(*world, {"abort", "1"});
  world->connect()->script("DELETE FROM parts");
  CHECK(difference(before, world->dump()) == "");
}

TEST_CASE("constraints of partitioned tables and of parents are added as far as the server can",
          "[operations][constraints]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare("CREATE TABLE teams (id integer PRIMARY KEY);"
                 "CREATE TABLE users (id integer, team integer) PARTITION BY RANGE (id);"
                 "CREATE TABLE users1 PARTITION OF users FOR VALUES FROM (1) TO (9);"
                 "CREATE TABLE base (id integer); CREATE TABLE child () INHERITS (base);"
                 "INSERT INTO users VALUES (1, -1); INSERT INTO child VALUES (-1);");
  const auto adding = [](const std::string& type, const std::string& table, const std::string& fields) {
    return Project({fmt::format("[[operation]]\ntype = \"{}\"\ntable = \"{}\"\n{}", type, table, fields)});
  };
  const Outcome rows = adding("add_check", "users", "check = \"team > 0\"").run(*world, {"expand"});
  CHECK(rows.err.find("    users1 ctid=(0,1): team='-1'\n") != std::string::npos);
  const Outcome inherited = adding("add_check", "base", "check = \"id > 0\"").run(*world, {"expand"});
  CHECK(inherited.err.find("    child ctid=(0,1): id='-1'\n") != std::string::npos);
  world->connect()->script("DELETE FROM users; DELETE FROM child");
  const std::string before = world->dump();
  for (const char* table : {"users", "base"}) {
    const Project check = adding("add_check", table, "check = \"id > 0\"");
    const std::string plan = check.succeed(*world, {"plan", "--output", "json"});
    const bool counted = plan.find("are not counted: public.base is a parent of") == std::string::npos;
    CHECK(counted == (std::string_view(table) == "users"));
    check.succeed(*world, {"expand"});
    check.succeed(*world, {"contract", "--quiet", "0"});
    CHECK_THROWS(world->connect_app()->script(fmt::format("INSERT INTO {} VALUES (0)", table)));
    world->connect()->script(fmt::format("ALTER TABLE {} DROP CONSTRAINT {}_id_check", table, table));
    world->connect()->script("DROP SCHEMA afloat CASCADE");
  }
  CHECK(difference(before, world->dump()) == "");
  const Project key = adding("add_foreign_key", "users", "columns = [\"team\"]\nreferences = \"teams\"\n");
  if (PostgresServer::instance().major_version() >= 18) {
    key.succeed(*world, {"migrate", "--quiet", "0"});
    CHECK_THROWS(world->connect_app()->script("INSERT INTO users VALUES (1, 5)"));
  } else {
    CHECK(key.run(*world, {"plan"})
              .err.find("before PostgreSQL 18 a foreign key of such a table cannot be NOT VALID")
          != std::string::npos);
    CHECK_THROWS(
        world->connect()->script("ALTER TABLE users ADD FOREIGN KEY (team) REFERENCES teams NOT VALID"));
  }
}

TEST_CASE("a constraint that cannot be is refused before anything is changed", "[operations][constraints]") {
  struct Bad {
    Dialect dialect;
    std::string migration, said;
  };
  const Dialect postgres = Dialect::postgres, sqlite = Dialect::sqlite;
  const std::vector<Bad> all{
      {postgres, operation("add_check", "check = \"age >= 0\"\nenforce = \"now\""),
       "is not a phase that enforces"},
      {postgres, operation("add_check", "check = \"age > (SELECT 1)\""),
       "cannot use subquery in check constraint"},
      {sqlite, operation("add_check", "check = \"age > (SELECT 1)\""),
       "subqueries prohibited in CHECK constraints"},
      {postgres, operation("add_check", "check = \"age > 0\"\nname = \"users_pkey\""),
       "already has a constraint or index"},
      {postgres, operation("add_unique", "columns = [\"codes\"]"), "Did you mean \"code\"?"},
      {sqlite, operation("add_unique", "columns = [\"code\"]\ndeferrable = true"),
       "SQLite has no unique index with"},
      {postgres, operation("add_primary_key", "columns = [\"number\"]"), "has a primary key already: (id)"},
      {postgres, operation("add_foreign_key", "columns = [\"team\"]\nreferences = \"teams(name)\""),
       "is no key"},
      {postgres, operation("add_foreign_key", "columns = [\"code\"]\nreferences = \"teams\""),
       "cannot be implemented"},
      {postgres, operation("add_foreign_key", "columns = [\"number\"]\nreferences = \"scratch\""),
       "cannot refer to public.scratch, which is unlogged"},
      {sqlite, operation("add_foreign_key", "columns = [\"team\"]\nreferences = \"teams\"\nmatch = \"full\""),
       "pays no heed to it"},
      {postgres, operation("drop_constraint", "name = \"users_pky\""), "Did you mean \"users_pkey\"?"},
      {sqlite, operation("add_primary_key", "columns = [\"number\"]"), "has a primary key already: (id)"},
      {sqlite, operation("drop_constraint", "definition = \"PRIMARY KEY\""),
       "the rows of users are stored by"}};
  for (const Dialect dialect : {sqlite, postgres}) {
    const auto world = make_world(dialect);
    world->prepare(k_schema);
    if (dialect == postgres) world->prepare("CREATE UNLOGGED TABLE scratch (id integer PRIMARY KEY)");
    const std::string before = world->dump();
    for (const Bad& bad : all) {
      if (bad.dialect != dialect) continue;
      const Outcome outcome = Project({bad.migration}).run(*world, {"expand"});
      INFO(bad.migration << outcome.out << outcome.err);
      CHECK(outcome.status != 0);
      CHECK((outcome.out + outcome.err).find(bad.said) != std::string::npos);
    }
    CHECK(difference(before, world->dump()) == "");
  }
}

TEST_CASE("a UNIQUE constraint carries columns, holds NULL for one value and is deferrable where asked",
          "[operations][constraints]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_schema);
  const bool nulls = PostgresServer::instance().major_version() >= 15;
  const std::string fields = std::string("columns = [\"code\"]\ninclude = [\"age\"]\ndeferrable = true\n"
                                         "initially_deferred = true\n")
                             + (nulls ? "nulls_not_distinct = true\n" : "");
  const Project project({operation("add_unique", fields)});
  const std::string rows = "INSERT INTO users (id, name) VALUES (1, 'a'), (2, 'b')";
  world->connect_app()->script(rows);
  if (nulls) CHECK(project.run(*world, {"expand"}).err.find("    NULL: 2 rows\n") != std::string::npos);
  world->connect()->script("DELETE FROM users");
  project.succeed(*world, {"migrate", "--quiet", "0"});
  CHECK(
      world->connect()
          ->query("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'users_code_age_key'")
          .scalar()
      == fmt::format("UNIQUE {}(code) INCLUDE (age) DEFERRABLE INITIALLY DEFERRED",
                     nulls ? "NULLS NOT DISTINCT " : ""));
  if (nulls) CHECK_THROWS(world->connect_app()->script(rows));
}
