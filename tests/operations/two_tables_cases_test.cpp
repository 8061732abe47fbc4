#include "support/client.hpp"
#include "support/postgres_server.hpp"
#include "support/project.hpp"
#include "support/text.hpp"

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

// What sync across two tables does with single statements, and with many sessions at once.
using namespace afloat;
using namespace afloat::test;

namespace {
constexpr std::string_view k_profiles =
    "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, phone text);"
    "CREATE TABLE profiles (user_id integer PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE ON UPDATE "
    "CASCADE "
    "DEFERRABLE INITIALLY DEFERRED, bio text);"
    "INSERT INTO users VALUES (1, 'Ada', 'p1'), (2, 'Bert', 'p2'), (4, 'Dora', NULL);"
    "INSERT INTO profiles VALUES (1, 'b'), (4, 'b');";
constexpr std::string_view k_move =
    "[[operation]]\ntype = \"move_column\"\ntable = \"users\"\ncolumn = \"phone\"\n"
    "to_table = \"profiles\"\n";
/// users refers to profiles; 10 is the profile of those who lose theirs, 13 one that nobody has.
constexpr std::string_view k_parents =
    "CREATE TABLE profiles (id integer PRIMARY KEY, bio text);"
    "CREATE TABLE users (id integer PRIMARY KEY, phone text DEFAULT 'none', profile_id integer DEFAULT 10 "
    "UNIQUE REFERENCES profiles (id) ON DELETE {on_delete});"
    "INSERT INTO profiles VALUES (10, 'b'), (11, 'b'), (12, 'b'), (13, 'b');"
    "INSERT INTO users VALUES (1, 'p1', 11), (2, 'p2', 12);";
constexpr std::string_view k_addresses =
    "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, street text, city text DEFAULT 'X');"
    "INSERT INTO users VALUES (1, 'Ada', 's1', 'c1'), (2, 'Bert', NULL, 'X');";
constexpr std::string_view k_extract =
    "[[operation]]\ntype = \"extract_table\"\ntable = \"users\"\ncolumns = "
    "[\"street\", \"city\"]\nto_table = \"addresses\"\nkey = [\"user_id\"]\n";

struct Case {
  std::string statements; ///< of a session of the application
  std::string after;      ///< rows as id:source:target
};

std::string pairs(Database& database, const std::string& query) {
  std::string text;
  for (const auto& row : database.query(query).rows) {
    if (!text.empty()) text += " ";
    for (std::size_t i = 0; i < row.size(); ++i) text += (i > 0 ? ":" : "") + row[i].value_or("-");
  }
  return text;
}

const std::string k_phones =
    "SELECT u.id, u.phone, p.phone FROM users u LEFT JOIN profiles p ON p.user_id = u.id "
    "ORDER BY u.id";
const std::string k_streets =
    "SELECT u.id, u.street, u.city, a.user_id, a.street, a.city FROM users u LEFT JOIN "
    "addresses a ON a.user_id = u.id ORDER BY u.id";

/// `session`: settings of the application's session.
void behaves(Dialect dialect, std::string_view schema, std::string_view migration, const std::string& query,
             const std::vector<Case>& cases, const std::string& session) {
  const Project project({std::string(migration)});
  for (const Case& each : cases) {
    const auto world = make_world(dialect);
    world->prepare(schema);
    project.succeed(*world, {"expand"});
    const auto database = world->connect_app();
    if (!session.empty()) database->script(session);
    INFO(name_of(dialect) << " " << session << ": " << each.statements);
    database->script(each.statements);
    CHECK(pairs(*database, query) == each.after);
  }
}

std::string with_foreign_keys(Dialect dialect) {
  return dialect == Dialect::sqlite ? "PRAGMA foreign_keys = ON" : "";
}
} // namespace

