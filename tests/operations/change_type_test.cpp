#include "support/aside.hpp"
#include "support/postgres_server.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
std::string change(const std::string& fields) {
  return "[[operation]]\ntype = \"change_type\"\n" + fields;
}

void both_ways(Dialect dialect, const Rollout& rollout) {
  SECTION("back") {
    rolls_back(dialect, rollout);
  }
  SECTION("forward") {
    rolls_forward(dialect, rollout);
  }
}

const std::string k_notes = "CREATE TABLE notes (id integer PRIMARY KEY, kind text DEFAULT 'x', note text "
                            "NOT NULL CHECK (note <> ''));"
                            "CREATE INDEX notes_by_note ON notes (note);"
                            "CREATE UNIQUE INDEX notes_by_both ON notes (id, note);"
                            "CREATE VIEW seen AS SELECT id, note FROM notes;";

int exit_status(const World& world, const Project& project, const std::vector<std::string>& arguments,
                std::string& said) {
  const Outcome outcome = project.run(world, arguments);
  said = outcome.err;
  return outcome.status;
}
} // namespace

TEST_CASE("change_type under one name loses no write of either release", "[operations]") {
  const Dialect dialect = both();
  Rollout rollout;
  rollout.schema = k_notes;
  rollout.migrations = {
      change(dialect == Dialect::sqlite
                 ? "table = \"notes\"\ncolumn = \"note\"\ncolumn_type = \"blob\"\n"
                 : "table = \"notes\"\ncolumn = \"note\"\ncolumn_type = \"varchar(40)\"\nup = "
                   "\"note\"\n")};
  rollout.old_release = rollout.new_release = writing_notes("note", "'{value}'", "CAST(note AS text)");
  both_ways(dialect, rollout);
}

TEST_CASE("change_type with a name of its own loses no write of either release", "[operations]") {
  const Dialect dialect = both();
  Rollout rollout;
  rollout.schema = "CREATE TABLE notes (id integer PRIMARY KEY, kind text DEFAULT 'x', note text NOT NULL);"
                   "CREATE INDEX notes_by_note ON notes (note);";
  rollout.old_release = writing_notes("note", "'{value}'", "note");
  if (dialect == Dialect::sqlite) {
    rollout.migrations = {
        change("table = \"notes\"\ncolumn = \"note\"\nto = \"document\"\ncolumn_type = \"blob\"\n"
               "up = \"CAST(note AS blob)\"\ndown = \"CAST(document AS text)\"\n")};
    rollout.new_release = writing_notes("document", "CAST('{value}' AS blob)", "CAST(document AS text)");
  } else {
    rollout.migrations = {
        change("table = \"notes\"\ncolumn = \"note\"\nto = \"document\"\ncolumn_type = \"text[]\"\n"
               "up = \"ARRAY[note]\"\ndown = \"document[1]\"\n")};
    rollout.new_release = writing_notes("document", "ARRAY['{value}']", "document[1]");
  }
  both_ways(dialect, rollout);
}

