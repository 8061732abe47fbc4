#include "support/postgres_server.hpp"
#include "support/program.hpp"
#include "support/project.hpp"
#include "support/world.hpp"

#include <filesystem>
#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace afloat::test {
namespace {
constexpr const char* k_table = "CREATE TABLE users (id integer PRIMARY KEY, user_name text)";
constexpr const char* k_rename =
    "[[operation]]\ntype = \"rename_column\"\ntable = \"users\"\nfrom = \"user_name\"\n"
    "to = \"username\"\n";

/// Times are not the same twice.
std::string without_times(std::string text) {
  for (std::size_t at = text.find("20"); at != text.npos; at = text.find("20", at + 1))
    if (at + 24 <= text.size() && text[at + 4] == '-' && text[at + 23] == 'Z') text.replace(at, 24, "TIME");
  return text;
}

std::string public_of(const World& world) {
  return world.dialect() == Dialect::postgres ? "public." : "";
}
} // namespace

TEST_CASE("drift: a run records the schema, and what is changed afterwards is told and refused", "[drift]") {
  for (const Dialect dialect : {Dialect::sqlite, Dialect::postgres}) {
    const auto world = make_world(dialect);
    world->prepare(k_table);
    const Project project({k_rename});
    Outcome nothing = project.run(*world, {"drift"});
    CHECK(nothing.status == 1);
    CHECK(nothing.err.starts_with("error: no schema is recorded in this database yet\n"));
    project.succeed(*world, {"expand"});
    CHECK(without_times(project.succeed(*world, {"drift"}))
          == "no difference from the schema recorded at TIME with 0001\n");

    world->connect()->script("ALTER TABLE users ADD note text");
    const std::string change = "added column note of " + public_of(*world) + "users\n";
    const Outcome found = project.run(*world, {"drift"});
    CHECK(found.status == 1);
    CHECK(without_times(found.out) == "1 difference from the schema recorded at TIME with 0001\n  " + change);
    const Outcome refused = project.run(*world, {"contract", "--quiet", "0"});
    CHECK(refused.status == 1);
    CHECK(without_times(refused.err)
          == "error: the schema is not the one that was recorded at TIME:\n    " + change
                 + "  hint: `afloat drift` shows all of it. Bring it back, or go on with --accept-drift "
                   "REASON. Nothing was "
                   "changed.\n");
    const Outcome back = project.run(*world, {"drift", "--sql"});
    CHECK(back.out == "ALTER TABLE " + public_of(*world) + "users DROP COLUMN note;\n");
    world->connect()->script(back.out);
    project.succeed(*world, {"drift"});

    world->connect()->script("ALTER TABLE users ADD note text");
    project.succeed(*world, {"contract", "--quiet", "0", "--accept-drift", "ticket 1"});
    project.succeed(*world, {"drift"});
    CHECK(project.succeed(*world, {"history"}).find("drift accepted  ticket 1") != std::string::npos);
  }
}

TEST_CASE("drift: options of which only one can hold are refused together", "[drift]") {
  const auto world = make_world(Dialect::sqlite);
  world->prepare(k_table);
  const Project project({});
  const std::vector<std::vector<std::string>> pairs{{"--sql", "--markdown"},
                                                    {"--accept=why", "--sql"},
                                                    {"--accept=why", "--write-migration=found"},
                                                    {"--write-migration=found", "--against=other"}};
  for (const std::vector<std::string>& pair : pairs) {
    const Outcome refused = project.run(*world, {"drift", pair[1], pair[0]});
    CHECK(refused.status == 2);
    CHECK(refused.err
          == fmt::format("error: {} and {} cannot be given together\n  hint: Give one of them. Nothing was "
                         "changed.\n",
                         pair[0].substr(0, pair[0].find('=')), pair[1].substr(0, pair[1].find('='))));
  }
}