TEST_CASE("a moved column follows single statements on both sides", "[operations][two_tables]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  behaves(
      dialect, k_profiles, k_move, k_phones,
      {
          {"SELECT 1", "1:p1:p1 2:p2:- 4:-:-"},
          {"UPDATE users SET phone = 'x' WHERE id = 1", "1:x:x 2:p2:- 4:-:-"},
          {"UPDATE profiles SET phone = 'x' WHERE user_id = 1", "1:x:x 2:p2:- 4:-:-"},
          {"UPDATE profiles SET phone = NULL WHERE user_id = 1", "1:-:- 2:p2:- 4:-:-"},
          {"UPDATE users SET phone = 'a' WHERE id = 1; UPDATE profiles SET phone = 'b' WHERE user_id = 1",
           "1:b:b 2:p2:- 4:-:-"},
          {"UPDATE profiles SET phone = 'b' WHERE user_id = 1; UPDATE users SET phone = 'a' WHERE id = 1",
           "1:a:a 2:p2:- 4:-:-"},
          {"UPDATE users SET name = 'z'; UPDATE profiles SET bio = 'z'", "1:p1:p1 2:p2:- 4:-:-"},
          {"INSERT INTO profiles (user_id) VALUES (2)", "1:p1:p1 2:p2:p2 4:-:-"},
          {"INSERT INTO profiles (user_id, phone) VALUES (2, 'n')", "1:p1:p1 2:n:n 4:-:-"},
          {"BEGIN; INSERT INTO profiles (user_id, phone) VALUES (3, 't'); INSERT INTO users (id, name) "
           "VALUES (3, "
           "'n'); COMMIT",
           "1:p1:p1 2:p2:- 3:t:t 4:-:-"},
          {"BEGIN; INSERT INTO profiles (user_id) VALUES (3); INSERT INTO users (id, name, phone) VALUES (3, "
           "'n', "
           "'s'); COMMIT",
           "1:p1:p1 2:p2:- 3:s:s 4:-:-"},
          {"DELETE FROM profiles WHERE user_id = 1", "1:-:- 2:p2:- 4:-:-"},
          {"DELETE FROM users WHERE id = 1", "2:p2:- 4:-:-"},
          {"UPDATE users SET id = 9 WHERE id = 1", "2:p2:- 4:-:- 9:p1:p1"},
          {"UPDATE profiles SET user_id = 2 WHERE user_id = 1", "1:-:- 2:p1:p1 4:-:-"},
          {"INSERT INTO profiles (user_id, phone) VALUES (1, 'u') ON CONFLICT (user_id) DO UPDATE SET phone "
           "= "
           "excluded.phone",
           "1:u:u 2:p2:- 4:-:-"},
          {"INSERT INTO users (id, name, phone) VALUES (1, 'n', 'u') ON CONFLICT (id) DO UPDATE SET phone = "
           "excluded.phone",
           "1:u:u 2:p2:- 4:-:-"},
          {"UPDATE users SET phone = 'm' || id", "1:m1:m1 2:m2:- 4:m4:m4"},
      },
      with_foreign_keys(dialect));
}

