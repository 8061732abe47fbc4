#include "support/postgres_dump.hpp"
#include "support/postgres_server.hpp"

#include <chrono>
#include <string>
#include <string_view>

#include <catch2/catch.hpp>

namespace afloat::test {
namespace {
constexpr std::string_view k_schema =
    "CREATE TYPE mood AS ENUM ('good'); CREATE SEQUENCE numbers;"
    "CREATE TABLE pets (id integer PRIMARY KEY, name text DEFAULT 'Rex', born date);"
    "CREATE INDEX by_name ON pets (name); CREATE VIEW names AS SELECT name FROM pets;"
    "CREATE FUNCTION one() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
    "CREATE TRIGGER touch BEFORE UPDATE ON pets FOR EACH ROW EXECUTE FUNCTION one();"
    "CREATE POLICY mine ON pets USING (name = current_user); INSERT INTO pets VALUES (1, 'Tom', NULL)";

constexpr std::string_view k_changes[] = {
    "CREATE SCHEMA other",
    "COMMENT ON TABLE pets IS 'all of them'",
    "ALTER TABLE pets ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE pets SET (fillfactor = 70)",
    "REVOKE SELECT ON pets FROM app",
    "GRANT SELECT (name) ON pets TO app",
    "ALTER TABLE pets ALTER name DROP DEFAULT",
    "ALTER TABLE pets ALTER name SET NOT NULL",
    "ALTER TABLE pets ALTER name SET STATISTICS 500",
    "ALTER TABLE pets RENAME born TO birthday",
    "ALTER TABLE pets ADD CHECK (id > 0) NOT VALID",
    "ALTER INDEX by_name RENAME TO by_the_name",
    "ALTER TABLE pets CLUSTER ON by_name",
    "ALTER TABLE pets DISABLE TRIGGER touch",
    "CREATE OR REPLACE VIEW names AS SELECT name FROM pets WHERE id > 0",
    "CREATE OR REPLACE FUNCTION one() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'",
    "ALTER TYPE mood ADD VALUE 'bad'",
    "ALTER SEQUENCE numbers INCREMENT BY 2",
    "ALTER SEQUENCE numbers OWNED BY pets.id",
    "ALTER POLICY mine ON pets USING (true)",
    "CREATE STATISTICS both_columns ON id, name FROM pets",
    "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO app",
    "CREATE PUBLICATION feed FOR TABLE pets",
    "UPDATE pets SET born = '2020-02-02'",
};
} // namespace

TEST_CASE("postgres: the dump from the catalogs is the same twice and shows every change", "[postgres]") {
  PostgresServer& server = PostgresServer::instance();
  const auto owner = server.connect(server.create_database());
  owner->script(k_schema);
  grant_to_app(*owner);
  const std::string before = dump_catalogs(*owner);
  CHECK(dump_catalogs(*owner) == before);
  CHECK(before.find("row of pets: (1,Tom,)\n") != std::string::npos);
  for (const std::string_view change : k_changes) {
    INFO(change);
    owner->begin(std::chrono::milliseconds(1000));
    owner->script(change);
    CHECK(dump_catalogs(*owner) != before);
    owner->rollback();
  }
}
} // namespace afloat::test