TEST_CASE("change_type leaves nothing but the type different on PostgreSQL", "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(R"(
    CREATE TABLE rates (amount integer PRIMARY KEY);
    CREATE SEQUENCE prices_seq AS integer;
    CREATE TABLE products (id integer PRIMARY KEY, tag text, price integer NOT NULL DEFAULT nextval('prices_seq'));
    ALTER SEQUENCE prices_seq OWNED BY products.price;
    ALTER TABLE products ADD CONSTRAINT positive CHECK (price > 0),
      ADD CONSTRAINT later CHECK (price < 1000) NOT VALID,
      ADD CONSTRAINT rated FOREIGN KEY (price) REFERENCES rates ON DELETE CASCADE,
      ADD CONSTRAINT once UNIQUE (price, tag);
    CREATE UNIQUE INDEX products_price ON products (price DESC) INCLUDE (tag) WITH (fillfactor = 70);
    CREATE INDEX products_cheap ON products ((price + 1)) WHERE price < 10;
    CREATE STATISTICS products_statistics ON price, tag FROM products;
    COMMENT ON STATISTICS products_statistics IS 'statistics';
    COMMENT ON COLUMN products.price IS 'in cents';
    COMMENT ON CONSTRAINT positive ON products IS 'a check';
    COMMENT ON CONSTRAINT once ON products IS 'a key';
    COMMENT ON INDEX products_cheap IS 'an index';
    ALTER TABLE products ALTER price SET STATISTICS 500, ALTER price SET (n_distinct = 7), CLUSTER ON products_price;
    ALTER TABLE products ALTER tag SET NOT NULL, REPLICA IDENTITY USING INDEX once;
    GRANT SELECT (price), UPDATE (price) ON products TO app;
    CREATE VIEW prices WITH (security_barrier) AS SELECT id, price AS cents FROM products;
    COMMENT ON VIEW prices IS 'a view';
    COMMENT ON COLUMN prices.cents IS 'of a view';
    GRANT SELECT ON prices TO app WITH GRANT OPTION;
    CREATE VIEW dear AS SELECT cents FROM prices WHERE cents > 100 WITH LOCAL CHECK OPTION;
    ALTER TABLE products ENABLE ROW LEVEL SECURITY;
    CREATE POLICY cheap ON products AS RESTRICTIVE FOR SELECT TO app USING (price < 100);
    CREATE POLICY all_of_it ON products USING (true) WITH CHECK (price > 1);
    COMMENT ON POLICY cheap ON products IS 'a policy';
    CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER watching BEFORE UPDATE OF price ON products FOR EACH ROW WHEN (NEW.price > 3) EXECUTE FUNCTION watch();
    ALTER TABLE products ENABLE ALWAYS TRIGGER watching;
    COMMENT ON TRIGGER watching ON products IS 'a trigger';
    INSERT INTO rates SELECT g FROM generate_series(1, 50) g;
    INSERT INTO products (id, tag, price) VALUES (1, 'a', 5), (2, 'b', 40), (3, 'c', 7);)");
  if (PostgresServer::instance().major_version() >= 15)
    world->connect()->script("CREATE PUBLICATION feed FOR TABLE products (id, tag, price) WHERE (price > 2)");
  const Project project({change("table = \"products\"\ncolumn = \"price\"\ncolumn_type = \"bigint\"\n")});
  const std::string before = world->dump();
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"abort"});
  REQUIRE(difference(before, world->dump()) == "");
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  project.succeed(*world, {"verify"});
  project.succeed(*world, {"attic", "purge", "--retention", "0", "--accept-data-loss"});
  // A newer server's catalogs are compared instead of its dump: views have the type too.
  const auto catalog_lines = [](char sign, std::string_view type) {
    return fmt::format(
        "{0} column: dear cents {1} f default   - p  t 0\n{0} column: prices cents {1} f default   - p  t 0\n"
        "{0} column: products price {1} t default nextval('prices_seq'::regclass)   - p  500 "
        "{{n_distinct=7}} t 0 {{app=rw/migrator}}\n",
        sign, type);
  };
  REQUIRE(difference(before, world->dump())
          == (PostgresServer::instance().has_pg_dump()
                  ? "-     price integer NOT NULL,\n+     price bigint NOT NULL,\n"
                  : catalog_lines('-', "integer") + catalog_lines('+', "bigint")));
  REQUIRE(world->connect()->query("SELECT string_agg(cents::text, ' ' ORDER BY id) FROM prices").scalar()
          == "5 40 7");
}

TEST_CASE("change_type leaves nothing but the type different on SQLite", "[operations][sqlite]") {
  const auto world = make_world(Dialect::sqlite);
  world->prepare(R"(
    CREATE TABLE rates (amount text PRIMARY KEY);
    CREATE TABLE products (id integer PRIMARY KEY, tag text,
      price text NOT NULL DEFAULT '5' CONSTRAINT positive CHECK (price > 0) REFERENCES rates(amount), UNIQUE (tag, price));
    CREATE INDEX products_price ON products (price DESC);
    CREATE INDEX products_cheap ON products (price + 1) WHERE price < 10;
    CREATE VIEW prices AS SELECT id, price AS cents FROM products;
    CREATE VIEW dear AS SELECT cents FROM prices WHERE cents > 100;
    CREATE TABLE seen (price);
    CREATE TRIGGER watching AFTER UPDATE OF price, tag ON products BEGIN INSERT INTO seen VALUES (NEW.price); END;
    INSERT INTO rates VALUES ('5'), ('40'), ('7');
    INSERT INTO products (id, tag, price) VALUES (1, 'a', '5'), (2, 'b', '40'), (3, 'c', '7');)");
  const Project project({change("table = \"products\"\ncolumn = \"price\"\ncolumn_type = \"integer\"\n")});
  const std::string before = world->dump();
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"abort"});
  REQUIRE(difference(before, world->dump()) == "");
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  const auto app = world->connect_app();
  REQUIRE(app->query("SELECT group_concat(typeof(price)) FROM products").scalar()
          == "integer,integer,integer");
  REQUIRE(app->query("SELECT id FROM products INDEXED BY products_price WHERE price = 40").scalar() == "2");
  REQUIRE_THROWS_WITH(app->query("INSERT INTO products (id, tag, price) VALUES (9, 'b', 40)"),
                      Catch::Contains("UNIQUE constraint failed: products.tag, products.price"));
  REQUIRE_THROWS_WITH(app->query("UPDATE products SET price = 6 WHERE id = 1"),
                      Catch::Contains("FOREIGN KEY"));
  REQUIRE_THROWS_WITH(app->query("UPDATE products SET price = -5 WHERE id = 1"), Catch::Contains("positive"));
  project.succeed(*world, {"verify"});
  project.succeed(*world, {"attic", "purge", "--retention", "0", "--accept-data-loss"});
  REQUIRE(difference(before, world->dump())
          == "-       price text NOT NULL DEFAULT '5' CONSTRAINT positive CHECK (price > 0) REFERENCES "
             "rates(amount), UNIQUE "
             "(tag, price))\n"
             "+       price integer NOT NULL DEFAULT '5' CONSTRAINT positive CHECK (price > 0) REFERENCES "
             "rates(amount), UNIQUE (tag, price))\n");
}