TEST_CASE("a moved column follows a link that is cut or turned or goes with a deleted row",
          "[operations][two_tables]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const std::string query =
      "SELECT u.id, u.phone, u.profile_id, p.phone FROM users u LEFT JOIN profiles p ON "
      "p.id = u.profile_id ORDER BY u.id";
  const auto behave = [&](std::string_view on_delete, const std::vector<Case>& cases,
                          const std::string& session) {
    behaves(dialect, replaced(std::string(k_parents), "{on_delete}", on_delete), k_move, query, cases,
            session);
  };
  std::vector<std::string> sessions{with_foreign_keys(dialect)};
  if (dialect == Dialect::sqlite)
    sessions.emplace_back("PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON");
  for (const std::string& session : sessions) {
    behave(
        "SET NULL",
        {
            {"UPDATE users SET profile_id = NULL WHERE id = 1", "1:p1:-:- 2:p2:12:p2"},
            {"UPDATE users SET profile_id = NULL WHERE id = 1; UPDATE profiles SET phone = 'x' WHERE id = "
             "11; UPDATE users SET profile_id = 11 WHERE id = 1",
             "1:x:11:x 2:p2:12:p2"},
            {"UPDATE users SET profile_id = NULL WHERE id = 1; DELETE FROM profiles WHERE id = 11",
             "1:p1:-:- 2:p2:12:p2"},
            {"UPDATE users SET profile_id = 13 WHERE id = 1", "1:p1:13:p1 2:p2:12:p2"},
            {"UPDATE profiles SET phone = 'x' WHERE id = 13; UPDATE users SET profile_id = 13 WHERE id = 1",
             "1:x:13:x 2:p2:12:p2"},
            {"DELETE FROM profiles WHERE id = 11", "1:none:-:- 2:p2:12:p2"},
            {"DELETE FROM profiles", "1:none:-:- 2:none:-:-"},
        },
        session);
    behave("SET DEFAULT",
           {
               {"DELETE FROM profiles WHERE id = 11", "1:none:10:none 2:p2:12:p2"},
               {"UPDATE profiles SET phone = 'x' WHERE id = 10; DELETE FROM profiles WHERE id = 11",
                "1:x:10:x 2:p2:12:p2"},
           },
           session);
    behave("CASCADE", {{"DELETE FROM profiles WHERE id = 11", "2:p2:12:p2"}}, session);
  }
}

TEST_CASE("a row that a trigger of the user's keeps from being deleted keeps what it has on SQLite",
          "[operations][two_tables]") {
  behaves(
      Dialect::sqlite,
      replaced(std::string(k_parents), "{on_delete}", "SET NULL")
          + "CREATE TRIGGER stays BEFORE DELETE ON profiles WHEN OLD.id = 11 BEGIN SELECT RAISE(IGNORE); END",
      k_move, "SELECT u.id, u.phone, u.profile_id, p.phone FROM users u LEFT JOIN profiles p ON p.id = 11",
      {
          {"DELETE FROM profiles", "1:p1:11:p1 2:none:-:p1"},
          {"DELETE FROM profiles; UPDATE users SET profile_id = NULL WHERE id = 1", "1:p1:-:p1 2:none:-:p1"},
      },
      "PRAGMA foreign_keys = ON");
}

TEST_CASE("extracted columns follow single statements on both sides", "[operations][two_tables]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  std::vector<std::string> sessions{with_foreign_keys(dialect)};
  if (dialect == Dialect::sqlite) sessions = {"", "PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON"};
  for (const std::string& session : sessions)
    behaves(dialect, k_addresses, k_extract, k_streets,
            {
                {"SELECT 1", "1:s1:c1:1:s1:c1 2:-:X:-:-:-"},
                {"UPDATE users SET street = 'y' WHERE id = 2", "1:s1:c1:1:s1:c1 2:y:X:2:y:X"},
                {"UPDATE addresses SET city = 'y' WHERE user_id = 1", "1:s1:y:1:s1:y 2:-:X:-:-:-"},
                {"INSERT INTO addresses (user_id, street) VALUES (2, 'n')", "1:s1:c1:1:s1:c1 2:n:X:2:n:X"},
                {"DELETE FROM addresses", "1:-:X:-:-:- 2:-:X:-:-:-"},
                {"DELETE FROM users WHERE id = 1; INSERT INTO users (id, name) VALUES (1, 'n')",
                 "1:-:X:-:-:- 2:-:X:-:-:-"},
                {"UPDATE users SET id = 7 WHERE id = 1", "2:-:X:-:-:- 7:s1:c1:7:s1:c1"},
                {"UPDATE users SET street = NULL, city = NULL WHERE id = 1", "1:-:-:1:-:- 2:-:X:-:-:-"},
                {"INSERT INTO users (id, name, street, city) SELECT id + 10, name, street, city FROM users",
                 "1:s1:c1:1:s1:c1 2:-:X:-:-:- 11:s1:c1:11:s1:c1 12:-:X:-:-:-"},
            },
            session);
}

