// change_type on partitioned tables: a second column, its indexes and keys in every partition.
#include "support/project.hpp"
#include "support/rollout.hpp"
#include "support/world.hpp"

#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
constexpr const char* k_visits = R"(
  CREATE TABLE visits (id integer NOT NULL, region text NOT NULL DEFAULT 'eu',
    page varchar(40) NOT NULL DEFAULT '/' CONSTRAINT filled CHECK (page <> ''), note varchar(10),
    CONSTRAINT once PRIMARY KEY (id, region)) PARTITION BY LIST (region);
  CREATE TABLE visits_eu PARTITION OF visits FOR VALUES IN ('eu');
  CREATE TABLE visits_rest (page varchar(40) NOT NULL DEFAULT '/' CONSTRAINT filled CHECK (page <> ''), gone text,
    region text NOT NULL DEFAULT 'eu', id integer NOT NULL, note varchar(10)) PARTITION BY HASH (region);
  ALTER TABLE visits_rest DROP COLUMN gone;
  ALTER TABLE visits ATTACH PARTITION visits_rest DEFAULT;
  CREATE TABLE visits_few PARTITION OF visits_rest FOR VALUES WITH (MODULUS 1, REMAINDER 0);
  CREATE INDEX by_page ON visits (page, id);
  CREATE UNIQUE INDEX by_all ON visits (region, id, page) INCLUDE (note);
  ALTER TABLE visits ADD CONSTRAINT known UNIQUE (page, id, region);)";

std::string change(std::string_view column, std::string_view fields) {
  return fmt::format("[[operation]]\ntype = \"change_type\"\ntable = \"visits\"\ncolumn = \"{}\"\n{}\n",
                     column, fields);
}

Rollout changing(const std::string& column, const std::string& fields) {
  Rollout rollout;
  rollout.schema = k_visits;
  rollout.migrations = {change(column, fields)};
  const std::string moved = "region = CASE region WHEN 'us' THEN 'eu' ELSE 'us' END";
  rollout.old_release = {
      .insert = "INSERT INTO visits (id, region, page) VALUES ({key}, 'us', '{value}')",
      .update = fmt::format("UPDATE visits SET page = '{{value}}', {} WHERE id = {{key}}", moved),
      .erase = "DELETE FROM visits WHERE id = {key}",
      .read = "SELECT id, page FROM visits"};
  rollout.new_release = rollout.old_release;
  if (column == "id")
    rollout.new_release.insert = "INSERT INTO visits (id, region, page) VALUES ({key}, 'eu', '{value}') ON "
                                 "CONFLICT (id, region) DO UPDATE SET page = excluded.page";
  return rollout;
}
} // namespace

TEST_CASE("change_type of a partitioned table loses no write of either release", "[operations][postgres]") {
  const Rollout page = changing("page", "column_type = \"varchar(60)\"\nup = \"page\"\n");
  SECTION("back") {
    rolls_back(Dialect::postgres, page);
  }
  SECTION("forward") {
    rolls_forward(Dialect::postgres, page);
  }
  SECTION("there and back") {
    comes_back(Dialect::postgres, page);
  }
}