TEST_CASE("change_type keeps what a lossy mapping leaves out", "[operations]") {
  const Dialect dialect = both();
  const auto world = make_world(dialect);
  world->prepare("CREATE TABLE items (id integer PRIMARY KEY, price numeric(10,2), note text);"
                 "INSERT INTO items VALUES (1, 9.75, 'a'), (2, 3.00, 'b')");
  const Project project(
      {change("table = \"items\"\ncolumn = \"price\"\nto = \"whole\"\ncolumn_type = \"integer\"\n"
              "up = \"CAST(round(price) AS integer)\"\ndown = \"whole\"\n")});
  project.succeed(*world, {"expand"});
  const auto app = world->connect_app();
  const auto row = [&](int id, const std::string& columns) {
    return app->query(fmt::format("SELECT {} FROM items WHERE id = {}", columns, id)).scalar();
  };
  REQUIRE(row(1, "price || ' ' || whole") == "9.75 10");
  app->query("UPDATE items SET note = 'c' WHERE id = 1");
  app->query("UPDATE items SET whole = 10, note = 'd' WHERE id = 1");
  REQUIRE(row(1, "price || ' ' || whole") == "9.75 10");
  app->query("UPDATE items SET price = 4.25 WHERE id = 2");
  REQUIRE(row(2, "price || ' ' || whole") == "4.25 4");
  app->query("UPDATE items SET whole = 12 WHERE id = 2");
  REQUIRE(row(2, "CAST(price AS integer) || ' ' || whole") == "12 12");
  project.succeed(*world, {"contract", "--quiet", "0"});
  app->query("UPDATE items SET note = 'e' WHERE id = 1");
  REQUIRE(row(1, "_afloat_attic_1_price || ' ' || whole") == "9.75 10");
  app->query("UPDATE items SET whole = 20 WHERE id = 1");
  REQUIRE(row(1, "CAST(_afloat_attic_1_price AS integer) || ' ' || whole") == "20 20");
  project.succeed(*world, {"verify"});
}

TEST_CASE("change_type puts NULL in the attic for what down cannot map", "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare("CREATE TABLE items (id integer PRIMARY KEY, amount integer NOT NULL); INSERT INTO items "
                 "VALUES (1, 5)");
  const Project project({change("table = \"items\"\ncolumn = \"amount\"\ncolumn_type = \"bigint\"\n")});
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  const auto app = world->connect_app();
  app->query("UPDATE items SET amount = 3000000000 WHERE id = 1");
  app->query("INSERT INTO items (id, amount) VALUES (2, 4000000000), (3, 7)");
  REQUIRE(
      app->query("SELECT string_agg(concat(amount, '/', _afloat_attic_1_amount), ' ' ORDER BY id) FROM items")
          .scalar()
      == "3000000000/ 4000000000/ 7/7");
  project.succeed(*world, {"verify"});
}

TEST_CASE("change_type names the rows that cannot be cast and changes nothing", "[operations]") {
  const Dialect dialect = both();
  const auto world = make_world(dialect);
  world->prepare("CREATE TABLE people (id integer PRIMARY KEY, age text);"
                 "INSERT INTO people VALUES (1, '31'), (2, 'old'), (3, NULL), (4, '4x')");
  const std::string before = world->dump();
  const bool sqlite = dialect == Dialect::sqlite;
  const Project project(
      {change(std::string("table = \"people\"\ncolumn = \"age\"\ncolumn_type = \"integer\"\n")
              + (sqlite ? "" : "up = \"age::integer\"\n"))});
  std::string said;
  REQUIRE(exit_status(*world, project, {"expand"}, said) == (sqlite ? 1 : 3));
  if (sqlite) {
    CHECK_THAT(said, Catch::Contains("2 rows are in the way:\n    id 2: age 'old'\n    id 4: age '4x'"));
  } else {
    CHECK_THAT(
        said,
        Catch::Contains(
            "2 rows of public.people have no integer as `up` makes it: id=2: age='old'; id=4: age='4x'"));
  }
  REQUIRE(difference(before, world->dump()) == "");
}