TEST_CASE("drift: the triggers of an open window are recorded, and are missed", "[drift]") {
  for (const Dialect dialect : {Dialect::sqlite, Dialect::postgres}) {
    const auto world = make_world(dialect);
    world->prepare(k_table);
    const Project project({k_rename});
    project.succeed(*world, {"expand"});
    const bool postgres = dialect == Dialect::postgres;
    const auto database = world->connect();
    const std::string name =
        *database
             ->query(postgres ? "SELECT quote_ident(tgname) FROM pg_trigger WHERE tgname LIKE "
                                "'%sync_update' LIMIT 1"
                              : "SELECT name FROM sqlite_schema WHERE type = 'trigger' ORDER BY 1",
                     {})
             .scalar();
    database->script(postgres ? "ALTER TABLE users DISABLE TRIGGER " + name
                              : "DROP TRIGGER \"" + name + "\"");
    const Outcome found = project.run(*world, {"drift"});
    CHECK(found.status == 1);
    CHECK(without_times(found.out).substr(0, 2) == "1 ");
    CHECK(found.out.find("trigger " + name + " of " + public_of(*world) + "users\n"
                         + (postgres ? "    enabled: always -> no\n" : ""))
          != std::string::npos);
  }
}

TEST_CASE("drift: the way back of a trigger in a window is the trigger to the byte", "[drift][sqlite]") {
  const auto world = make_world(Dialect::sqlite);
  // The user's trigger does not fire for sync's updates: it says so in its text, with a comment.
  world->prepare(std::string(k_table)
                 + ";CREATE TABLE seen (id integer); CREATE TRIGGER seen_it AFTER UPDATE ON users BEGIN\n"
                   "  INSERT INTO seen -- whom\n  VALUES (NEW.id);\nEND");
  const Project project({k_rename});
  project.succeed(*world, {"expand"});
  const auto database = world->connect();
  const auto texts = [&] {
    return database->query("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY 1", {}).rows;
  };
  const auto before = texts();
  for (const auto& row : before) database->script("DROP TRIGGER \"" + *row[0] + "\"");
  const Outcome way_back = project.run(*world, {"drift", "--sql"});
  INFO(way_back.out << way_back.err);
  CHECK(way_back.status == 1);
  database->script(way_back.out);
  CHECK(texts() == before);
  project.succeed(*world, {"drift"});
  project.succeed(*world, {"verify"});
  project.succeed(*world, {"contract", "--quiet", "0"});
}

TEST_CASE("drift: what is ignored, accepted or only warned of stops nothing", "[drift]") {
  const auto world = make_world(Dialect::sqlite);
  world->prepare(k_table);
  const Project ignoring({k_rename}, "[drift]\nignore = [\"table log_*\", \"* of log_*\"]\n");
  ignoring.succeed(*world, {"expand"});
  world->connect()->script("CREATE TABLE log_1 (x)");
  ignoring.succeed(*world, {"drift"});
  world->connect()->script("CREATE TABLE other (x)");
  CHECK(ignoring.run(*world, {"contract", "--quiet", "0"}).status == 1);
  ignoring.succeed(*world, {"drift", "--accept", "a hotfix"});
  CHECK(without_times(ignoring.succeed(*world, {"drift"}))
        == "no difference from the schema recorded at TIME with 0001\n  recorded because: a hotfix\n");
  world->connect()->script("CREATE TABLE third (x)");
  std::ofstream(ignoring.path() / "afloat.toml") << "[drift]\nguard = \"warn\"\n";
  CHECK(ignoring.succeed(*world, {"contract", "--quiet", "0"})
            .find("warning: the schema is not the recorded one:")
        != std::string::npos);
}