TEST_CASE("sync across two tables carries REPLACE on SQLite", "[operations][two_tables]") {
  for (const std::string session :
       {"PRAGMA foreign_keys = ON", "PRAGMA recursive_triggers = ON", "PRAGMA foreign_keys = OFF"})
    behaves(Dialect::sqlite, k_addresses, k_extract, k_streets,
            {
                {"INSERT OR REPLACE INTO users (id, name, street, city) VALUES (1, 'n', 'r', 'q')",
                 "1:r:q:1:r:q 2:-:X:-:-:-"},
                {"INSERT OR REPLACE INTO addresses (user_id, street, city) VALUES (1, 'r', 'q')",
                 "1:r:q:1:r:q 2:-:X:-:-:-"},
                {"REPLACE INTO users (id, name, street, city) VALUES (2, 'n', 'r', 'q')",
                 "1:s1:c1:1:s1:c1 2:r:q:2:r:q"},
            },
            session);
}

TEST_CASE("a truncated target sets the source back on PostgreSQL", "[operations][two_tables]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_addresses);
  Project({std::string(k_extract)}).succeed(*world, {"expand"});
  world->connect()->script("TRUNCATE addresses");
  CHECK(pairs(*world->connect(), k_streets) == "1:-:X:-:-:- 2:-:X:-:-:-");
}

TEST_CASE("postgres: columns and defaults may be called as the words of sync's own functions",
          "[operations][two_tables]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare("CREATE TABLE users (id integer PRIMARY KEY, ignored text, mine text DEFAULT '{missing}');"
                 "CREATE TABLE profiles (user_id integer PRIMARY KEY REFERENCES users (id), default_1 text);"
                 "INSERT INTO users VALUES (1, 'a', 'b'); INSERT INTO profiles VALUES (1)");
  const auto move = [](std::string_view column) {
    return fmt::format("[[operation]]\ntype = \"move_column\"\ntable = \"users\"\ncolumn = \"{}\"\n"
                       "to_table = \"profiles\"\n",
                       column);
  };
  const Project project({move("ignored") + move("mine")});
  project.succeed(*world, {"expand"});
  const auto app = world->connect_app();
  app->script("INSERT INTO users (id, ignored) VALUES (2, 'x'); INSERT INTO profiles (user_id) VALUES (2)");
  app->script(
      "UPDATE users SET mine = 'y' WHERE id = 1; UPDATE profiles SET ignored = 'z' WHERE user_id = 1");
  CHECK(pairs(*app,
              "SELECT u.id, u.ignored, u.mine, p.ignored, p.mine FROM users u JOIN profiles p ON u.id = "
              "p.user_id ORDER BY u.id")
        == "1:z:y:z:y 2:x:{missing}:x:{missing}");
}

TEST_CASE("sync across two tables needs no right on the other table", "[operations][two_tables]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_profiles);
  Project({std::string(k_move)}).succeed(*world, {"expand"});
  world->connect()->script("REVOKE ALL ON profiles FROM app");
  // Names of the writer's own choice must not be found instead of the server's.
  world->connect_app()->script("CREATE TEMPORARY TABLE profiles (user_id int, phone text);"
                               "SET search_path = pg_temp; UPDATE public.users SET phone = 'x' WHERE id = 1");
  CHECK(pairs(*world->connect(), k_phones) == "1:x:x 2:p2:- 4:-:-");
}