TEST_CASE("change_type looks at every row before it changes anything", "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare("CREATE TABLE people (id integer PRIMARY KEY, age text);"
                 "INSERT INTO people SELECT g, CASE WHEN g > 2998 THEN 'x' ELSE g::text END FROM "
                 "generate_series(1, 3000) g");
  const Project project(
      {change("table = \"people\"\ncolumn = \"age\"\ncolumn_type = \"integer\"\nup = \"age::integer\"\n")});
  std::string said;
  REQUIRE(exit_status(*world, project, {"expand"}, said) == 3);
  CHECK_THAT(
      said,
      Catch::Contains(
          "2 rows of public.people have no integer as `up` makes it: id=2999: age='x'; id=3000: age='x'"));
}

TEST_CASE("change_type writes no row where the catalog is enough", "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(R"(
    CREATE TABLE items (id integer PRIMARY KEY, a varchar(10) COLLATE "C" UNIQUE, b varchar(10), c text, d numeric(10,2), e bit varying(5),
      f timestamp(3), g timestamptz(0), h interval(3), i cidr, j time(2));
    CREATE INDEX items_all ON items (b, c, d, e, f, g, h, i, j);
    CREATE VIEW seen WITH (security_barrier) AS SELECT a FROM items;
    ALTER TABLE items ENABLE ROW LEVEL SECURITY;
    CREATE POLICY several ON items USING (a <> 'x');
    CREATE STATISTICS items_statistics ON a, b FROM items;
    INSERT INTO items VALUES (1, 'a', 'b', 'c', 1.5, B'101', now(), now(), '1s', '10.0.0.0/8', '1:00');)");
  const std::vector<std::pair<std::string, std::string>> changes{
      {"a", "varchar(20)"}, {"b", "text"},      {"c", "varchar"},     {"d", "numeric(12,2)"},
      {"e", "varbit"},      {"f", "timestamp"}, {"g", "timestamptz"}, {"h", "interval(6)"},
      {"i", "inet"},        {"j", "time(6)"}};
  std::vector<std::string> migrations;
  for (const auto& [column, type] : changes)
    migrations.push_back(
        change(fmt::format("table = \"items\"\ncolumn = \"{}\"\ncolumn_type = \"{}\"\n", column, type)));
  const auto nodes = [&] {
    return world->connect()
        ->query("SELECT string_agg(concat(relname, pg_relation_filenode(oid)), ' ' ORDER BY relname) FROM "
                "pg_class "
                "WHERE relname LIKE 'items%' AND relkind IN ('r', 'i')")
        .scalar();
  };
  const auto before = nodes();
  const Project project(migrations);
  project.succeed(*world, {"expand"});
  REQUIRE(nodes() == before);
  REQUIRE(
      world->connect()
          ->query(
              "SELECT string_agg(format_type(atttypid, atttypmod), ', ' ORDER BY attnum) FROM pg_attribute "
              "WHERE attrelid = 'items'::regclass AND attnum > 1")
          .scalar()
      == "character varying(20), text, character varying, numeric(12,2), bit varying, timestamp without time "
         "zone, timestamp with time zone, interval(6), inet, time(6) without time zone");
  REQUIRE(world->connect()
              ->query("SELECT attcollation::regcollation FROM pg_attribute WHERE attrelid = "
                      "'items'::regclass AND attname = 'a'")
              .scalar()
          == "\"C\"");
  REQUIRE(world->connect()->query("SELECT reloptions FROM pg_class WHERE relname = 'seen'").scalar()
          == "{security_barrier=true}");
}