TEST_CASE("drift: partitions that come and go are none", "[drift][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare("CREATE TABLE visits (id integer, month integer, user_name text, PRIMARY KEY (id, month)) "
                 "PARTITION BY RANGE (month);"
                 "CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM (1) TO (2)");
  const Project project(
      {"[[operation]]\ntype = \"rename_column\"\ntable = \"visits\"\nfrom = \"user_name\"\nto = "
       "\"username\"\n"});
  project.succeed(*world, {"expand"});
  world->prepare(
      "DROP TABLE visits_1;"
      "CREATE TABLE visits_2 PARTITION OF visits FOR VALUES FROM (2) TO (3) PARTITION BY LIST (month);"
      "CREATE TABLE visits_2a PARTITION OF visits_2 FOR VALUES IN (2)");
  const std::string note =
      "partitions are no drift: public.visits_1 went, public.visits_2 came, public.visits_2a came\n";
  CHECK(without_times(project.succeed(*world, {"drift"}))
        == "no difference from the schema recorded at TIME with 0001\n  " + note);
  CHECK(project.run(*world, {"drift", "--sql"}).out == "");
  // What is not below a table that was recorded is told, and only that is in the way back.
  world->prepare(
      "CREATE TABLE logs (id integer) PARTITION BY LIST (id); CREATE TABLE logs_1 PARTITION OF logs DEFAULT");
  CHECK(without_times(project.run(*world, {"drift"}).out)
        == "2 differences from the schema recorded at TIME with 0001\n  " + note
               + "  added table public.logs\n    its owner is migrator\n  added table public.logs_1\n    its "
                 "owner is migrator\n");
  CHECK(project.run(*world, {"drift", "--sql"}).out
        == "DROP TABLE public.logs_1;\nDROP TABLE public.logs;\n");
  world->connect()->script("DROP TABLE logs");
  project.succeed(*world, {"contract", "--quiet", "0"});
  CHECK(without_times(project.succeed(*world, {"drift"})).find("partitions") == std::string::npos);
  world->connect()->script("ALTER TABLE visits DETACH PARTITION visits_2");
  CHECK(project.run(*world, {"drift"}).status == 1);
}

TEST_CASE("drift: a run that was killed before it could record is no drift", "[drift]") {
  const auto world = make_world(Dialect::sqlite);
  world->prepare(k_table);
  const Project project({k_rename});
  project.succeed(*world, {"drift", "--accept", "start"});
  const Outcome killed = project.run(*world, {"expand"}, {{"AFLOAT_FAULT_POINT", "after commit 1.1"}});
  CHECK(killed.status != 0);
  CHECK(without_times(project.succeed(*world, {"drift"}))
        == "no difference from the schema recorded at TIME\n  recorded because: start\n"
           "  left out: what 0001_change touches, whose run did not come to its end\n");
  project.succeed(*world, {"expand"});
  CHECK(without_times(project.succeed(*world, {"drift"}))
        == "no difference from the schema recorded at TIME with 0001\n");
}

TEST_CASE("drift: differences become a migration that makes them in another database", "[drift]") {
  for (const Dialect dialect : {Dialect::sqlite, Dialect::postgres}) {
    const auto hot = make_world(dialect), other = make_world(dialect);
    const Project project(
        {"-- afloat:expand\nCREATE TABLE users (id integer PRIMARY KEY, user_name text);\n"});
    for (World* world : {hot.get(), other.get()}) {
      world->prepare("CREATE TABLE there (id integer)");
      project.succeed(*world, {"migrate"});
    }
    hot->connect()->script("ALTER TABLE users ADD age integer; CREATE INDEX by_age ON users (age);"
                           "CREATE VIEW old_users AS SELECT id FROM users WHERE age > 60;");
    CHECK(project.run(*hot, {"drift", "--against", other->url()}).status == 1);
    CHECK(project.succeed(*hot, {"drift", "--write-migration", "hotfix"})
              .find("migrations/0002_hotfix.sql: complete here")
          != std::string::npos);
    project.succeed(*hot, {"drift"});
    CHECK(project.succeed(*hot, {"migrate"}) == "nothing to do\n");
    project.succeed(*other, {"migrate"});
    CHECK(project.succeed(*hot, {"drift", "--against", other->url()}).find("no difference of") == 0);
  }
}

