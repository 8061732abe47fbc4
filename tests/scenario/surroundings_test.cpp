#include "support/pgbouncer.hpp"
#include "support/postgres_server.hpp"
#include "support/program.hpp"
#include "support/project.hpp"
#include "support/world.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <catch2/catch.hpp>
#include <fmt/format.h>

// What others have set up around the database: poolers, publications, objects with the names of the server's
// own.
namespace afloat::test {
namespace {
const std::string k_rename =
    "[[operation]]\ntype = \"rename_column\"\ntable = \"users\"\nfrom = \"name\"\nto = \"label\"\n";
constexpr std::string_view k_users = "CREATE TABLE users (id integer PRIMARY KEY, name text)";

std::unique_ptr<Database> superuser(const World& world) {
  return PostgresServer::instance().connect(world.connect()->facts().database, "postgres");
}

Outcome run_at(const Project& project, std::string url, std::string command) {
  return run({afloat_program(), {std::move(command), "--url", std::move(url)}, project.path().string(), {}});
}

std::string superuser_url(const World& world) {
  return PostgresServer::instance().url(world.connect()->facts().database, "postgres");
}
} // namespace

TEST_CASE("postgres: a pooler's sessions are left as they are", "[surroundings][postgres]") {
  if (!PgBouncer::program()) {
    WARN("pgbouncer is not installed");
    return;
  }
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_users);
  const Project project({k_rename});
  const PgBouncer pooler;
  for (const std::string command : {"status", "plan", "expand"}) {
    const Outcome outcome = run_at(project, pooler.url(world->url()), command);
    CHECK(outcome.status == 4);
    CHECK(
        outcome.err
        == "error: this is a connection through a pooler, not to PostgreSQL itself\n"
           "  hint: Give the server's own host and port: what afloat sets for its session would come to the "
           "application. Nothing was changed.\n");
  }
}

TEST_CASE("postgres: a publication of all tables lets afloat write its own", "[surroundings][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_users);
  const Project project({k_rename}, "[contract]\nquiet = \"0\"\n");
  superuser(*world)->script("CREATE PUBLICATION everything FOR ALL TABLES");
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract"});
  CHECK(superuser(*world)
            ->query("SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE "
                    "n.nspname = "
                    "'afloat' AND c.relkind = 'r' AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = "
                    "c.oid AND "
                    "i.indisprimary)")
            .scalar()
        == "0");
}

TEST_CASE("postgres: an operator of another role is not taken for the server's own",
          "[surroundings][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_users);
  const auto admin = superuser(*world);
  admin->script("GRANT CREATE ON SCHEMA public TO app");
  world->connect_app()->script(
      "CREATE FUNCTION public.join_texts(text[], text[]) RETURNS text[] LANGUAGE sql AS 'SELECT $1'");
  world->connect_app()->script(
      "CREATE OPERATOR public.|| (LEFTARG = text[], RIGHTARG = text[], FUNCTION = public.join_texts)");
  const Project project({k_rename});
  const Outcome outcome = project.run(*world, {"plan"});
  CHECK(outcome.status == 4);
  CHECK(outcome.err
        == "error: the operator public.|| of role app stands in the way of PostgreSQL's own of that name\n"
           "  hint: It would run with the rights of role migrator: drop it, or take its schema out of the "
           "search_path "
           "of migrator. Nothing was changed.\n");
  admin->script("DROP OPERATOR public.|| (text[], text[]); REVOKE CREATE ON SCHEMA public FROM app");
  project.succeed(*world, {"expand"});
}

TEST_CASE("postgres: a schema afloat that somebody else made is not trusted", "[surroundings][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_users);
  const auto admin = superuser(*world);
  admin->script("CREATE SCHEMA afloat AUTHORIZATION app");
  world->connect_app()->script(
      "CREATE VIEW afloat.meta AS SELECT 1 AS format, 'x' AS made_by; GRANT ALL ON SCHEMA afloat TO PUBLIC;"
      "GRANT ALL ON afloat.meta TO PUBLIC");
  const Project project({k_rename});
  const Outcome status = run_at(project, superuser_url(*world), "status");
  CHECK(status.status == 4);
  CHECK(status.err
        == "error: the schema afloat belongs to role app, and this is role postgres\n"
           "  hint: Connect as app. If afloat did not make it for you, look who app is: what stands there "
           "would run "
           "with your rights. Nothing was changed.\n");
  const Outcome expand = project.run(*world, {"expand"});
  CHECK(expand.status == 4);
  CHECK(expand.err.starts_with("error: the schema afloat belongs to role app, and this is role migrator\n"));
}

TEST_CASE("postgres: texts are UTF-8 whatever the client's encoding is set to", "[surroundings][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_users);
  superuser(*world)->script(fmt::format("ALTER DATABASE \"{}\" SET client_encoding = 'LATIN1'",
                                        world->connect()->facts().database));
  const Project project({"[[operation]]\ntype = \"add_column\"\ntable = \"users\"\ncolumn = \"größe\"\n"
                         "column_type = \"text\"\ndefault = \"'Köln'\"\n"});
  project.succeed(*world, {"expand"});
  const auto admin = superuser(*world);
  admin->script("INSERT INTO users (id) VALUES (1)");
  CHECK(admin->query("SELECT length(größe) FROM users").scalar() == "4");
}

} // namespace afloat::test
