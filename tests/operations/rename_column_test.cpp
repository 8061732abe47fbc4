#include "support/rollout.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
const std::string k_rename = R"(
[[operation]]
type = "rename_column"
table = "users"
from = "user_name"
to = "username"
)";

Release writing(const std::string& table, const std::string& column) {
  return {.insert = fmt::format("INSERT INTO {} (id, {}) VALUES ({{key}}, '{{value}}')", table, column),
          .update = fmt::format("UPDATE {} SET {} = '{{value}}' WHERE id = {{key}}", table, column),
          .erase = fmt::format("DELETE FROM {} WHERE id = {{key}}", table),
          .read = fmt::format("SELECT id, {} FROM {}", column, table)};
}

Rollout rename(const std::string& schema) {
  return {
      .schema = schema,
      .migrations = {k_rename},
      .old_release = writing("users", "user_name"),
      .new_release = writing("users", "username"),
      .always = {
          "SELECT count(*) FROM users WHERE user_name <> username OR user_name IS NULL OR username IS NULL"}};
}

const std::string k_schema =
    "CREATE TABLE users (id integer PRIMARY KEY, user_name text NOT NULL UNIQUE, email text DEFAULT 'none');"
    "CREATE INDEX users_by_both ON users (email, user_name);";

Dialect both() {
  return GENERATE(Dialect::sqlite, Dialect::postgres);
}

/// Renames with afloat in one copy and with ALTER TABLE in another; the catalogs and rows must be the same.
void ends_like_plain_rename(
    Dialect dialect, const std::string& schema, const std::string& migration = k_rename,
    const std::string& plain = "ALTER TABLE users RENAME COLUMN user_name TO \"username\"") {
  const auto expected = make_world(dialect), world = make_world(dialect);
  for (const auto& each : {expected.get(), world.get()}) each->prepare(schema);
  expected->connect()->script(plain);
  const Project project({migration});
  const std::string before = world->dump();
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"abort"});
  REQUIRE(difference(before, world->dump()) == "");
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  project.succeed(*world, {"attic", "purge", "--retention", "0"});
  REQUIRE(difference(expected->dump(), world->dump()) == "");
}
} // namespace

TEST_CASE("rename_column goes back without losing a write of either release", "[operations]") {
  rolls_back(both(), rename(k_schema));
}

TEST_CASE("rename_column goes forward without losing a write of either release", "[operations]") {
  rolls_forward(both(), rename(k_schema));
}

TEST_CASE("rename_column of a nullable column with a default loses no write", "[operations]") {
  const std::string schema =
      "CREATE TABLE users (id integer PRIMARY KEY, user_name text DEFAULT 'nobody', email text)";
  SECTION("back") {
    rolls_back(both(), rename(schema));
  }
  SECTION("forward") {
    rolls_forward(both(), rename(schema));
  }
}

TEST_CASE("rename_column in a table without key loses no write", "[operations][postgres]") {
  const std::string schema = "CREATE TABLE users (id integer NOT NULL, user_name text NOT NULL)";
  SECTION("back") {
    rolls_back(Dialect::postgres, rename(schema));
  }
  SECTION("forward") {
    rolls_forward(Dialect::postgres, rename(schema));
  }
}

TEST_CASE("rename_column in a table with a composite key loses no write", "[operations]") {
  const std::string schema =
      "CREATE TABLE users (region text NOT NULL DEFAULT 'eu', id integer NOT NULL, user_name text "
      "NOT NULL, PRIMARY KEY (region, id))";
  SECTION("back") {
    rolls_back(both(), rename(schema));
  }
  SECTION("forward") {
    rolls_forward(both(), rename(schema));
  }
}

TEST_CASE("rename_column in a WITHOUT ROWID table loses no write", "[operations][sqlite]") {
  const std::string schema =
      "CREATE TABLE users (id integer PRIMARY KEY, user_name text NOT NULL) WITHOUT ROWID";
  SECTION("back") {
    rolls_back(Dialect::sqlite, rename(schema));
  }
  SECTION("forward") {
    rolls_forward(Dialect::sqlite, rename(schema));
  }
}