TEST_CASE("drift: two environments are compared by their names", "[drift]") {
  for (const Dialect dialect : {Dialect::sqlite, Dialect::postgres}) {
    const auto staging = make_world(dialect), production = make_world(dialect);
    for (World* world : {staging.get(), production.get()}) world->prepare(k_table);
    const Project project({});
    std::ofstream(project.path() / "afloat.toml")
        << "[env.staging]\nurl = \"" << staging->url() << "\"\n[env.production]\nurl = \""
        << production->url() << "\"\n";
    const auto drift = [&](const std::string& here, const std::string& there) {
      return run(
          {afloat_program(), {"drift", "--env", here, "--against", there}, project.path().string(), {}});
    };
    CHECK(drift("staging", "production").status == 0);
    production->connect()->script("CREATE INDEX hotfix ON users (user_name)");
    const Outcome found = drift("staging", "production");
    CHECK(found.status == 1);
    CHECK(found.out.starts_with("1 difference of "));
    CHECK(found.out.ends_with("\n  removed index " + public_of(*production) + "hotfix of "
                              + public_of(*production) + "users\n"));
    CHECK(drift("production", "staging").out.find("  added index ") != std::string::npos);
    const Outcome unknown = drift("staging", "prodction");
    CHECK(unknown.status == 2);
    CHECK(unknown.err.find("Did you mean \"production\"?") != std::string::npos);
  }
}

TEST_CASE("postgres: verify_schema_state lets a script commit only where the schema matches",
          "[drift][postgres]") {
  const auto world = make_world(Dialect::postgres);
  const Project project(
      {"-- afloat:expand\nCREATE TABLE users (id integer PRIMARY KEY, \"odd\\name\" text);\n",
       "-- afloat:expand\nCREATE INDEX by_id ON users (id);\n"});
  project.succeed(*world, {"migrate", "1"});
  project.succeed(*world, {"migrate", "2"});
  const auto database = world->connect();
  database->query("SELECT afloat.verify_schema_state('0002')", {});
  const auto complaint = [&](const std::string& version) {
    try {
      database->query("SELECT afloat.verify_schema_state('" + version + "')", {});
    } catch (const Error& error) {
      return error.message;
    }
    return std::string();
  };
  CHECK(complaint("1") == "the schema is not the one that was recorded for version 1");
  CHECK(complaint("7") == "no schema is recorded for version 7");
  database->script("DROP INDEX by_id");
  CHECK(complaint("1").empty());
  CHECK(complaint("2") == "the schema is not the one that was recorded for version 2");
}

