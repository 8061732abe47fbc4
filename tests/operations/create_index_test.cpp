#include "support/project.hpp"
#include "support/world.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
const std::string k_events =
    "CREATE TABLE events (id bigint, at date NOT NULL, kind text) PARTITION BY RANGE (at);"
    "CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2020-01-01') TO "
    "('2021-01-01');"
    "CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2021-01-01') TO "
    "('2022-01-01') PARTITION BY LIST (kind);"
    "CREATE TABLE events_2a PARTITION OF events_2 FOR VALUES IN ('a');"
    "CREATE TABLE events_2b PARTITION OF events_2 DEFAULT;"
    "INSERT INTO events SELECT i, '2020-01-01'::date + i, CASE i % 2 WHEN 0 THEN 'a' ELSE 'b' "
    "END FROM generate_series(1, 700) i;";

std::string index_on(const std::string& table, const std::string& rest) {
  return fmt::format("[[operation]]\ntype = \"create_index\"\ntable = \"{}\"\n{}\n", table, rest);
}

std::string definitions(const World& world, const std::string& like) {
  return world.connect()
      ->query(fmt::format(
          "SELECT string_agg(pg_get_indexdef(i.indexrelid) || CASE WHEN i.indisvalid THEN '' ELSE ' "
          "INVALID' END, E'\\n' ORDER BY c.relname) FROM pg_index i JOIN pg_class c ON c.oid = "
          "i.indexrelid WHERE c.relname LIKE '{}'",
          like))
      .scalar()
      .value_or("");
}
} // namespace

TEST_CASE("create_index builds on each partition and attaches", "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_events);
  const std::string before = world->dump();
  const Project project(
      {index_on("events", "name = \"by_kind\"\ncolumns = [\"kind DESC NULLS LAST\"]\nwhere = \"id > 0\"")});
  project.succeed(*world, {"expand"});
  CHECK(definitions(*world, "%by_kind")
        == "CREATE INDEX by_kind ON ONLY public.events USING btree (kind DESC NULLS LAST) WHERE (id > 0)\n"
           "CREATE INDEX events_1_by_kind ON public.events_1 USING btree (kind DESC NULLS LAST) WHERE (id > "
           "0)\n"
           "CREATE INDEX events_2_by_kind ON ONLY public.events_2 USING btree (kind DESC NULLS LAST) WHERE "
           "(id > 0)\n"
           "CREATE INDEX events_2a_by_kind ON public.events_2a USING btree (kind DESC NULLS LAST) WHERE (id "
           "> 0)\n"
           "CREATE INDEX events_2b_by_kind ON public.events_2b USING btree (kind DESC NULLS LAST) WHERE (id "
           "> 0)");
  project.succeed(*world, {"verify"});
  project.succeed(*world, {"abort", "0001"});
  CHECK(difference(before, world->dump()) == "");
}

TEST_CASE("create_index on partitions can be killed at any point, and meets new ones",
          "[operations][postgres]") {
  const auto start = make_world(Dialect::postgres);
  start->prepare(k_events);
  const std::string before = start->dump();
  const Project project(
      {index_on("events", "name = \"by_id\"\ncolumns = [\"id\", \"at\", \"kind\"]\nunique = true")});
  bool killed = true;
  for (int point = 4; killed;
       point += 4) { // each of the statements and commits between is like its neighbours
    const auto world = start->copy();
    const Outcome run = afloat::test::afloat(*world, project.path(), {"expand"},
                                             {{"AFLOAT_FAULT_AT", std::to_string(point)}});
    killed = run.status == 128 + 9;
    if (!killed) break;
    if (point % 8 == 0) {
      const Outcome aborted = project.run(*world, {"abort"});
      CHECK((aborted.status == 0 || aborted.err.find("has not been started") != std::string::npos));
      CHECK(difference(before, world->dump()) == "");
      continue;
    }
    world->connect()->script(
        "CREATE TABLE events_3 PARTITION OF events FOR VALUES FROM ('2022-01-01') TO "
        "('2023-01-01'); CREATE TABLE events_2c PARTITION OF events_2 FOR VALUES IN ('c')");
    const Outcome resumed = project.run(*world, {"expand"});
    INFO("point " << point << resumed.err);
    if (point == 4) continue; // the partitions came before the index
    CHECK(resumed.status == 0);
    CHECK(definitions(*world, "%").find("INVALID") == std::string::npos);
  }
}