TEST_CASE("rename_column between quoted and reserved names loses no write", "[operations]") {
  Rollout rollout;
  rollout.schema = R"(CREATE TABLE "Order" (id integer PRIMARY KEY, "select" text NOT NULL, "it's" text))";
  rollout.migrations = {R"(
[[operation]]
type = "rename_column"
table = "Order"
from = "select"
to = "Größe \"x\""
)"};
  rollout.old_release = writing(R"("Order")", R"("select")");
  rollout.new_release = writing(R"("Order")", R"("Größe ""x""")");
  SECTION("back") {
    rolls_back(both(), rollout);
  }
  SECTION("forward") {
    rolls_forward(both(), rollout);
  }
}

TEST_CASE("rename_column between names of 63 bytes loses no write", "[operations]") {
  const std::string table(63, 't'), from(63, 'a'), to = std::string(62, 'a') + "b";
  Rollout rollout;
  rollout.schema = fmt::format("CREATE TABLE {0} (id integer PRIMARY KEY, {1} text NOT NULL);"
                               "CREATE INDEX {2} ON {0} ({1})",
                               table, from, std::string(63, 'i'));
  rollout.migrations = {
      fmt::format("[[operation]]\ntype = \"rename_column\"\ntable = \"{}\"\nfrom = \"{}\"\nto = \"{}\"\n",
                  table, from, to)};
  rollout.old_release = writing(table, from);
  rollout.new_release = writing(table, to);
  SECTION("back") {
    rolls_back(both(), rollout);
  }
  SECTION("forward") {
    rolls_forward(both(), rollout);
  }
}

TEST_CASE("rename_column in a schema other than public loses no write", "[operations][postgres]") {
  Rollout rollout;
  rollout.schema = R"(CREATE SCHEMA "Shop"; GRANT USAGE ON SCHEMA "Shop" TO app;
    CREATE TABLE "Shop".users (id integer PRIMARY KEY, user_name text NOT NULL UNIQUE);
    GRANT SELECT, INSERT, UPDATE, DELETE ON "Shop".users TO app;
    CREATE TABLE public.users (id integer PRIMARY KEY, user_name text))";
  rollout.migrations = {R"(
[[operation]]
type = "rename_column"
table = "Shop.users"
from = "user_name"
to = "username"
)"};
  rollout.old_release = writing(R"("Shop".users)", "user_name");
  rollout.new_release = writing(R"("Shop".users)", "username");
  SECTION("back") {
    rolls_back(Dialect::postgres, rollout);
  }
  SECTION("forward") {
    rolls_forward(Dialect::postgres, rollout);
  }
}

TEST_CASE("rename_column obeys column grants", "[operations][postgres]") {
  Rollout rollout =
      rename("CREATE TABLE users (id integer PRIMARY KEY, user_name text NOT NULL, secret text);");
  const auto world = make_world(Dialect::postgres);
  world->prepare(rollout.schema);
  world->connect()->script(
      "REVOKE ALL ON users FROM app; GRANT DELETE ON users TO app;"
      "GRANT SELECT (id, user_name), INSERT (id, user_name), UPDATE (user_name) ON users TO app");
  const Project project(rollout.migrations);
  project.succeed(*world, {"expand"});
  const auto app = world->connect_app();
  app->query("INSERT INTO users (id, username) VALUES (1, 'a')");
  app->query("UPDATE users SET user_name = 'b' WHERE id = 1");
  REQUIRE(app->query("SELECT username FROM users").scalar() == "b");
  project.succeed(*world, {"contract", "--quiet", "0"});
  app->query("UPDATE users SET username = 'c' WHERE id = 1");
  REQUIRE(app->query("SELECT username FROM users").scalar() == "c");
}

TEST_CASE("rename_column ends like a plain RENAME COLUMN on SQLite", "[operations][sqlite]") {
  ends_like_plain_rename(Dialect::sqlite, R"(
    CREATE TABLE users (id integer PRIMARY KEY, user_name text NOT NULL UNIQUE CHECK (length(user_name) > 0),
                        email text DEFAULT 'none');
    CREATE TABLE logins (id integer PRIMARY KEY, name text REFERENCES users(user_name) ON UPDATE CASCADE);
    CREATE INDEX users_by_both ON users (email, user_name);
    CREATE INDEX users_lower ON users (lower(user_name)) WHERE user_name IS NOT NULL;
    CREATE TRIGGER of_both AFTER UPDATE OF email, user_name ON users WHEN NEW.id > 0 BEGIN SELECT 1; END;
    CREATE TRIGGER of_one AFTER UPDATE OF user_name ON users BEGIN SELECT 1; END;
    INSERT INTO users VALUES (1, 'ada', 'a@example.com'), (2, 'bert', NULL);
    INSERT INTO logins VALUES (1, 'ada');)");
}

TEST_CASE("rename_column ends like a plain RENAME COLUMN on PostgreSQL", "[operations][postgres]") {
  ends_like_plain_rename(Dialect::postgres, R"(
    CREATE TABLE users (id integer PRIMARY KEY, user_name text COLLATE "C" NOT NULL DEFAULT 'nobody' UNIQUE,
                        email text, CONSTRAINT has_name CHECK (user_name <> ''));
    CREATE TABLE logins (id integer PRIMARY KEY, name text REFERENCES users(user_name) ON UPDATE CASCADE);
    CREATE INDEX users_by_both ON users (email, user_name);
    CREATE INDEX users_lower ON users (lower(user_name)) WHERE user_name IS NOT NULL;
    CREATE STATISTICS users_statistics ON user_name, email FROM users;
    COMMENT ON COLUMN users.user_name IS 'what the user is called';
    COMMENT ON INDEX users_lower IS 'for the login';
    ALTER TABLE users ALTER user_name SET STATISTICS 500;
    GRANT SELECT (user_name), UPDATE (user_name) ON users TO app;
    CREATE VIEW user_names WITH (security_barrier) AS SELECT id, user_name FROM users;
    COMMENT ON VIEW user_names IS 'a view';
    GRANT SELECT ON user_names TO app;
    ALTER TABLE users ENABLE ROW LEVEL SECURITY;
    CREATE POLICY everybody ON users FOR SELECT USING (user_name <> 'root');
    CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER of_both BEFORE UPDATE OF email, user_name ON users FOR EACH ROW EXECUTE FUNCTION nothing();
    COMMENT ON TRIGGER of_both ON users IS 'both';
    CREATE CONSTRAINT TRIGGER late AFTER INSERT OR UPDATE OF user_name ON users DEFERRABLE
      FOR EACH ROW WHEN (NEW.user_name <> '') EXECUTE FUNCTION nothing();
    ALTER TABLE users ENABLE ALWAYS TRIGGER late; COMMENT ON TRIGGER late ON users IS 'late';
    INSERT INTO users VALUES (1, 'ada', 'a@example.com'), (2, 'bert', NULL);
    INSERT INTO logins VALUES (1, 'ada');)");
}

TEST_CASE("rename_column beside a view and a trigger of the user loses no write", "[operations]") {
  SECTION("on SQLite") {
    const Rollout rollout = rename(k_schema + R"(
      ALTER TABLE users ADD COLUMN changes integer NOT NULL DEFAULT 0;
      CREATE VIEW names AS SELECT id, user_name FROM users;
      CREATE TRIGGER users_touch AFTER UPDATE ON users WHEN NEW.changes = OLD.changes
        BEGIN UPDATE users SET changes = OLD.changes + 1 WHERE id = NEW.id; END;)");
    SECTION("back") {
      rolls_back(Dialect::sqlite, rollout);
    }
    SECTION("forward") {
      rolls_forward(Dialect::sqlite, rollout);
    }
  }
  SECTION("on PostgreSQL") {
    const Rollout rollout = rename(k_schema + R"(
      ALTER TABLE users ADD COLUMN changes integer NOT NULL DEFAULT 0;
      CREATE VIEW names AS SELECT id, user_name FROM users;
      CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.changes := OLD.changes + 1; RETURN NEW; END';
      CREATE TRIGGER users_touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();)");
    SECTION("back") {
      rolls_back(Dialect::postgres, rollout);
    }
    SECTION("forward") {
      rolls_forward(Dialect::postgres, rollout);
    }
  }
}
