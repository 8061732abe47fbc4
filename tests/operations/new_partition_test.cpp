// Partitions that come and go between the phases, as those of an application that makes one a month.
#include "support/postgres_server.hpp"
#include "support/project.hpp"
#include "support/text.hpp"
#include "support/world.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
constexpr const char* k_visits = R"(
  CREATE TABLE visits (id integer NOT NULL, month integer NOT NULL, page text NOT NULL DEFAULT '/', note varchar(10),
    first text, last text, CONSTRAINT once PRIMARY KEY (id, month), CONSTRAINT known UNIQUE (page, id, month),
    CONSTRAINT filled CHECK (page <> '')) PARTITION BY RANGE (month);
  CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM (1) TO (2);
  CREATE TABLE visits_2 PARTITION OF visits FOR VALUES FROM (2) TO (3) PARTITION BY LIST (month);
  CREATE TABLE visits_2a PARTITION OF visits_2 FOR VALUES IN (2);
  CREATE TABLE visits_3 PARTITION OF visits FOR VALUES FROM (3) TO (6);
  CREATE INDEX by_page ON visits (page);
  CREATE INDEX by_both ON visits (note, lower(page)) WHERE page <> '%d';
  CREATE INDEX by_names ON visits (first, last);
  INSERT INTO visits SELECT i, 1 + i % 3, 'p' || i, 'n' || i, 'f', 'l' FROM generate_series(1, 30) i;)";

/// A migration of one operation, and the columns that an INSERT names in each phase.
struct Case {
  std::string type, fields, window = "page, note, first, last", contracted = "page, note, first, last",
                            more = "";
};

const std::vector<Case> k_cases{
    {"rename_column", "from = \"page\"\nto = \"path\"", "page, note, first, last", "path, note, first, last"},
    {"add_column", "column = \"size\"\ncolumn_type = \"integer\"\nup = \"length(page)\"\nnot_null = true",
     "page, note, first, last", "page, note, first, last, size"},
    {"drop_column", "column = \"page\"\ndown = \"'/' || id\"", "page, note, first, last",
     "note, first, last"},
    {"change_type", "column = \"page\"\ncolumn_type = \"varchar(200)\"\nup = \"page\""},
    {"change_type",
     "column = \"note\"\nto = \"remark\"\ncolumn_type = \"text\"\nup = \"note\"\ndown = \"remark\"",
     "page, note, first, last", "page, remark, first, last"},
    {"widen_key", "column = \"id\"\nlong_swap = true"},
    {"split_column",
     "column = \"first\"\ndown = \"a || b\"\n[[operation.to]]\ncolumn = \"a\"\ncolumn_type = \"text\"\nup = "
     "\"substr(first, 1, 1)\"\n[[operation.to]]\ncolumn = \"b\"\ncolumn_type = \"text\"\nup = "
     "\"substr(first, "
     "2)\"",
     "page, note, first, last", "page, note, a, last"},
    {"merge_columns",
     "to = \"name\"\ncolumn_type = \"text\"\nup = \"first || ' ' || last\"\n[[operation.from]]\ncolumn = "
     "\"first\"\ndown = \"split_part(name, ' ', 1)\"\n[[operation.from]]\ncolumn = \"last\"\ndown = "
     "\"split_part(name, ' ', 2)\"",
     "page, note, first, last", "page, note, name"},
    {"set_not_null", "column = \"note\"\nup = \"'x'\""},
    {"drop_not_null", "column = \"page\""},
    {"set_default", "column = \"note\"\ndefault = \"'n'\""},
    {"drop_constraint", "name = \"filled\""},
    {"add_check", "check = \"id > 0\"\nname = \"positive\""},
    {"add_unique", "columns = [\"note\", \"id\", \"month\"]\nname = \"noted\""},
    {"add_unique", "columns = [\"note\", \"id\", \"month\"]\nname = \"noted\"\nenforce = \"expand\""},
    {"add_primary_key", "columns = [\"id\", \"month\"]\nname = \"pk\"", "page, note, first, last",
     "page, note, first, last", "ALTER TABLE visits DROP CONSTRAINT once"},
    {"create_index", "name = \"by_last\"\ncolumns = [\"last\"]"},
};