TEST_CASE("a change that the type calls none is carried all the same", "[operations][two_tables]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const bool sqlite = dialect == Dialect::sqlite;
  const auto world = make_world(dialect);
  world->prepare(fmt::format("CREATE TABLE users (id integer PRIMARY KEY, note {});"
                             "CREATE TABLE profiles (user_id integer PRIMARY KEY REFERENCES users (id));"
                             "INSERT INTO users VALUES (1, '1.50'); INSERT INTO profiles VALUES (1);",
                             sqlite ? "text COLLATE NOCASE" : "numeric"));
  Project({"[[operation]]\ntype = \"move_column\"\ntable = \"users\"\ncolumn = \"note\"\nto_table = "
           "\"profiles\"\n"})
      .succeed(*world, {"expand"});
  const auto database = world->connect_app();
  const std::string read = "SELECT u.note, p.note FROM users u JOIN profiles p ON p.user_id = u.id";
  database->script(sqlite ? "UPDATE users SET note = 'Bob'; UPDATE profiles SET note = 'bob'"
                          : "UPDATE profiles SET note = 1.500");
  CHECK(pairs(*database, read) == (sqlite ? "bob:bob" : "1.500:1.500"));
}

TEST_CASE("contract waits for a value that has no row to go to", "[operations][two_tables]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const auto world = make_world(dialect);
  world->prepare(k_profiles);
  const Project project({std::string(k_move)});
  project.succeed(*world, {"expand"});
  const Outcome outcome = afloat::test::afloat(*world, project.path(), {"contract", "--quiet", "0"});
  CHECK(outcome.status == 1);
  CHECK(outcome.err.find("no row in profiles") != std::string::npos);
  world->connect_app()->script("INSERT INTO profiles (user_id) VALUES (2)");
  project.succeed(*world, {"contract", "--quiet", "0"});
  CHECK(pairs(*world->connect_app(), "SELECT user_id, phone FROM profiles ORDER BY 1") == "1:p1 2:p2 4:-");
}

TEST_CASE("an abort names what only the new table has", "[operations][two_tables]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const auto world = make_world(dialect);
  world->prepare(
      "CREATE TABLE profiles (id integer PRIMARY KEY);"
      "CREATE TABLE users (id integer PRIMARY KEY, phone text, profile_id integer UNIQUE REFERENCES "
      "profiles (id));");
  const Project project({std::string(k_move)});
  project.succeed(*world, {"expand"});
  world->connect_app()->script("INSERT INTO profiles (id, phone) VALUES (1, 'only here')");
  const Outcome outcome = afloat::test::afloat(*world, project.path(), {"abort"});
  CHECK(outcome.status == 1);
  CHECK(outcome.err.find("loses 1 value in rows of") != std::string::npos);
  project.succeed(*world, {"abort", "--accept-data-loss"});
}

namespace {
/// Last acknowledged value per key of each session; what is refused in a deadlock is tried again.
struct Sessions {
  std::mutex mutex;
  std::map<int, std::set<std::string>> last;
  std::string failure;
  std::atomic<int> retries = 0;
};

void write(const World& world, const std::string& name, const std::string& statement, Sessions& all) {
  constexpr int writes = 150, keys = 6;
  const auto database = world.connect_app();
  if (world.dialect() == Dialect::sqlite) database->query("PRAGMA busy_timeout = 20000");
  std::map<int, std::string> mine;
  unsigned random = static_cast<unsigned>(name.back());
  for (int i = 0; i < writes;) {
    random = random * 1664525U + 1013904223U;
    const int key = 1 + static_cast<int>((random >> 8U) % keys);
    const std::string value = fmt::format("{}_{}", name, i);
    try {
      database->query(replaced(replaced(statement, "{key}", std::to_string(key)), "{value}", value));
      mine[key] = value;
      ++i;
    } catch (const Error& error) {
      if (error.sqlstate == "40P01" && ++all.retries < 1000) continue;
      const std::lock_guard lock(all.mutex);
      all.failure = error.message;
      return;
    }
  }
  const std::lock_guard lock(all.mutex);
  for (const auto& [key, value] : mine) all.last[key].insert(value);
}
} // namespace