TEST_CASE("change_type of a partitioned table leaves nothing but the type different",
          "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_visits);
  world->prepare("INSERT INTO visits VALUES (1, 'eu', 'a', 'x'), (2, 'us', 'b', NULL)");
  const auto before = world->copy();
  const Project project({change("page", "column_type = \"text\"\nup = \"page\"\n")});
  const auto expected = make_world(Dialect::postgres);
  std::string schema = k_visits;
  for (std::size_t at = schema.find("page varchar(40)"); at != std::string::npos;
       at = schema.find("page varchar(40)"))
    schema.replace(at, 16, "page text");
  expected->prepare(schema);
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  const auto catalog = [](World& which) {
    std::string all;
    for (const auto& row : which.connect()
                               ->query(R"(
               SELECT pg_get_indexdef(indexrelid) || indisvalid
                 || coalesce((SELECT pg_get_constraintdef(oid) || conname FROM pg_constraint k
                              WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid), '')
                 || coalesce((SELECT inhparent::regclass::text FROM pg_inherits WHERE inhrelid = i.indexrelid), '')
                 || (SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = i.indexrelid)
               FROM pg_index i WHERE indrelid::regclass::text LIKE 'visits%'
               UNION ALL
               SELECT conrelid::regclass || conname || pg_get_constraintdef(oid) || convalidated FROM pg_constraint
               WHERE contype = 'c' AND conrelid::regclass::text LIKE 'visits%' ORDER BY 1)")
                               .rows)
      all += row.at(0).value() + "\n";
    return all;
  };
  CHECK(difference(catalog(*expected), catalog(*world)) == "");
  const std::string old_catalog = catalog(*before);
  project.succeed(*world, {"revert", "1"});
  project.succeed(*world, {"abort", "1"});
  CHECK(difference(old_catalog, catalog(*world)) == "");
}

TEST_CASE("a partition that came after the plan does not stop change_type", "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_visits);
  const Project project({change("id", "column_type = \"bigint\"\n")});
  project.succeed(*world, {"expand"});
  world->prepare("CREATE TABLE visits_asia PARTITION OF visits FOR VALUES IN ('asia');"
                 "INSERT INTO visits VALUES (1, 'asia', 'a')");
  project.succeed(*world, {"contract", "--quiet", "0", "--accept-drift", "a partition a day"});
  world->connect_app()->script("INSERT INTO visits (id, region, page) VALUES (3000000000, 'asia', 'b') ON "
                               "CONFLICT (id, region) DO NOTHING");
}

TEST_CASE("a column without index changes its type in the catalog of all partitions",
          "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_visits);
  world->prepare("DROP INDEX by_all");
  const std::string start = world->dump();
  const Project project({change("note", "column_type = \"text\"\n")});
  project.succeed(*world, {"expand"});
  CHECK(world->connect()
            ->query(
                "SELECT count(*) FROM pg_attribute WHERE attname = 'note' AND atttypid = 'text'::regtype AND "
                "attrelid::regclass::text LIKE 'visits%'")
            .scalar()
        == "4");
  project.succeed(*world, {"abort", "1"});
  CHECK(difference(start, world->dump()) == "");
}

TEST_CASE("change_type of a partitioned table is refused for what it cannot carry",
          "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_visits);
  const auto& [sql, column, fields,
               reason] = GENERATE(table<std::string, std::string, std::string, std::string>({
      {"", "region", "column_type = \"varchar(9)\"\nup = \"region\"",
       "is in the partition key of public.visits"},
      {"ALTER TABLE visits ALTER id ADD GENERATED ALWAYS AS IDENTITY", "id", "column_type = \"bigint\"",
       "\"id\" is an identity column"},
      {"", "id", "column_type = \"bigint\"\nto = \"number\"\ndown = \"number::integer\"", "Leave `to` out"},
      {"CREATE VIEW europe AS SELECT page FROM visits_eu", "page", "column_type = \"text\"",
       "view europe (of the partition public.visits_eu) hangs on public.visits.page"},
      {"CREATE INDEX own ON visits_few (page)", "page", "column_type = \"text\"",
       "index own (of the partition public.visits_few) hangs on public.visits.page"},
      {"ALTER TABLE visits_few ALTER page SET DEFAULT 'few'", "page", "column_type = \"text\"",
       "a default of column page (of the partition public.visits_few) hangs on"},
      {"GRANT SELECT (page) ON visits_eu TO app", "page", "column_type = \"text\"",
       "a grant on column page (of the partition public.visits_eu) hangs on"},
  }));
  if (!sql.empty()) world->prepare(sql);
  const std::string start = world->dump();
  const Outcome refused = Project({change(column, fields)}).run(*world, {"expand"});
  INFO(refused.out << refused.err);
  CHECK(refused.status == 3);
  CHECK(refused.err.find(reason) != std::string::npos);
  CHECK(difference(start, world->dump()) == "");
}