/// One partition comes, partitioned itself, with rows; and one goes.
std::string a_month_later(int month, std::string_view columns, bool detach) {
  return fmt::format(
      "CREATE TABLE visits_{0} PARTITION OF visits FOR VALUES FROM ({0}) TO ({1}) PARTITION BY LIST (month);"
      "CREATE TABLE visits_{0}a PARTITION OF visits_{0} FOR VALUES IN ({0});"
      "CREATE TABLE a_partition_whose_name_leaves_no_room_for_the_name_of_index_{0} PARTITION OF visits_{0} "
      "DEFAULT;"
      "INSERT INTO visits (id, month, {2}) SELECT id + 100 * {0}, {0}, {2} FROM visits WHERE month = 3;"
      "{3} visits_{4}",
      month, month + 1, columns, detach ? "ALTER TABLE visits DETACH PARTITION" : "DROP TABLE",
      month == 6   ? "1"
      : month == 7 ? "2"
                   : fmt::format("{}", month - 2));
}

/// What is not whole in the table and its partitions.
std::string left_undone(const World& world) {
  return world.connect()
      ->query(
          "WITH part AS (SELECT relid FROM pg_partition_tree('visits')) SELECT coalesce(string_agg(x, "
          "E'\\n'), '') FROM ("
          "SELECT 'INVALID ' || indexrelid::regclass FROM pg_index JOIN part ON relid = indrelid WHERE NOT "
          "indisvalid UNION ALL "
          "SELECT 'not validated: ' || conname FROM pg_constraint JOIN part ON relid = conrelid WHERE NOT "
          "convalidated UNION ALL "
          "SELECT 'not attached: ' || i.indexrelid::regclass FROM pg_index i JOIN part ON relid = i.indrelid "
          "WHERE relid <> 'visits'::regclass AND NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = "
          "i.indexrelid) UNION ALL "
          "SELECT 'another trigger: ' || t.tgname FROM pg_trigger t JOIN pg_trigger p ON p.oid = "
          "t.tgparentid "
          "WHERE p.tgenabled <> t.tgenabled UNION ALL "
          "SELECT 'no trigger: ' || t.tgname FROM pg_trigger t, part WHERE t.tgrelid = 'visits'::regclass "
          "AND "
          "t.tgtype & 1 = 1 AND NOT t.tgisinternal AND relid <> t.tgrelid AND NOT EXISTS (SELECT FROM "
          "pg_trigger c WHERE c.tgrelid "
          "= "
          "relid AND c.tgname = t.tgname)) AS y(x)")
      .scalar()
      .value();
}

const std::vector<std::string> k_contract{"contract", "--quiet", "0", "--accept-drift",
                                          "a partition a month"};
} // namespace

TEST_CASE("partitions come and go between all phases", "[operations][postgres][partitions]") {
  const Case& one = k_cases.at(GENERATE(range<std::size_t>(0, k_cases.size())));
  INFO(one.type << "\n" << one.fields);
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_visits);
  if (!one.more.empty()) world->prepare(one.more);
  const Project project(
      {fmt::format("[[operation]]\ntype = \"{}\"\ntable = \"visits\"\n{}\n", one.type, one.fields)});
  const auto later = [&](int month, const std::string& columns, bool detach) {
    world->prepare(a_month_later(month, columns, detach));
    CHECK(left_undone(*world) == "");
  };
  project.succeed(*world, {"expand"});
  later(6, one.window, true);
  SECTION("back") {
    project.succeed(*world, {"abort", "--accept-data-loss"});
  }
  SECTION("there, back and there again") {
    project.succeed(*world, k_contract);
    later(7, one.contracted, false);
    project.succeed(*world, {"revert", "--accept-data-loss"});
    CHECK(left_undone(*world) == "");
    project.succeed(*world, k_contract);
    project.succeed(*world, {"attic", "purge", "--retention", "0", "--accept-data-loss"});
  }
  CHECK(left_undone(*world) == "");
  CHECK(world->connect()
            ->query("SELECT count(*) FROM pg_class WHERE relname LIKE '%afloat%' AND relnamespace "
                    "= 'public'::regnamespace AND relname NOT LIKE '%visits_1'")
            .scalar()
        == "0");
}

