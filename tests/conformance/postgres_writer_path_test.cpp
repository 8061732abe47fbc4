#include "support/postgres_table.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
/// Like PostgresFixture, with the table in a schema on which the application has no right: it writes through
/// a view, with an empty search path. What migrates has these schemas in its path.
struct PrivateTable : PostgresFixture {
  explicit PrivateTable(const std::string& ddl) : PostgresFixture("CREATE SCHEMA priv; CREATE SCHEMA api") {
    for (const char* extension : {"hstore", "citext"})
      PostgresServer::instance()
          .connect(name, "postgres")
          ->script(fmt::format("CREATE EXTENSION {} SCHEMA priv", extension));
    owner->script("SET search_path = priv, public;" + ddl);
  }

  Table table() const {
    const std::vector<RelationName> wanted{{"priv", "t"}};
    return inspect_postgres(*owner, wanted).tables.at(0);
  }

  Sync sync(const std::string& type, const std::string& up, const std::string& down) const {
    return {.id = "7_1",
            .table = table(),
            .old_column = "a",
            .new_column = "b",
            .new_type = type,
            .up = up,
            .down = down,
            .identity = up == "a"};
  }

  void open(const Sync& sync) const {
    expand(sync);
    owner->script("CREATE VIEW api.t AS SELECT * FROM priv.t; GRANT USAGE ON SCHEMA api TO app;"
                  "GRANT ALL ON api.t TO app");
    app->script("SET search_path = ''");
  }
};
} // namespace

TEST_CASE("postgres: a writer needs no right and no path to the types of the columns", "[path]") {
  struct Case {
    std::string setup, type, first, second, omitted;
  };
  const Case row =
      GENERATE(Case{"CREATE TYPE mood AS ENUM ('sad', 'ok')", "mood DEFAULT 'sad'", "ok", "sad", "sad"},
               Case{"CREATE TYPE mood AS ENUM ('sad', 'ok')", "mood[] DEFAULT ARRAY['sad'::mood]", "{ok}",
                    "{ok,sad}", "{sad}"},
               Case{"CREATE DOMAIN name AS text", "priv.name", "x", "y", "NULL"},
               Case{"CREATE TYPE pair AS (a int, b mood)", "pair", "(1,ok)", "(2,)", "NULL"},
               Case{"", "citext DEFAULT 'None'", "x", "X", "None"});
  CAPTURE(row.type);
  const std::string mood = row.type == "pair" ? "CREATE TYPE mood AS ENUM ('sad', 'ok');" : "";
  const PrivateTable fixture(
      fmt::format("{}{}; CREATE TABLE t (id int PRIMARY KEY, a {})", mood, row.setup, row.type));
  Sync sync = fixture.sync("", "a", "b");
  const Column& old = *sync.table.find_column("a");
  sync.new_type = old.type;
  sync.new_default = old.default_sql;
  fixture.open(sync);
  fixture.app->query(fmt::format("INSERT INTO api.t (id, a) VALUES (1, '{}')", row.first), {});
  fixture.app->query(fmt::format("INSERT INTO api.t (id, b) VALUES (2, '{}')", row.second), {});
  fixture.app->query("INSERT INTO api.t (id) VALUES (3)", {});
  CHECK(fixture.read("SELECT * FROM t ORDER BY id")
        == fmt::format("1|{0}|{0}\n2|{1}|{1}\n3|{2}|{2}", row.first, row.second, row.omitted));
  fixture.app->query(fmt::format("UPDATE api.t SET b = '{}' WHERE id = 1", row.second), {});
  fixture.app->query(fmt::format("UPDATE api.t SET a = '{}' WHERE id = 2", row.first), {});
  CHECK(fixture.read("SELECT * FROM t WHERE id < 3 ORDER BY id")
        == fmt::format("1|{0}|{0}\n2|{1}|{1}", row.second, row.first));
}