TEST_CASE("change_type builds no index under its lock, whatever its schema and its name are",
          "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare("CREATE SCHEMA \"the shop\";"
                 "CREATE TABLE \"the shop\".items (id integer PRIMARY KEY, name varchar(10));"
                 "INSERT INTO \"the shop\".items VALUES (1, 'a')");
  world->connect()->script(
      GENERATE("CREATE INDEX by_lower ON \"the shop\".items (lower(name))",
               "CREATE INDEX \"By Name\" ON \"the shop\".items (id) WHERE name LIKE 'x%'"));
  const auto node = [&] {
    return world->connect()
        ->query("SELECT pg_relation_filenode(indexrelid) FROM pg_index WHERE indrelid = '\"the "
                "shop\".items'::regclass AND NOT indisprimary AND indexrelid::regclass::text NOT LIKE "
                "'%afloat%'")
        .scalar();
  };
  const auto before = node();
  const Project project({change("table = \"the shop.items\"\ncolumn = \"name\"\ncolumn_type = \"text\"\n")});
  project.succeed(*world, {"expand"});
  CHECK(node() == before);
  project.succeed(*world, {"contract", "--quiet", "0"});
  CHECK(world->connect()
            ->query("SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = '\"the "
                    "shop\".items'::regclass AND attname = 'name'")
            .scalar()
        == "text");
}

TEST_CASE("change_type of a declared type that stores alike is an edit on SQLite", "[operations][sqlite]") {
  const auto world = make_world(Dialect::sqlite);
  world->prepare("CREATE TABLE items (id integer PRIMARY KEY, name varchar(10) /* short */ NOT NULL UNIQUE, "
                 "n decimal(5, 2));"
                 "INSERT INTO items VALUES (1, 'a', 2.5)");
  const std::string before = world->dump();
  const Project project({change("table = \"items\"\ncolumn = \"name\"\ncolumn_type = \"varchar(20)\"\n"),
                         change("table = \"items\"\ncolumn = \"n\"\ncolumn_type = \"numeric\"\n")});
  project.succeed(*world, {"expand"});
  REQUIRE(difference(before, world->dump())
          == "- table items: CREATE TABLE items (id integer PRIMARY KEY, name varchar(10) /* short */ NOT "
             "NULL UNIQUE, n "
             "decimal(5, 2))\n"
             "+ table items: CREATE TABLE items (id integer PRIMARY KEY, name varchar(20) /* short */ NOT "
             "NULL UNIQUE, n "
             "numeric)\n");
}

TEST_CASE("change_type refuses what it cannot do", "[operations]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(R"(
    CREATE TABLE items (id integer PRIMARY KEY, code text, n integer UNIQUE, twice integer GENERATED ALWAYS AS (n * 2) STORED,
      m integer, key bigint GENERATED ALWAYS AS IDENTITY);
    CREATE TABLE parts (id integer PRIMARY KEY, item integer REFERENCES items);)");
  const auto refused = [&](const std::string& fields) {
    std::string said;
    const int status = exit_status(*world, Project({change("table = \"items\"\n" + fields)}), {"plan"}, said);
    REQUIRE(status == 3);
    return said;
  };
  CHECK_THAT(
      refused("column = \"code\"\ncolumn_type = \"integer\"\n"),
      Catch::Contains(
          "not every value can be cast from text to integer, and nothing says what becomes of \"code\""));
  CHECK_THAT(refused("column = \"m\"\ncolumn_type = \"integer\"\n"),
             Catch::Contains("\"m\" is of type integer already"));
  CHECK_THAT(refused("column = \"m\"\ncolumn_type = \"integer\"\nto = \"k\"\nconflict = \"maybe\"\n"),
             Catch::Contains("\"maybe\" is no policy for conflicts"));
  CHECK_THAT(
      refused("column = \"n\"\ncolumn_type = \"bigint\"\n"),
      Catch::Contains("(a generated column) hangs on public.items.n and cannot be moved to its successor"));
  CHECK_THAT(refused("column = \"id\"\ncolumn_type = \"bigint\"\n"),
             Catch::Contains("constraint parts_item_fkey on table parts hangs on public.items.id"));
  CHECK_THAT(refused("column = \"key\"\ncolumn_type = \"integer\"\nup = \"key\"\n"),
             Catch::Contains("is an identity column"));
  CHECK_THAT(refused("column = \"twice\"\ncolumn_type = \"bigint\"\n"),
             Catch::Contains("is a generated column"));
  CHECK_THAT(refused("column = \"m\"\ncolumn_type = \"bigserial\"\n"),
             Catch::Contains("\"bigserial\" is more than a type"));
  CHECK_THAT(
      refused("column = \"m\"\ncolumn_type = \"bigint\"\nto = \"wide\"\n"),
      Catch::Contains("nothing says what the old release reads in \"m\" when the new one writes \"wide\""));
}