TEST_CASE("a kill while new partitions get their indexes is resumed or taken back",
          "[operations][postgres][partitions]") {
  const auto before = make_world(Dialect::postgres);
  before->prepare(k_visits);
  const Project project({"[[operation]]\ntype = \"change_type\"\ntable = \"visits\"\ncolumn = \"page\"\n"
                         "column_type = \"varchar(200)\"\nup = \"page\"\n"});
  const std::string columns = "page, note, first, last";
  project.succeed(*before, {"expand"});
  const bool reverts = GENERATE(false, true);
  if (reverts) project.succeed(*before, k_contract);
  before->prepare(a_month_later(6, columns, false));
  before->prepare(a_month_later(7, columns, false));
  const std::vector<std::string> command = reverts ? std::vector<std::string>{"revert", "1"} : k_contract;
  const auto aborted = before->copy();
  if (!reverts) project.succeed(*aborted, {"abort", "1"});
  const std::string start = aborted->dump();
  const auto whole = before->copy();
  const std::vector<std::string> points = project.points(*whole, command);
  const std::string end = whole->dump();
  int taken_back = 0;
  for (std::size_t point = 3; point <= points.size(); point += 8) {
    INFO(command.front() << " killed at point " << point << " of " << points.size() << ": "
                         << points.at(point - 1));
    const auto world = before->copy();
    CHECK(project.run(*world, command, {{"AFLOAT_FAULT_AT", std::to_string(point)}}).status == 128 + 9);
    if (!reverts && point % 16 == 3 && project.run(*world, {"abort", "1"}).status == 0) {
      ++taken_back;
      const std::string differs = difference(start, world->dump());
      CHECK((differs == "" || differs == "the same lines in another order"));
      continue;
    }
    project.succeed(*world, command);
    CHECK(difference(end, world->dump()) == "");
    CHECK(left_undone(*world) == "");
  }
  CHECK((reverts || taken_back > 1)); // until the swap
}

TEST_CASE("an INVALID index that a kill has left in a new partition is built again",
          "[operations][postgres][partitions]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_visits);
  const Project project(
      {"[[operation]]\ntype = \"drop_column\"\ntable = \"visits\"\ncolumn = \"page\"\ndown = "
       "\"'/' || id\"\n"},
      "\n[drift]\nignore = [\"table public.visits_*\"]\n");
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  world->prepare("CREATE TABLE visits_6 PARTITION OF visits FOR VALUES FROM (6) TO (7)");
  const std::vector<std::string> points = project.points(*world->copy(), {"revert"});
  std::string step;
  for (const std::string& line : split(project.succeed(*world, {"plan", "1", "--revert"}), '\n'))
    if (step.empty()
        && line.find("build index by_both on partitions of public.visits that came since")
               != std::string::npos)
      step = trimmed(line).substr(0, trimmed(line).find(' '));
  const auto point = std::ranges::find(points, "before statement " + step);
  REQUIRE(point != points.end());
  CHECK(project.run(*world, {"revert"}, {{"AFLOAT_FAULT_AT", std::to_string(point - points.begin() + 1)}})
            .status
        == 128 + 9);
  // What a server leaves that was stopped in CREATE INDEX CONCURRENTLY.
  world->connect()->script("CREATE INDEX visits_6_by_both ON visits_6 (note)");
  PostgresServer::instance()
      .connect(world->connect()->query("SELECT current_database()").scalar().value(), "postgres")
      ->script("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'visits_6_by_both'::regclass");
  project.succeed(*world, {"revert"});
  CHECK(left_undone(*world) == "");
}