TEST_CASE("create_index takes all that CREATE INDEX does", "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare("CREATE TABLE t (id integer PRIMARY KEY, name text, \"my tags\" integer[], at timestamptz)");
  const Project project({
      index_on("t",
               "name = \"t_1\"\ncolumns = [\"name COLLATE \\\"C\\\" text_pattern_ops DESC NULLS LAST\"]\n"
               "options = \"fillfactor = 70\""),
      index_on("t",
               "name = \"t_2\"\ncolumns = [\"my tags\"]\nmethod = \"gin\"\noptions = \"fastupdate = off\""),
      index_on("t",
               "name = \"t_3\"\ncolumns = [\"lower(name)\", \"id DESC\"]\nunique = true\ninclude = [\"at\"]\n"
               "where = \"id > 5\"\ntablespace = \"pg_default\""),
      index_on("t", "name = \"t_4\"\ncolumns = [\"at\"]\nmethod = \"brin\""),
  });
  project.succeed(*world, {"expand"});
  CHECK(definitions(*world, "t\\__")
        == "CREATE INDEX t_1 ON public.t USING btree (name COLLATE \"C\" text_pattern_ops DESC NULLS LAST) "
           "WITH "
           "(fillfactor='70')\n"
           "CREATE INDEX t_2 ON public.t USING gin (\"my tags\") WITH (fastupdate=off)\n"
           "CREATE UNIQUE INDEX t_3 ON public.t USING btree (lower(name), id DESC) INCLUDE (at) WHERE (id > "
           "5)\n"
           "CREATE INDEX t_4 ON public.t USING brin (at)");
}

TEST_CASE("create_index finds duplicates as the index would", "[operations]") {
  SECTION("by its collation on SQLite") {
    const auto world = make_world(Dialect::sqlite);
    world->prepare(
        "CREATE TABLE t (id integer PRIMARY KEY, name text); INSERT INTO t VALUES (1, 'a'), (2, 'A')");
    const Project project(
        {index_on("t", "name = \"t_1\"\ncolumns = [\"name COLLATE NOCASE DESC\"]\nunique = true")});
    const Outcome outcome = project.run(*world, {"expand"});
    CHECK(outcome.status == 1);
    CHECK(outcome.err.find("a: 2 rows") != std::string::npos);
  }
  SECTION("among NULLs on PostgreSQL") {
    const auto world = make_world(Dialect::postgres);
    if (world->connect()->facts().server_version < 150000) return;
    world->prepare(
        "CREATE TABLE t (id integer PRIMARY KEY, name text); INSERT INTO t VALUES (1, NULL), (2, NULL)");
    const Project project(
        {index_on("t", "name = \"t_1\"\ncolumns = [\"name\"]\nunique = true\nnulls_not_distinct = true")});
    const Outcome outcome = project.run(*world, {"expand"});
    CHECK(outcome.status == 1);
    CHECK(outcome.err.find("NULL: 2 rows") != std::string::npos);
    world->connect()->script("DELETE FROM t WHERE id = 2");
    project.succeed(*world, {"expand"});
    CHECK_THROWS(world->connect()->query("INSERT INTO t VALUES (3, NULL)"));
  }
  SECTION("and SQLite refuses what it has not") {
    const auto world = make_world(Dialect::sqlite);
    world->prepare("CREATE TABLE t (id integer PRIMARY KEY, name text)");
    const Outcome outcome = Project({index_on("t", "name = \"t_1\"\ncolumns = [\"name\"]\nmethod = \"gin\"")})
                                .run(*world, {"plan"});
    CHECK(outcome.status == 3);
    CHECK(outcome.err.find("SQLite has no `method` of an index") != std::string::npos);
  }
}