TEST_CASE("sessions that write one row through two tables end with both equal", "[operations][two_tables]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const auto world = make_world(dialect);
  world->prepare("CREATE TABLE users (id integer PRIMARY KEY, phone text);"
                 "CREATE TABLE profiles (user_id integer PRIMARY KEY REFERENCES users (id));"
                 "INSERT INTO users VALUES (1, 'a'), (2, 'a'), (3, 'a'), (4, 'a'), (5, 'a'), (6, 'a');"
                 "INSERT INTO profiles SELECT id FROM users;");
  const Project project({std::string(k_move)});
  project.succeed(*world, {"expand"});
  const auto set_deadlock_timeout = [&](const std::string& value) {
    if (dialect == Dialect::postgres)
      PostgresServer::instance().connect("postgres", "postgres")->script("ALTER ROLE app " + value);
  };
  set_deadlock_timeout("SET deadlock_timeout = '10ms'");
  Sessions all;
  {
    std::vector<std::jthread> threads;
    for (const std::string name : {"old1", "old2"})
      threads.emplace_back(
          [&, name] { write(*world, name, "UPDATE users SET phone = '{value}' WHERE id = {key}", all); });
    for (const std::string name : {"new3", "new4"})
      threads.emplace_back([&, name] {
        write(*world, name, "UPDATE profiles SET phone = '{value}' WHERE user_id = {key}", all);
      });
  }
  set_deadlock_timeout("RESET deadlock_timeout");
  REQUIRE(all.failure == "");
  for (const auto& row :
       world->connect()
           ->query("SELECT u.id, u.phone, p.phone FROM users u JOIN profiles p ON p.user_id = u.id")
           .rows) {
    CHECK(row.at(1) == row.at(2));
    CHECK(all.last[std::stoi(*row.at(0))].contains(row.at(1).value_or("NULL")));
  }
  project.succeed(*world, {"contract", "--quiet", "0"});
}

TEST_CASE("several columns leave a table in one migration", "[operations][two_tables]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const auto world = make_world(dialect);
  world->prepare(
      "CREATE TABLE users (id integer PRIMARY KEY, phone text, email varchar(40) NOT NULL DEFAULT 'none', "
      "street text);"
      "CREATE UNIQUE INDEX users_email ON users (email);"
      "CREATE TABLE profiles (user_id integer PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE, bio text);"
      "INSERT INTO users VALUES (1, 'p', 'e', 's'), (2, NULL, 'f', NULL); INSERT INTO profiles (user_id) "
      "VALUES (1)");
  const std::string second =
      "[[operation]]\ntype = \"move_column\"\ntable = \"users\"\ncolumn = \"email\"\nto_table = "
      "\"profiles\"\nto = \"mail\"\ncreate_missing = true\n";
  const std::string third =
      "[[operation]]\ntype = \"extract_table\"\ntable = \"users\"\ncolumns = [\"street\"]\n"
      "to_table = \"addresses\"\n";
  const Project project({std::string(k_move) + second + third});
  project.succeed(*world, {"expand"});
  const auto database = world->connect_app();
  const std::string target =
      "SELECT p.user_id, p.phone, p.mail, a.street FROM profiles p LEFT JOIN addresses a ON "
      "a.id = p.user_id ORDER BY 1";
  CHECK(pairs(*database, target) == "1:p:e:s 2:-:f:-");
  database->script("UPDATE users SET email = 'x' || id, phone = 'n' || id, street = 'w' || id;"
                   "UPDATE profiles SET mail = 'y' WHERE user_id = 1");
  CHECK(pairs(*database, target) == "1:n1:y:w1 2:n2:x2:w2");
  CHECK(pairs(*database, "SELECT id, phone, email, street FROM users ORDER BY 1") == "1:n1:y:w1 2:n2:x2:w2");
  project.succeed(*world, {"contract", "--quiet", "0"});
  project.succeed(*world, {"attic", "purge", "--retention", "0", "--accept-data-loss"});
  CHECK(pairs(*world->connect_app(), target) == "1:n1:y:w1 2:n2:x2:w2");
}

