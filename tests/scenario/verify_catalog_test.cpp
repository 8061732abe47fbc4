#include "support/postgres_server.hpp"
#include "support/project.hpp"
#include "support/world.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

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

TEST_CASE("postgres: verify looks for rows that refer to nothing where the server does not vouch for the key",
          "[verify][postgres]") {
  const Project project({});
  const auto world = make_world(Dialect::postgres);
  world->prepare(
      "CREATE TABLE parent (a integer, b text, PRIMARY KEY (a, b)); INSERT INTO parent VALUES (1, 'x');"
      "CREATE TABLE child (id integer, a integer, b text); INSERT INTO child VALUES (1, 1, 'x'), (2, 1, "
      "'y'), "
      "(3, NULL, 'y'), (4, 2, 'x');"
      "ALTER TABLE child ADD CONSTRAINT child_fk FOREIGN KEY (a, b) REFERENCES parent NOT VALID;"
      "CREATE TABLE fine (a integer, b text, CONSTRAINT fine_fk FOREIGN KEY (a, b) REFERENCES parent);"
      "CREATE TABLE strict (a integer, b text); INSERT INTO strict VALUES (NULL, NULL), (NULL, 'x');"
      "ALTER TABLE strict ADD CONSTRAINT strict_fk FOREIGN KEY (a, b) REFERENCES parent MATCH FULL NOT "
      "VALID");
  const std::string same = "(SELECT FROM ONLY parent p WHERE p.a OPERATOR(pg_catalog.=) c.a AND p.b "
                           "OPERATOR(pg_catalog.=) c.b)\n";
  Outcome found = project.run(*world, {"verify"});
  CHECK(found.status == 1);
  CHECK(
      found.out
      == "ok       files and ledger                 0 agree\n"
         "warning  constraint child_fk on child     rows that were there before it were never validated\n"
         "                                          next: ALTER TABLE child VALIDATE CONSTRAINT child_fk\n"
         "warning  constraint strict_fk on strict   rows that were there before it were never validated\n"
         "                                          next: ALTER TABLE strict VALIDATE CONSTRAINT strict_fk\n"
         "failure  foreign key child_fk on child    2 rows refer to rows of parent that are not there\n"
         "                                          next: SELECT * FROM ONLY child c WHERE c.a IS NOT NULL "
         "AND "
         "c.b IS NOT NULL AND NOT EXISTS "
             + same
             + "failure  foreign key strict_fk on strict  1 row refers to rows of parent that are not there\n"
               "                                          next: SELECT * FROM ONLY strict c WHERE NOT (c.a "
               "IS "
               "NULL AND c.b IS NULL) AND NOT EXISTS "
             + same);

  const auto admin = PostgresServer::instance().connect(world->connect()->facts().database, "postgres");
  admin->script("DROP TABLE child, strict; ALTER TABLE fine DISABLE TRIGGER ALL");
  const std::string silent =
      "ok       files and ledger             0 agree\n"
      "ok       catalog                      nothing invalid or unvalidated\n"
      "warning  foreign key fine_fk on fine  its triggers on fine are disabled: it is not enforced\n"
      "                                      next: ALTER TABLE fine ENABLE TRIGGER ALL\n";
  CHECK(project.succeed(*world, {"verify"}) == silent);
  admin->script("REVOKE ALL ON fine FROM migrator; ALTER TABLE fine OWNER TO postgres");
  CHECK(project.succeed(*world, {"verify"})
        == silent
               + "warning  foreign key fine_fk on fine  rows that refer to nothing were not looked for: role "
                 "migrator may not read both tables\n"
                 "                                      next: SELECT count(*) FROM ONLY fine c WHERE c.a IS "
                 "NOT "
                 "NULL AND c.b IS NOT NULL AND NOT EXISTS "
               + same);
}