TEST_CASE("postgres: text search, default privileges and user mappings are printed as SQL, both ways",
          "[drift][postgres]") {
  const Project project({});
  const auto with = make_world(Dialect::postgres), without = make_world(Dialect::postgres);
  PostgresServer& server = PostgresServer::instance();
  const auto connect = [&](const World& world) {
    return server.connect(world.connect()->facts().database, "postgres");
  };
  const std::string server_there =
      "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER far FOREIGN DATA WRAPPER w;"
      "CREATE TEXT SEARCH DICTIONARY words (TEMPLATE = simple, accept = 'false');"
      "CREATE TEXT SEARCH CONFIGURATION search (PARSER = \"default\");"
      "ALTER TEXT SEARCH CONFIGURATION search ADD MAPPING FOR word WITH simple;";
  for (const World* world : {with.get(), without.get()}) connect(*world)->script(server_there);
  connect(*with)->script(
      "ALTER TEXT SEARCH DICTIONARY words (accept, stopwords = 'english');"
      "CREATE TEXT SEARCH DICTIONARY \"odd, one\" (TEMPLATE = simple);"
      "ALTER TEXT SEARCH CONFIGURATION search ALTER MAPPING FOR word WITH \"odd, one\", words;"
      "ALTER TEXT SEARCH CONFIGURATION search ADD MAPPING FOR asciiword, int WITH words, simple;"
      "CREATE TEXT SEARCH CONFIGURATION other (COPY = english); COMMENT ON TEXT SEARCH CONFIGURATION other "
      "IS 'o';"
      "CREATE USER MAPPING FOR app SERVER far OPTIONS (password 'hush'); CREATE USER MAPPING FOR PUBLIC "
      "SERVER far;"
      "ALTER DEFAULT PRIVILEGES FOR ROLE migrator IN SCHEMA public GRANT SELECT ON TABLES TO app WITH GRANT "
      "OPTION;"
      "ALTER DEFAULT PRIVILEGES FOR ROLE migrator GRANT USAGE ON SEQUENCES TO app;"
      "ALTER DEFAULT PRIVILEGES FOR ROLE migrator REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;");
  const auto sql_to = [&](const World& from, const World& to) {
    return project.run(from, {"schema", "diff", from.url(), to.url(), "--sql"}).out;
  };
  const std::string there = sql_to(*without, *with), back = sql_to(*with, *without);
  CHECK(there.find("hush") == std::string::npos);
  CHECK(there.substr(0, there.find("CREATE"))
        == "-- by hand: options of user mapping FOR PUBLIC SERVER far: they may hold a password\n"
           "-- by hand: options of user mapping FOR app SERVER far: they may hold a password\n");
  connect(*without)->script(there);
  CHECK(project.succeed(*with, {"schema", "diff", with->url(), without->url()}) == "no difference\n");
  connect(*without)->script(back);
  CHECK(sql_to(*without, *with) == there);
}

TEST_CASE("schema show: its SQL makes the same schema in an empty database", "[drift]") {
  const auto empty_difference = [](const Project& project, const World& one, const World& other) {
    const Outcome found = project.run(one, {"schema", "diff", one.url(), other.url()});
    CHECK(found.err + found.out == "no difference\n");
  };
  const Project project({});
  const auto lite = make_world(Dialect::sqlite), lite_copy = make_world(Dialect::sqlite);
  lite_copy->prepare("PRAGMA user_version = 0");
  lite->prepare(
      "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL COLLATE NOCASE DEFAULT 'x', CHECK (id "
      "> 0), UNIQUE "
      "(email)) STRICT; CREATE TABLE b (a INT REFERENCES users (id), c INT, PRIMARY KEY (a, c)) WITHOUT "
      "ROWID;"
      "CREATE INDEX i ON b (c DESC) WHERE c > 1; CREATE VIEW v AS SELECT * FROM users;"
      "CREATE TRIGGER t AFTER INSERT ON b BEGIN DELETE FROM b; END; PRAGMA user_version = 7");
  lite_copy->connect()->script(project.succeed(*lite, {"schema", "show"}));
  empty_difference(project, *lite, *lite_copy);

  const auto rich = make_world(Dialect::postgres), rich_copy = make_world(Dialect::postgres);
  PostgresServer& server = PostgresServer::instance();
  const auto connect = [&](const World& world) {
    return server.connect(world.connect()->facts().database, "postgres");
  };
  auto source = connect(*rich);
  source->script("SET client_min_messages = error");
  source->script(read_file(source_folder() / "tests/conformance/model_base.sql"));
  const std::string sql = project.succeed(*rich, {"schema", "show"});
  std::string by_hand;
  for (std::size_t at = sql.find("-- by hand: "); at != sql.npos; at = sql.find("-- by hand: ", at + 1))
    by_hand += sql.substr(at, sql.find('\n', at) - at + 1);
  CHECK(by_hand == "-- by hand: connection of subscription listen: it may hold a password\n");
  CHECK(sql.find("hush") == sql.npos);
  connect(*rich_copy)->script(sql);
  empty_difference(project, *rich, *rich_copy);
  for (const World* world : {rich.get(), rich_copy.get()})
    connect(*world)->script("DROP SUBSCRIPTION listen");
}
} // namespace afloat::test