TEST_CASE("contract fills the rows of a partition that was attached", "[operations][postgres][partitions]") {
  const auto& [fields, look] = GENERATE(table<std::string, std::string>({
      {"type = \"rename_column\"\nfrom = \"page\"\nto = \"path\"", "path = 'p3'"},
      {"type = \"rename_column\"\nfrom = \"note\"\nto = \"remark\"", "remark = 'n3'"},
      {"type = \"change_type\"\ncolumn = \"page\"\ncolumn_type = \"varchar(200)\"\nup = \"page\"",
       "page = 'p3'"},
      // NULL agrees with what `down` makes of it, and is nevertheless not filled.
      {"type = \"change_type\"\ncolumn = \"note\"\ncolumn_type = \"integer\"\nup = \"length(note)\"\ndown = "
       "\"coalesce(note::text, 'n3')\"",
       "note = 2"},
      {"type = \"widen_key\"\ncolumn = \"id\"\nlong_swap = true", "id = 600"},
      {"type = \"merge_columns\"\nto = \"name\"\ncolumn_type = \"text\"\nup = \"first || last\"\n"
       "[[operation.from]]\ncolumn = \"first\"\ndown = \"left(name, 1)\"\n[[operation.from]]\ncolumn = "
       "\"last\"\ndown = \"substr(name, 2)\"",
       "name = 'fl'"},
      {"type = \"add_column\"\ncolumn = \"size\"\ncolumn_type = \"integer\"\nup = \"length(page)\"\nnot_null "
       "= "
       "true",
       "size = 2"},
      {"type = \"set_not_null\"\ncolumn = \"note\"\nup = \"'x'\"", "note = 'x'"},
  }));
  INFO(fields);
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_visits);
  const std::size_t end = std::min(fields.find('\n') + 1, fields.size());
  const Project project(
      {fmt::format("[[operation]]\n{}table = \"visits\"\n{}\n", fields.substr(0, end), fields.substr(end))},
      "\n[drift]\nignore = [\"table public.visits_*\"]\n");
  project.succeed(*world, {"expand"});
  const bool null_note = fields.starts_with("type = \"set_not_null\"");
  world->prepare(fmt::format(
      "CREATE TABLE visits_6 (LIKE visits INCLUDING DEFAULTS INCLUDING CONSTRAINTS);"
      "INSERT INTO visits_6 (id, month, page, note, first, last) VALUES (600, 6, 'p3', {}, 'f', 'l');"
      "ALTER TABLE visits ATTACH PARTITION visits_6 FOR VALUES FROM (6) TO (7)",
      null_note ? "NULL" : "'n3'"));
  project.succeed(*world, {"contract", "--quiet", "0"});
  CHECK(world->connect()->query("SELECT count(*) FROM visits WHERE month = 6 AND " + look).scalar() == "1");
  CHECK(left_undone(*world) == "");
}