TEST_CASE("postgres: verify warns of a trigger that fires before sync or behind it", "[verify][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare("CREATE TABLE users (id integer PRIMARY KEY, user_name text);"
                 "CREATE FUNCTION trim_it() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'");
  const Project project({"[[operation]]\ntype = \"rename_column\"\ntable = \"users\"\nfrom = \"user_name\"\n"
                         "to = \"username\"\n"});
  project.succeed(*world, {"expand"});
  const auto warnings = [&] {
    const std::string all = project.succeed(*world, {"verify"});
    std::string text;
    for (std::size_t at = all.find("trigger "); at != all.npos; at = all.find("trigger ", at + 1))
      if (const std::string line = all.substr(at, all.find('\n', at) - at); line.find("fires") != line.npos)
        text += line + "\n";
    return text;
  };
  CHECK(warnings() == "");
  const auto owner = world->connect();
  const auto make = [&](const std::string& name, const std::string& when) {
    owner->script("CREATE TRIGGER \"" + name + "\" " + when
                  + " ON users FOR EACH ROW EXECUTE FUNCTION trim_it()");
  };
  make("after", "AFTER INSERT");
  CHECK(warnings() == "");
  make("middle", "BEFORE UPDATE");
  make("  early", "BEFORE INSERT");
  CHECK(warnings()
        == "trigger \"  early\" on users  it fires before sync: it sees the two shapes out of step\n"
           "trigger middle on users     it fires behind the last sync: what it assigns does not reach the "
           "other "
           "shape\n");
  owner->script("DROP TRIGGER \"  early\" ON users");
  project.succeed(*world, {"abort"});
  project.succeed(*world, {"expand", "--accept-drift", "a trigger"});
  CHECK(warnings() == "");
  owner->script("ALTER TRIGGER middle ON users RENAME TO \"~~\"");
  CHECK(warnings()
        == "trigger \"~~\" on users  it fires behind the last sync: what it assigns does not reach the other "
           "shape\n");
}

TEST_CASE("verify: tells of the attic's retention and of the snapshot that it needs", "[verify]") {
  for (const Dialect dialect : {Dialect::sqlite, Dialect::postgres}) {
    const auto world = make_world(dialect);
    world->prepare("CREATE TABLE users (id integer PRIMARY KEY, nick text)");
    const Project project({"[[operation]]\ntype = \"drop_column\"\ntable = \"users\"\ncolumn = \"nick\"\n"},
                          "\n[snapshot]\nbefore_contract = \"tables\"\n");
    const auto go = [&](const std::vector<std::string>& words) {
      return project.run(*world, words,
                         {{"AFLOAT_SNAPSHOT_FOLDER", (project.path() / "snapshots").string()}});
    };
    CHECK(go({"migrate", "--quiet", "0"}).status == 0);
    const Outcome kept = go({"verify"});
    CHECK(kept.status == 0);
    const std::string& all = kept.out;
    CHECK(all.find("  in the attic; may be purged in ") != std::string::npos);
    CHECK(
        all.find("  0001_change is in the attic; its parts are there (`afloat snapshot verify` reads them)\n")
        != std::string::npos);
    std::ofstream(project.path() / "afloat.toml")
        << "[project]\nname = \"test\"\n[contract]\nretention = \"1ms\"\n";
    for (const auto& entry : std::filesystem::recursive_directory_iterator(project.path() / "snapshots"))
      if (entry.path().extension() == ".zst" || entry.path().extension() == ".sqlite")
        std::filesystem::resize_file(entry.path(), 1);
    const Outcome late = go({"verify"});
    CHECK(late.status == 1);
    CHECK(late.out.find(" longer than the retention\n") != std::string::npos);
    CHECK(late.out.find("next: `afloat attic purge 0001`\n") != std::string::npos);
    CHECK(late.out.find("failure  snapshot ") != std::string::npos);
    CHECK(late.out.find(" has 1 bytes in place of ") != std::string::npos);
  }
}

} // namespace afloat::test
