#include "support/project.hpp"
#include "support/world.hpp"

#include <string>

#include <catch2/catch.hpp>

namespace afloat::test {

TEST_CASE("verify: names double indexes and sequences behind their column, with what to do", "[verify]") {
  const Project project({});
  const auto postgres = make_world(Dialect::postgres);
  postgres->prepare(
      "CREATE TABLE a (id serial PRIMARY KEY, x integer, y integer); CREATE INDEX i1 ON a (x);"
      "CREATE INDEX i2 ON a (x); CREATE INDEX i3 ON a (x) WHERE x > 0; CREATE INDEX i4 ON a (x DESC);"
      "CREATE TABLE b (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);"
      "INSERT INTO a (id) VALUES (7); INSERT INTO b DEFAULT VALUES");
  CHECK(project.succeed(*postgres, {"verify"})
        == "ok       files and ledger   0 agree\n"
           "warning  index i2           it does what i1 does\n"
           "                            next: DROP INDEX CONCURRENTLY i2\n"
           "warning  sequence a_id_seq  it stands at 0, and a.id has 7 already\n"
           "                            next: SELECT setval('a_id_seq', 7)\n");
  const auto sqlite = make_world(Dialect::sqlite);
  sqlite->prepare("CREATE TABLE a (x); CREATE INDEX i1 ON a (x); CREATE INDEX i2 ON a (x); CREATE INDEX i3 "
                  "ON a (x DESC)");
  CHECK(project.succeed(*sqlite, {"verify"})
        == "ok       files and ledger  0 agree\n"
           "warning  index i2          it does what i1 does\n"
           "                           next: DROP INDEX i2\n");
}

} // namespace afloat::test