TEST_CASE("rows of a partition that was attached after contract keep revert from a wrong old shape",
          "[operations][postgres][partitions]") {
  const auto& [fields, column, attic] = GENERATE(table<std::string, std::string, std::string>({
      {"type = \"change_type\"\ntable = \"visits\"\ncolumn = \"page\"\ncolumn_type = \"varchar(200)\"\nup = "
       "\"page\"",
       "page", "_afloat_attic_1_page"},
      {"type = \"rename_column\"\ntable = \"visits\"\nfrom = \"page\"\nto = \"path\"", "path",
       "_afloat_attic_1_page"},
  }));
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_visits);
  const Project project({"[[operation]]\n" + fields + "\n"},
                        "\n[drift]\nignore = [\"table public.visits_*\"]\n");
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  world->prepare(fmt::format("CREATE TABLE visits_6 (LIKE visits INCLUDING DEFAULTS INCLUDING CONSTRAINTS);"
                             "INSERT INTO visits_6 (id, month, {}) VALUES (600, 6, 'new');"
                             "ALTER TABLE visits ATTACH PARTITION visits_6 FOR VALUES FROM (6) TO (7)",
                             column));
  const std::string start = world->dump();
  const Outcome refused = project.run(*world, {"revert"});
  CHECK(refused.status == 1);
  INFO(refused.err);
  const std::string remedy = fmt::format("UPDATE \"public\".\"visits\" SET \"{}\" = ", attic);
  CHECK(refused.err.find(remedy) != std::string::npos);
  CHECK(difference(start, world->dump()) == "");
  world->connect()->script(fmt::format("UPDATE visits SET {} = {} WHERE month = 6", attic, column));
  project.succeed(*world, {"revert"});
  CHECK(world->connect()->query("SELECT page FROM visits WHERE month = 6").scalar() == "new");
  CHECK(left_undone(*world) == "");
}

TEST_CASE("a foreign key that a detached partition keeps is named before a revert begins",
          "[operations][postgres][partitions]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare("CREATE TABLE people (id integer PRIMARY KEY); INSERT INTO people VALUES (1);"
                 "CREATE TABLE visits (id integer, month integer, person integer CONSTRAINT who REFERENCES "
                 "people, PRIMARY KEY (id, month)) PARTITION BY LIST (month);"
                 "CREATE TABLE visits_1 PARTITION OF visits FOR VALUES IN (1);"
                 "CREATE TABLE visits_2 PARTITION OF visits FOR VALUES IN (2);"
                 "INSERT INTO visits VALUES (1, 1, 1), (1, 2, 1)");
  const Project project({"[[operation]]\ntype = \"widen_key\"\ntable = \"people\"\n"});
  project.succeed(*world, {"expand"});
  project.succeed(*world, k_contract);
  world->prepare("ALTER TABLE visits DETACH PARTITION visits_1");
  const std::string start = world->dump();
  const Outcome refused = project.run(*world, {"revert"});
  INFO(refused.err);
  CHECK(refused.status == 1);
  CHECK(refused.err.find("constraint who of visits_1: ALTER TABLE visits_1 DROP CONSTRAINT who")
        != std::string::npos);
  CHECK(difference(start, world->dump()) == "");
  world->connect()->script("ALTER TABLE visits_1 DROP CONSTRAINT who");
  project.succeed(*world, {"revert"});
  CHECK(left_undone(*world) == "");
}

TEST_CASE("a new partition that cannot have an index is named before a revert begins",
          "[operations][postgres][partitions]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_visits);
  // An index that is unique keeps the server from such a partition.
  world->prepare("ALTER TABLE visits DROP CONSTRAINT known; ALTER TABLE visits DROP CONSTRAINT once");
  PostgresServer::instance()
      .connect(world->connect()->query("SELECT current_database()").scalar().value(), "postgres")
      ->script("CREATE FOREIGN DATA WRAPPER w; CREATE SERVER far FOREIGN DATA WRAPPER w;"
               "GRANT USAGE ON FOREIGN SERVER far TO migrator");
  const Project project({"[[operation]]\ntype = \"drop_column\"\ntable = \"visits\"\ncolumn = \"first\"\n"},
                        "\n[drift]\nignore = [\"table public.visits_*\"]\n");
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  world->prepare("CREATE FOREIGN TABLE visits_6 PARTITION OF visits FOR VALUES FROM (6) TO (7) SERVER far");
  const Outcome refused = project.run(*world, {"revert"});
  INFO(refused.err);
  CHECK(refused.status == 1);
  CHECK(refused.err.find("the partition public.visits_6 came after the plan, and is a foreign table: detach "
                         "it: it cannot have its part of by_names")
        != std::string::npos);
  world->prepare("ALTER TABLE visits DETACH PARTITION visits_6");
  project.succeed(*world, {"revert"});
}