TEST_CASE("change_type refuses a down that reads the old column", "[operations]") {
  const auto world = make_world(GENERATE(Dialect::sqlite, Dialect::postgres));
  world->prepare("CREATE TABLE items (id integer PRIMARY KEY, code text)");
  const Project project({"[[operation]]\ntype = \"change_type\"\ntable = \"items\"\ncolumn = \"code\"\n"
                         "column_type = \"integer\"\nto = \"number\"\nup = \"CAST(code AS integer)\"\n"
                         "down = \"coalesce(code, CAST(number AS text))\"\n"});
  std::string said;
  REQUIRE(exit_status(*world, project, {"expand"}, said) == 3);
  REQUIRE_THAT(said, Catch::Contains("operation 1 (change_type): `down` reads \"code\", which contract takes "
                                     "away: it may not read what it makes\n")
                         && Catch::Contains("migrations/0001_change.toml:8:8\n")
                         && Catch::Contains("hint: Write it over \"number\", the name of the new shape. "
                                            "Nothing was changed.\n"));
}

TEST_CASE("change_type stays in its window while something unknown hangs on the column",
          "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare("CREATE TABLE items (id integer PRIMARY KEY, amount integer);"
                 "CREATE VIEW amounts AS SELECT amount FROM items; INSERT INTO items VALUES (1, 5)");
  const Project project({change("table = \"items\"\ncolumn = \"amount\"\ncolumn_type = \"bigint\"\n")});
  project.succeed(*world, {"expand"});
  world->connect()->script("CREATE VIEW late AS SELECT amount + 1 AS more FROM items;"
                           "CREATE OR REPLACE VIEW amounts AS SELECT amount FROM items WHERE amount > 0");
  std::string said;
  const Outcome outcome = project.run(*world, {"contract", "--quiet", "0", "--accept-drift", "views"});
  REQUIRE(outcome.status == 1);
  said = outcome.out + outcome.err;
  CHECK_THAT(
      said,
      Catch::Contains(
          "view late hangs on public.items.amount, and came or changed after the plan was made: drop it, "
          "and make it again after contract"));
  CHECK_THAT(said, Catch::Contains("view amounts hangs on"));
  world->connect()->script("DROP VIEW late; CREATE OR REPLACE VIEW amounts AS SELECT amount FROM items");
  project.succeed(*world, {"contract", "--quiet", "0", "--accept-drift", "views"});
  REQUIRE(world->connect()->query("SELECT pg_typeof(amount) FROM amounts").scalar() == "bigint");
}

TEST_CASE("change_type of a key column with user triggers loses no write", "[operations][postgres]") {
  Rollout rollout;
  rollout.schema = R"(
    CREATE TABLE notes (id integer NOT NULL, note varchar(40) NOT NULL DEFAULT 'none', seen integer NOT NULL DEFAULT 0,
      CONSTRAINT notes_key PRIMARY KEY (id, note));
    CREATE FUNCTION tidy() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.note := trim(NEW.note); RETURN NEW; END';
    CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.seen := OLD.seen + 1; RETURN NEW; END';
    CREATE TRIGGER tidying BEFORE INSERT OR UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION tidy();
    CREATE TRIGGER watching BEFORE UPDATE OF note ON notes FOR EACH ROW WHEN (NEW.note <> '') EXECUTE FUNCTION see();)";
  rollout.migrations = {change(
      "table = \"notes\"\ncolumn = \"note\"\ncolumn_type = \"char(60)\"\nup = \"note\"\ndown = \"note\"\n")};
  rollout.old_release = rollout.new_release = writing_notes("note", "' {value} '", "CAST(note AS text)");
  both_ways(Dialect::postgres, rollout);
}

