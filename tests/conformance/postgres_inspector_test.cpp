#include "support/postgres_table.hpp"

#include <catch2/catch.hpp>

using namespace afloat;
using namespace afloat::test;

namespace {
constexpr std::string_view k_rich = R"(
CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE parent (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text);
CREATE TABLE rich (
  gone int,
  id int, region text,
  code varchar(40) NOT NULL DEFAULT 'x'::varchar(40),
  price numeric(10,2) DEFAULT 0,
  made timestamptz DEFAULT now(),
  folded text COLLATE blind,
  doubled int GENERATED ALWAYS AS (id * 2) STORED,
  parent_id bigint CONSTRAINT rich_parent REFERENCES parent(id) DEFERRABLE,
  PRIMARY KEY (region, id),
  CONSTRAINT positive CHECK (price >= 0 AND id > 0));
ALTER TABLE rich DROP COLUMN gone;
ALTER TABLE rich ADD CONSTRAINT later CHECK (code <> '') NOT VALID;
CREATE UNIQUE INDEX rich_index ON rich (lower(code) text_pattern_ops, price DESC, made DESC NULLS LAST)
  INCLUDE (folded) WITH (fillfactor = 70) WHERE id > 5;
COMMENT ON COLUMN rich.code IS 'it''s a code';
ALTER TABLE rich ALTER code SET STATISTICS 500, ALTER code SET STORAGE EXTERNAL;
GRANT SELECT (code), UPDATE (code) ON rich TO app WITH GRANT OPTION;
GRANT SELECT (price) ON rich TO PUBLIC;
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER watch BEFORE INSERT OR UPDATE OF code ON rich FOR EACH ROW WHEN (NEW.id > 0) EXECUTE FUNCTION f();
CREATE TRIGGER "!afloat_9_9_x" BEFORE INSERT ON rich FOR EACH ROW EXECUTE FUNCTION f();
CREATE TABLE child (region text, id int, FOREIGN KEY (region, id) REFERENCES rich);
CREATE VIEW seen AS SELECT code AS c, upper(region) FROM rich;
ALTER TABLE rich ENABLE ROW LEVEL SECURITY;
)";
} // namespace