namespace {
std::string refusal(Dialect dialect, const std::string& schema, const std::string& fields) {
  const auto world = make_world(dialect);
  world->prepare(schema);
  const Project project({"[[operation]]\n" + fields});
  const Outcome outcome = afloat::test::afloat(*world, project.path(), {"expand"});
  CHECK(outcome.status == 3);
  const std::string line = outcome.err.substr(0, outcome.err.find('\n'));
  return replaced(line.substr(line.rfind("): ") + 3), "public.", "");
}
} // namespace

TEST_CASE("a column that cannot move is refused with the reason", "[operations][two_tables]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const std::string move =
      "type = \"move_column\"\ntable = \"users\"\ncolumn = \"phone\"\nto_table = \"profiles\"\n";
  const std::string users =
      "CREATE TABLE users (id integer PRIMARY KEY, phone text, made text DEFAULT CURRENT_TIMESTAMP);";
  const auto refused = [&](const std::string& profiles, const std::string& fields) {
    return refusal(dialect, users + profiles, fields);
  };
  const std::string one =
      "CREATE TABLE profiles (user_id integer PRIMARY KEY REFERENCES users (id), need text NOT NULL)";
  CHECK(refused("CREATE TABLE profiles (user_id integer REFERENCES users (id))", move)
        == "profiles.user_id is not unique: several rows of profiles may belong to one row of users, and "
           "could not keep "
           "values of their own");
  CHECK(refused("CREATE TABLE profiles (id integer PRIMARY KEY)", move)
        == "no foreign key says which row of profiles belongs to which row of users");
  CHECK(refused("CREATE TABLE profiles (a integer UNIQUE REFERENCES users (id), b integer UNIQUE REFERENCES "
                "users (id))",
                move + "by = \"c\"\n")
        == "no foreign key between users and profiles is called \"c\"");
  CHECK(refused(one, move + "create_missing = true\n")
        == "profiles.need is NOT NULL without a default, so that sync cannot make a row");
  CHECK(refused(
            "CREATE TABLE profiles (code text NOT NULL PRIMARY KEY, user_id integer UNIQUE REFERENCES users "
            "(id))",
            move + "create_missing = true\n")
        == "profiles.code is NOT NULL without a default, so that sync cannot make a row");
  CHECK(refused(one, replaced(move, "phone", "made"))
        == "\"made\" has a default that differs from row to row, so that nobody can tell whether it was "
           "written");
  CHECK(refused(one, replaced(move, "phone", "id")) == "\"id\" is part of the primary key");
  const std::string extract = "type = \"extract_table\"\ntable = \"users\"\ncolumns = [\"phone\"]\n";
  CHECK(refused(one, extract + "to_table = \"profiles\"\n")
        == "there is a table or view \"profiles\" already");
  CHECK(refused(one, replaced(extract, "phone", "fone") + "to_table = \"phones\"\n")
        == "table \"users\" has no column \"fone\"");
  CHECK(refused(one, extract + "to_table = \"phones\"\nkey = [\"phone\"]\n")
        == "\"phone\" is the name of a column that is extracted too");
}

TEST_CASE("sync across two tables carries rows that replication writes", "[operations][two_tables]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_profiles);
  Project({std::string(k_move)}).succeed(*world, {"expand"});
  const std::string url = world->url();
  const std::size_t name = std::string_view("postgres:///").size();
  PostgresServer::instance()
      .connect(url.substr(name, url.find('?') - name), "postgres")
      ->script("SET session_replication_role = replica; UPDATE users SET phone = 'x' WHERE id = 1;"
               "UPDATE profiles SET phone = 'y' WHERE user_id = 4");
  CHECK(pairs(*world->connect(), k_phones) == "1:x:x 2:p2:- 4:y:y");
}