TEST_CASE("change_type with a name of its own moves key, default, checks and sequence",
          "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(R"(
    CREATE TABLE items (id serial, kind text NOT NULL DEFAULT 'x', CONSTRAINT items_key PRIMARY KEY (id),
      CONSTRAINT kinds CHECK (kind <> ''), CONSTRAINT once UNIQUE (kind, id));
    INSERT INTO items (kind) VALUES ('a'), ('b');)");
  const Project project(
      {change("table = \"items\"\ncolumn = \"id\"\nto = \"number\"\ncolumn_type = \"bigint\"\ndown = "
              "\"number::integer\"\n"),
       change("table = \"items\"\ncolumn = \"kind\"\nto = \"sort\"\ncolumn_type = \"char(3)\"\nup = "
              "\"kind\"\ndown = \"sort\"\n")});
  project.succeed(*world, {"expand", "0001"});
  const auto app = world->connect_app();
  app->query("INSERT INTO items (kind) VALUES ('c')");
  app->query("INSERT INTO items (number, kind) VALUES (10, 'd')");
  REQUIRE(app->query("SELECT string_agg(id || '=' || number, ' ' ORDER BY id) FROM items").scalar()
          == "1=1 2=2 3=3 10=10");
  project.succeed(*world, {"contract", "0001", "--quiet", "0"});
  app->query("INSERT INTO items (kind) VALUES ('e')");
  REQUIRE(app->query("SELECT string_agg(_afloat_attic_1_id || '=' || number, ' ' ORDER BY number) FROM items")
              .scalar()
          == "1=1 2=2 3=3 5=5 10=10");
  project.succeed(*world, {"attic", "purge", "--retention", "0", "--accept-data-loss"});
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  project.succeed(*world, {"attic", "purge", "--retention", "0", "--accept-data-loss"});
  const auto texts = [&](const std::string& query) {
    return world->connect()->query(query).scalar().value_or("");
  };
  REQUIRE(texts("SELECT string_agg(conname || ' ' || pg_get_constraintdef(oid), '; ' ORDER BY conname) FROM "
                "pg_constraint WHERE conrelid = 'items'::regclass AND contype <> 'n'")
          == "items_key PRIMARY KEY (number); kinds CHECK (((sort)::text <> ''::text)); once UNIQUE (sort, "
             "number)");
  REQUIRE(texts("SELECT pg_get_serial_sequence('items', 'number')") == "public.items_id_seq");
  REQUIRE(texts("SELECT string_agg(column_name || ' ' || column_default || ' ' || is_nullable, '; ' ORDER BY "
                "column_name) FROM information_schema.columns WHERE table_name = 'items'")
          == "number nextval('items_id_seq'::regclass) NO; sort 'x'::text NO");
}

TEST_CASE("change_type with a name of its own on SQLite keeps default, NOT NULL and index",
          "[operations][sqlite]") {
  const auto world = make_world(Dialect::sqlite);
  world->prepare("CREATE TABLE items (id integer PRIMARY KEY, kind text NOT NULL DEFAULT '7', other text);"
                 "CREATE UNIQUE INDEX by_kind ON items (kind, id);"
                 "CREATE TRIGGER watching AFTER UPDATE OF other ON items BEGIN UPDATE items SET other = "
                 "NEW.other || '!' WHERE "
                 "id = NEW.id AND NEW.kind <> ''; END;"
                 "INSERT INTO items (id, kind) VALUES (1, '5'), (2, '6')");
  const Project project(
      {change("table = \"items\"\ncolumn = \"kind\"\nto = \"sort\"\ncolumn_type = \"integer\"\n")});
  project.succeed(*world, {"expand"});
  const auto app = world->connect_app();
  app->script("INSERT INTO items (id, sort) VALUES (3, 30); INSERT INTO items (id, kind) VALUES (4, '40');"
              "INSERT INTO items (id) VALUES (5)");
  REQUIRE(app->query("SELECT group_concat(quote(kind) || '=' || quote(sort), ' ') FROM items").scalar()
          == "'5'=5 '6'=6 '30'=30 '40'=40 '7'=7");
  const Outcome closed = project.run(*world, {"contract", "--quiet", "0"});
  REQUIRE(closed.status == 1);
  CHECK_THAT(closed.out + closed.err,
             Catch::Contains("trigger watching on items names kind: let it use sort first"));
  world->connect()->script("DROP TRIGGER watching");
  project.succeed(*world, {"contract", "--quiet", "0", "--accept-drift", "as the gate asked"});
  app->script("INSERT INTO items (id) VALUES (6); INSERT INTO items (id, sort) VALUES (7, 70)");
  REQUIRE_THROWS_WITH(app->query("UPDATE items SET sort = NULL WHERE id = 1"),
                      Catch::Contains("NOT NULL constraint failed"));
  project.succeed(*world, {"verify"});
  project.succeed(*world, {"attic", "purge", "--retention", "0", "--accept-data-loss"});
  REQUIRE(world->dump()
          == "index by_kind: CREATE UNIQUE INDEX \"by_kind\" ON \"items\" (\"sort\", \"id\")\n"
             "table items: CREATE TABLE items (id integer PRIMARY KEY, other text, \"sort\" integer NOT NULL "
             "DEFAULT "
             "('7'))\n  1  NULL  5\n  2  NULL  6\n  3  NULL  30\n  4  NULL  40\n  5  NULL  7\n  6  NULL  7\n "
             " 7  NULL  "
             "70\nintegrity: ok\n");
}

