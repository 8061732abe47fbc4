#include "dialect/postgres/inspector.hpp"
#include "dialect/postgres/sql_writer.hpp"
#include "support/postgres_server.hpp"
#include "support/sync_fuzz.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
void run(Database& database, const std::vector<Statement>& statements) {
  for (const Statement& statement : statements) database.query(statement.sql, {});
}

std::string quoted_default(const Cell& value) {
  return value ? fmt::format(" DEFAULT '{}'", *value) : "";
}

/// A database with the table as it is before the migration, some rows in it, and the user's trigger.
std::string make_table(const FuzzPair& pair, UserTrigger user) {
  PostgresServer& server = PostgresServer::instance();
  const std::string name = server.create_database();
  const auto owner = server.connect(name);
  owner->script(
      fmt::format("CREATE SCHEMA afloat;"
                  "CREATE TABLE items (id int PRIMARY KEY, value {}{}, touched int NOT NULL DEFAULT 0)",
                  pair.old_type, quoted_default(pair.old_default)));
  if (user != UserTrigger::none)
    owner->script(fmt::format(
        "CREATE FUNCTION tidy() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN NEW.value := {}; RETURN NEW; END';"
        "CREATE TRIGGER \"{}\" BEFORE INSERT OR UPDATE ON items FOR EACH ROW EXECUTE FUNCTION tidy()",
        pair.user_trigger, user == UserTrigger::early ? " tidy" : "tidy"));
  grant_to_app(*owner);
  return name;
}

Sync make_sync(Database& owner, const FuzzPair& pair) {
  const std::vector<RelationName> wanted{{"", "items"}};
  return {.id = "1_1",
          .table = inspect_postgres(owner, wanted).tables.at(0),
          .old_column = "value",
          .new_column = "value2",
          .new_type = pair.new_type,
          .up = pair.up,
          .down = pair.down,
          .identity = pair.identity,
          .new_default =
              pair.new_default ? std::optional(fmt::format("'{}'", *pair.new_default)) : std::nullopt};
}

void expand(Database& owner, const Sync& sync, bool with_sync) {
  const auto writer = make_postgres_writer(0);
  owner.begin(std::chrono::seconds(1));
  run(owner, writer->add_column(sync.table, {.name = sync.new_column, .type = sync.new_type}).statements);
  if (with_sync) run(owner, writer->create_sync(sync).statements);
  if (sync.new_default)
    run(owner, writer->set_default(sync.table, sync.new_column, *sync.new_default).statements);
  owner.commit();
}

/// Rows on which one of the releases reads something else than the model says.
std::int64_t wrong_rows(Database& old_release, Database& new_release, const FuzzModel& model) {
  std::vector<std::optional<FuzzRow>> found(FuzzModel::k_keys);
  for (const auto& row : old_release.query("SELECT id, value FROM items", {}).rows)
    found.at(std::stoul(*row[0])) = FuzzRow{row[1], std::nullopt};
  for (const auto& row : new_release.query("SELECT id, value2 FROM items", {}).rows)
    if (auto& cell = found.at(std::stoul(*row[0]))) cell->new_value = row[1];
  std::int64_t wrong = 0;
  for (std::size_t key = 0; key < found.size(); ++key) {
    if (found[key] == model.rows[key]) continue;
    if (++wrong > 3) continue;
    const auto show = [](const std::optional<FuzzRow>& row) {
      return row ? fmt::format("({}, {})", row->old_value.value_or("NULL"), row->new_value.value_or("NULL"))
                 : "no row";
    };
    UNSCOPED_INFO("row " << key << ": is " << show(found[key]) << ", must be " << show(model.rows[key]));
  }
  return wrong;
}

/// Runs `operations` by both releases in turns; stops at the first check that finds a wrong row.
std::int64_t fuzz(const std::string& database, const FuzzPair& pair, UserTrigger user, int operations) {
  PostgresServer& server = PostgresServer::instance();
  const auto old_release = server.connect(database, "app"), new_release = server.connect(database, "app");
  new_release->script(
      "SET search_path = public, new_release"); // what a decision by search_path would look at
  FuzzModel model(pair, user, 42);
  std::string last_runs;
  for (int done = 0, runs = 0; done < operations; ++runs) {
    const bool by_new = model.next_is_new();
    const int count = 1 + model.below(30);
    const std::string script = model.next_run(by_new, count);
    (by_new ? new_release : old_release)->script(script);
    done += count;
    if (runs % 50 != 0 && done < operations) continue;
    if (const std::int64_t wrong = wrong_rows(*old_release, *new_release, model); wrong > 0) return wrong;
  }
  return 0;
}

// 3 pairs times 3 places of the user's trigger times this makes more than 100,000.
constexpr int k_operations = 11'200;
} // namespace

TEST_CASE("postgres: two releases that write one table at random lose nothing", "[fuzz][postgres]") {
  for (const FuzzPair& pair : fuzz_pairs())
    for (const UserTrigger user : {UserTrigger::none, UserTrigger::early, UserTrigger::between})
      DYNAMIC_SECTION(pair.name << " with user trigger " << static_cast<int>(user)) {
        const std::string name = make_table(pair, user);
        const auto owner = PostgresServer::instance().connect(name);
        const Sync sync = make_sync(*owner, pair);
        const auto writer = make_postgres_writer(0);
        CHECK(writer->sync_obstacle(sync).empty());
        expand(*owner, sync, true);
        CHECK(fuzz(name, pair, user, k_operations) == 0);
        CHECK(owner->query(writer->compare(sync).count_left, {}).scalar() == "0");
        run(*owner, writer->create_sync(sync).inverse);
        CHECK(owner
                  ->query("SELECT count(*) FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace "
                          "WHERE nspname = 'afloat'",
                          {})
                  .scalar()
              == "0");
      }
}

TEST_CASE("postgres: the random writes find it when there is no sync", "[fuzz][postgres]") {
  for (const FuzzPair& pair : fuzz_pairs()) DYNAMIC_SECTION(pair.name) {
      const std::string name = make_table(pair, UserTrigger::none);
      const auto owner = PostgresServer::instance().connect(name);
      expand(*owner, make_sync(*owner, pair), false);
      CHECK(fuzz(name, pair, UserTrigger::none, 1000) > 0);
    }
}

TEST_CASE("postgres: the random writes find it when sync decides by the search path", "[fuzz][postgres]") {
  const FuzzPair pair = fuzz_pairs().back();
  const std::string name = make_table(pair, UserTrigger::none);
  const auto owner = PostgresServer::instance().connect(name);
  expand(*owner, make_sync(*owner, pair), false);
  owner->script(
      "CREATE FUNCTION by_path() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
      "IF current_setting('search_path') LIKE '%new_release%' THEN NEW.value := NEW.value2::numeric;"
      "ELSE NEW.value2 := round(NEW.value)::integer; END IF; RETURN NEW; END $$;"
      "CREATE TRIGGER by_path BEFORE INSERT OR UPDATE ON items FOR EACH ROW EXECUTE FUNCTION by_path()");
  CHECK(fuzz(name, pair, UserTrigger::none, 5000) > 0);
}