TEST_CASE("postgres: the inspector reads all that belongs to a table") {
  PostgresFixture fixture(k_rich);
  PostgresServer::instance()
      .connect(fixture.name, "postgres")
      ->script("CREATE PUBLICATION feed FOR TABLE rich");
  fixture.owner->script("INSERT INTO rich (id, region) VALUES (1, 'eu'); ANALYZE rich");
  const std::vector<RelationName> wanted{{"public", "rich"}, {"", "parent"}, {"", "no_such_table"}};
  const Schema schema = inspect_postgres(*fixture.owner, wanted);
  CHECK(schema.default_schema == "public");
  CHECK(schema.known
        == std::vector<RelationName>{
            {"public", "child"}, {"public", "parent"}, {"public", "rich"}, {"public", "seen"}});
  REQUIRE(schema.tables.size() == 2);
  const Table& table = *schema.find({"", "rich"});

  std::vector<std::string> names;
  for (const Column& column : table.columns) names.push_back(column.name);
  CHECK(
      names
      == std::vector<std::string>{"id", "region", "code", "price", "made", "folded", "doubled", "parent_id"});
  const Column& code = *table.find_column("code");
  CHECK(code
        == Column{.name = "code",
                  .type = "character varying(40)",
                  .not_null = true,
                  .default_sql = "'x'::character varying(40)",
                  .comment = "it's a code",
                  .storage = "EXTERNAL",
                  .statistics_target = 500,
                  .grants = {{"SELECT", "app", true}, {"UPDATE", "app", true}}});
  CHECK(table.find_column("price")->default_sql == "0");
  CHECK(table.find_column("price")->default_is_constant);
  CHECK(table.find_column("price")->grants == std::vector<Grant>{{"SELECT", "PUBLIC", false}});
  CHECK_FALSE(table.find_column("made")->default_is_constant);
  CHECK(table.find_column("folded")->collation == "public.blind");
  CHECK(table.find_column("doubled")->generated == "(id * 2)");
  CHECK(schema.find({"", "parent"})->find_column("id")->identity == "ALWAYS");

  CHECK(table.primary_key == std::vector<std::string>{"region", "id"});
  REQUIRE(table.indexes.size() == 2);
  CHECK(table.indexes[0]
        == Index{.name = "rich_index",
                 .method = "btree",
                 .unique = true,
                 .parts = {{"", "lower((code)::text)", "pg_catalog.text_pattern_ops"},
                           {"price", "", "DESC"},
                           {"made", "", "DESC NULLS LAST"}},
                 .include = {"folded"},
                 .predicate = "(id > 5)",
                 .options = "fillfactor=70"});
  CHECK(table.indexes[1].primary);
  CHECK(table.indexes[1].constraint == "rich_pkey");

  REQUIRE(table.constraints.size() == 4);
  CHECK(table.constraints[0]
        == Constraint{.name = "later",
                      .kind = ConstraintKind::check,
                      .columns = {"code"},
                      .definition = "CHECK (((code)::text <> ''::text)) NOT VALID",
                      .validated = false});
  CHECK(table.constraints[1].name == "positive");
  CHECK(table.constraints[1].columns.size() == 2);
  CHECK(table.constraints[2].kind == ConstraintKind::primary_key);
  CHECK(table.constraints[3].references == RelationName{"public", "parent"});
  CHECK(table.constraints[3].deferrable);

  REQUIRE(table.triggers.size() == 1);
  CHECK(table.triggers[0].name == "watch");
  CHECK((table.triggers[0].before && table.triggers[0].on_insert && table.triggers[0].on_update));
  CHECK(table.triggers[0].update_of == std::vector<std::string>{"code"});
  CHECK(table.triggers[0].has_when);
  CHECK(table.triggers[0].body == "BEGIN RETURN NEW; END");
  CHECK(table.referenced_by == std::vector<RelationName>{{"public", "child"}});
  CHECK(schema.find({"", "parent"})->referenced_by == std::vector<RelationName>{{"public", "rich"}});
  CHECK(table.row_security);
  CHECK(table.publications == std::vector<std::string>{"feed"});
  CHECK(table.rows == 1);
  CHECK(table.bytes > 0);

  REQUIRE(schema.views.size() == 1);
  CHECK(schema.views[0].name == RelationName{"public", "seen"});
  CHECK(schema.views[0].columns == std::vector<std::string>{"c", "upper"});
  const RelationName rich{"public", "rich"};
  CHECK(schema.views[0].reads
        == std::vector<std::pair<RelationName, std::string>>{{rich, "code"}, {rich, "region"}});
}

TEST_CASE("postgres: the inspector needs no right on the table") {
  PostgresFixture fixture("CREATE TABLE secret (id int PRIMARY KEY, a text)");
  fixture.owner->script("REVOKE ALL ON secret FROM app");
  const std::vector<RelationName> wanted{{"", "secret"}};
  CHECK(inspect_postgres(*fixture.app, wanted) == inspect_postgres(*fixture.owner, wanted));
}

TEST_CASE("postgres: an index built from what the inspector read is the same index") {
  PostgresFixture fixture(k_rich);
  const Table table = fixture.table("rich");
  Index copy = table.indexes.at(0);
  copy.name = "copy";
  const Step step = fixture.writer->create_index(table, copy);
  CHECK(fixture.read(step.done_when) == "absent");
  fixture.run(step.statements);
  CHECK(fixture.read(step.done_when) == "done");
  CHECK(fixture.table("rich").indexes.at(0) == copy);
  fixture.run(step.inverse);
  CHECK(fixture.read(step.done_when) == "absent");
}

TEST_CASE("postgres: a broken index build is seen and can be cleaned up") {
  PostgresFixture fixture("CREATE TABLE t (a int); INSERT INTO t VALUES (1), (1)");
  const Table table = fixture.table("t");
  const Step step =
      fixture.writer->create_index(table, {.name = "u", .unique = true, .parts = {{"a", "", ""}}});
  CHECK(step.title == "build unique index u on public.t");
  CHECK(failure([&] { fixture.run(step.statements); }).starts_with("23505"));
  CHECK(fixture.read(step.done_when) == "partial");
  fixture.run(step.cleanup);
  CHECK(fixture.read(step.done_when) == "absent");
}