TEST_CASE("change_type leaves NULL where the default would be read on SQLite", "[operations][sqlite]") {
  const auto world = make_world(Dialect::sqlite);
  world->prepare("CREATE TABLE users (id integer PRIMARY KEY, age text DEFAULT '7', size integer DEFAULT 8);"
                 "INSERT INTO users VALUES (1, NULL, NULL), (2, '3', 4)");
  const Project project({change("table = \"users\"\ncolumn = \"age\"\ncolumn_type = \"integer\"\n"
                                "up = \"CAST(age AS integer)\"\ndown = \"CAST(age AS text)\"\n"),
                         change("table = \"users\"\ncolumn = \"size\"\ncolumn_type = \"real\"\nto = "
                                "\"width\"\nup = \"size\"\ndown = \"CAST(width AS integer)\"\n")});
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  const std::string there = "NULL NULL, 3 4.0, 7 8.0";
  const auto connection = world->connect();
  connection->script("INSERT INTO users (id) VALUES (3)");
  REQUIRE(
      connection
          ->query("SELECT group_concat(coalesce(age, 'NULL') || ' ' || coalesce(width, 'NULL'), ', ') FROM "
                  "users")
          .scalar()
      == there);
}

TEST_CASE("change_type with a name of its own keeps what is said of indexes and constraints",
          "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(
      "CREATE TABLE notes (id integer PRIMARY KEY, note text CONSTRAINT filled CHECK (note <> ''));"
      "CREATE INDEX by_note ON notes (note); COMMENT ON INDEX by_note IS 'of the index';"
      "ALTER TABLE notes CLUSTER ON by_note;"
      "COMMENT ON CONSTRAINT filled ON notes IS 'of the check'; INSERT INTO notes VALUES (1, '1')");
  const Project project({change("table = \"notes\"\ncolumn = \"note\"\nto = \"words\"\ncolumn_type = "
                                "\"varchar(9)\"\nup = \"note\"\ndown = \"words\"\n")});
  const auto said = [&] {
    return world->connect()
        ->query("SELECT concat_ws(', ', obj_description('by_note'::regclass, 'pg_class'), "
                "obj_description((SELECT oid FROM pg_constraint WHERE conname = 'filled'), 'pg_constraint'), "
                "(SELECT indisclustered FROM pg_index WHERE indexrelid = 'by_note'::regclass))")
        .scalar();
  };
  const std::string all = "of the index, of the check, t";
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  CHECK(said() == all);
  project.succeed(*world, {"revert"});
  CHECK(said() == all);
  project.succeed(*world, {"contract", "--quiet", "0"});
  CHECK(said() == all);
}

TEST_CASE("change_type goes to a type that cannot be compressed", "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare("CREATE TABLE notes (id integer PRIMARY KEY, note text COMPRESSION pglz);"
                 "INSERT INTO notes VALUES (1, '1')");
  const Project project({change("table = \"notes\"\ncolumn = \"note\"\ncolumn_type = \"integer\"\nup = "
                                "\"note::integer\"\ndown = \"note::text\"\n")});
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  project.succeed(*world, {"revert"});
  project.succeed(*world, {"abort"});
  CHECK(world->connect()
            ->query("SELECT attcompression::text FROM pg_attribute WHERE attrelid = 'notes'::regclass AND "
                    "attname = 'note'")
            .scalar()
        == "p");
}

TEST_CASE("change_type gives a column of another name what was said of the old one",
          "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare("CREATE TABLE notes (id integer PRIMARY KEY, body text);"
                 "ALTER TABLE notes ALTER body SET (n_distinct = 7), ALTER body SET COMPRESSION pglz,"
                 " ALTER body SET STATISTICS 50; INSERT INTO notes VALUES (1, 'a')");
  const auto said = [&] {
    return world->connect()
        ->query("SELECT string_agg(concat_ws(' ', attname, attoptions, nullif(attcompression::text, ''), "
                "attstattarget), ', ' "
                "ORDER BY attname) FROM pg_attribute WHERE attrelid = 'notes'::regclass AND NOT attisdropped "
                "AND attoptions IS NOT NULL")
        .scalar()
        .value_or("nothing");
  };
  const bool can_compress = GENERATE(true, false);
  const Project project(
      {change(fmt::format("table = \"notes\"\ncolumn = \"body\"\nto = \"The Words\"\ncolumn_type = \"{}\"\n"
                          "up = \"{}\"\ndown = \"{}\"\n",
                          can_compress ? "varchar" : "integer", can_compress ? "body" : "length(body)",
                          can_compress ? "\\\"The Words\\\"" : "repeat('a', \\\"The Words\\\")"))});
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  CHECK(said()
        == fmt::format("The Words {{n_distinct=7}}{} 50, _afloat_attic_1_body {{n_distinct=7}} p 50",
                       can_compress ? " p" : ""));
  project.succeed(*world, {"revert"});
  project.succeed(*world, {"abort"});
  CHECK(said() == "body {n_distinct=7} p 50");
}
