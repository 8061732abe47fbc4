#include "dialect/inspector.hpp"
#include "dialect/postgres/habits.hpp"
#include "operations/common.hpp"
#include "support/postgres_server.hpp"
#include "support/text.hpp"

#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace afloat {
namespace {
/// "shop.users: SELECT *", one use after the other.
std::string uses(const std::string& sql) {
  std::vector<std::string> texts;
  for (const postgres::Use& use : postgres::unnamed_uses(sql))
    texts.push_back(fmt::format("{}: {}", display(use.table), use.what));
  return join(texts, ", ");
}

TEST_CASE("postgres: a statement that does not name a table's columns is told by the parser", "[habits]") {
  const std::pair<const char*, const char*> cases[] = {
      {"SELECT * FROM users WHERE id = $1", "users: `SELECT *` or `RETURNING *`"},
      {"select u.* from shop.users u join orders o on o.user_id = u.id",
       "shop.users: `SELECT *` or `RETURNING *`"},
      {"select * from users join orders using (id)",
       "users: `SELECT *` or `RETURNING *`, orders: `SELECT *` or `RETURNING *`"},
      {"with x as (select * from users) select id from x", "users: `SELECT *` or `RETURNING *`"},
      {"update users set a = $1 returning *", "users: `SELECT *` or `RETURNING *`"},
      {"insert into users values ($1, $2)", "users: `INSERT` without a column list"},
      {"insert into users select * from old",
       "users: `INSERT` without a column list, old: `SELECT *` or `RETURNING *`"},
      {"copy users from stdin", "users: `COPY` without a column list"},
      {"select count(*), 2 * a from users", ""},
      {"select id from orders where exists (select * from users)", ""},
      {"select o.* from users u join (select id from orders) o using (id)", ""},
      {"insert into users (a, b) values ($1, $2)", ""},
      {"insert into users default values", ""},
      {"copy users (a) from stdin", ""},
      {"copy (select a from users) to stdout", ""},
      {"select * form users", ""},
  };
  for (const auto& [sql, expected] : cases)
    CHECK(fmt::format("{} -> {}", sql, uses(sql)) == fmt::format("{} -> {}", sql, expected));
}

TEST_CASE("postgres: a statement is shown without its strings", "[habits]") {
  CHECK(postgres::shortened("COPY users\n  FROM PROGRAM 'curl -u me:secret' /* secret */ WITH (FORMAT csv)")
        == "COPY users FROM PROGRAM '…' WITH (FORMAT csv)");
}

class Habits {
 public:
  Habits() : m_name(m_server.create_database()) {
    admin = m_server.connect(m_name, "postgres");
    owner = m_server.connect(m_name);
    app = m_server.connect(m_name, "app");
    owner->script("CREATE TABLE users (id int PRIMARY KEY, a text); CREATE TABLE orders (id int)");
    test::grant_to_app(*owner);
  }
  std::vector<std::string> notes(Database& by) {
    Schema schema = inspect(by, std::vector<RelationName>{{"", "users"}, {"", "orders"}});
    read_habits(by, schema);
    return habit_notes(*schema.find({"", "users"}));
  }

 private:
  test::PostgresServer& m_server = test::PostgresServer::instance();
  std::string m_name;

 public:
  std::unique_ptr<Database> admin, owner, app;
};

TEST_CASE("postgres: pg_stat_statements tells who does not name a table's columns", "[habits]") {
  Habits habits;
  CHECK(habits.notes(*habits.owner).empty()); // the extension is not in this database
  habits.admin->script("CREATE SCHEMA \"Watch\"; CREATE EXTENSION pg_stat_statements SCHEMA \"Watch\";"
                       "GRANT USAGE ON SCHEMA \"Watch\" TO migrator");
  for (int i = 0; i < 3; ++i) habits.app->query("SELECT * FROM users WHERE a = 'secret'", {});
  habits.app->query("SELECT id FROM users WHERE a = 'secret'", {});
  habits.app->query("SELECT * FROM orders", {});
  habits.owner->query("INSERT INTO public.users VALUES (1, 'secret') RETURNING *", {});
  const std::string hidden =
      "pg_stat_statements hides the statements of other roles: who else runs `SELECT *` on "
      "public.users is not known (GRANT pg_read_all_stats).";
  const std::string own_insert =
      "pg_stat_statements has `INSERT` without a column list on public.users by migrator (1 call: "
      "`INSERT INTO public.users VALUES ($1, $2) RETURNING *`).";
  CHECK(habits.notes(*habits.owner)
        == std::vector<std::string>{
            own_insert,
            "pg_stat_statements has `SELECT *` or `RETURNING *` on public.users by migrator (1 "
            "call: `INSERT INTO public.users VALUES ($1, $2) RETURNING *`).",
            hidden});
  habits.admin->script("GRANT pg_read_all_stats TO migrator");
  CHECK(habits.notes(*habits.owner)
        == std::vector<std::string>{
            own_insert, "pg_stat_statements has `SELECT *` or `RETURNING *` on public.users by app (3 calls: "
                        "`SELECT * FROM users WHERE a = $1`), migrator (1 call: `INSERT INTO public.users "
                        "VALUES ($1, $2) RETURNING *`)."});
  habits.admin->script(
      "REVOKE pg_read_all_stats FROM migrator; REVOKE USAGE ON SCHEMA \"Watch\" FROM migrator");
  CHECK(habits.notes(*habits.owner).empty());
}
} // namespace
} // namespace afloat