TEST_CASE("postgres: an author's words mean the same, whoever writes", "[path]") {
  struct Case {
    std::string setup, type, new_type, up, down, old_value, new_value;
  };
  const Case row = GENERATE(
      Case{"", "hstore", "text", "a -> 'phone'", "hstore('phone', b)", "\"phone\"=>\"1\"", "1"},
      Case{"", "citext", "boolean", "a = 'YES'", "CASE WHEN b THEN 'yes' ELSE 'no' END", "yes", "t"},
      Case{"CREATE FUNCTION slug(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT lower($1)'", "text",
           "text", "slug(a)", "initcap(b)", "X", "x"},
      Case{"CREATE COLLATION plain FROM \"C\"", "text", "boolean", "a < 'a' COLLATE plain",
           "CASE WHEN b THEN 'B' ELSE 'b' END", "B", "t"},
      Case{"CREATE TYPE mood AS ENUM ('sad', 'ok')", "mood", "text", "a::text", "b::mood", "ok", "ok"},
      Case{"CREATE TYPE mood AS ENUM ('sad', 'ok')", "text", "mood", "CASE a WHEN 'x' THEN mood 'ok' END",
           "CASE b WHEN 'ok' THEN 'x' END", "x", "ok"},
      Case{"CREATE TYPE mood AS ENUM ('sad', 'ok')", "mood", "integer", "CASE a WHEN 'ok' THEN 1 ELSE 0 END",
           "(ARRAY['sad', 'ok']::mood[])[b + 1]", "ok", "1"},
      Case{"CREATE FUNCTION joined(text, text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT $1 || $2';"
           "CREATE OPERATOR |+| (FUNCTION = joined, LEFTARG = text, RIGHTARG = text)",
           "text", "text", "a |+| 'y'", "left(b, 1)", "x", "xy"});
  CAPTURE(row.up);
  const PrivateTable fixture(
      fmt::format("{}; CREATE TABLE t (id int PRIMARY KEY, a {})", row.setup, row.type));
  fixture.open(fixture.sync(row.new_type, row.up, row.down));
  fixture.app->query(fmt::format("INSERT INTO api.t (id, a) VALUES (1, '{}')", row.old_value), {});
  fixture.app->query(fmt::format("INSERT INTO api.t (id, b) VALUES (2, '{}')", row.new_value), {});
  CHECK(fixture.read("SELECT * FROM t ORDER BY id")
        == fmt::format("1|{0}|{1}\n2|{0}|{1}", row.old_value, row.new_value));
  fixture.app->query("UPDATE api.t SET b = NULL WHERE id = 2", {});
  fixture.app->query(fmt::format("UPDATE api.t SET a = '{}' WHERE id = 2", row.old_value), {});
  CHECK(fixture.read("SELECT * FROM t ORDER BY id")
        == fmt::format("1|{0}|{1}\n2|{0}|{1}", row.old_value, row.new_value));
}

TEST_CASE("postgres: \"$user\" in the search path is the schema of whoever migrates", "[path]") {
  const PostgresFixture fixture("");
  const std::string role = *fixture.owner->query("SELECT current_user", {}).scalar();
  fixture.owner->script(
      fmt::format("CREATE SCHEMA \"{}\"; SET search_path = \"$user\", public;"
                  "CREATE FUNCTION slug(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT lower($1)';"
                  "CREATE TABLE public.t (id int PRIMARY KEY, a text); GRANT ALL ON public.t TO app",
                  role));
  const Sync sync{.id = "7_1",
                  .table = fixture.table("t"),
                  .old_column = "a",
                  .new_column = "b",
                  .new_type = "text",
                  .up = "slug(a)",
                  .down = "upper(b)"};
  fixture.expand(sync);
  fixture.app->query("INSERT INTO t (id, a) VALUES (1, 'X')", {});
  CHECK(fixture.read("SELECT * FROM t") == "1|X|x");
  CHECK(fixture.read("SELECT DISTINCT array_to_string(proconfig, ';'), prosecdef FROM pg_proc "
                     "WHERE proname LIKE 'sync%'")
        == fmt::format("search_path={}, public, pg_temp|t", role));
}

TEST_CASE("postgres: a condition with an author's words is asked of the row as a CHECK would ask", "[path]") {
  const PrivateTable fixture(
      "CREATE TABLE t (id int PRIMARY KEY, a text);"
      "CREATE FUNCTION good(text) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT $1 <> ''bad'''");
  const Sync sync{.kind = Sync::Kind::condition, .id = "7_1", .table = fixture.table(), .up = "good(a)"};
  fixture.open(sync);
  fixture.app->query("INSERT INTO api.t (id, a) VALUES (1, 'x')", {});
  CHECK(fixture.owner->query("SELECT is_called FROM afloat.writes_7_1", {}).scalar() == "f");
  fixture.app->query("INSERT INTO api.t (id, a) VALUES (2, 'bad')", {});
  CHECK(fixture.owner->query("SELECT last_value, is_called FROM afloat.writes_7_1", {}).rows.at(0).at(0)
        == "1");
}
