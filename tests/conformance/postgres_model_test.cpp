#include "dialect/schema_reader.hpp"
#include "model/schema_difference.hpp"
#include "support/golden.hpp"
#include "support/model_summary.hpp"
#include "support/postgres_server.hpp"
#include "support/world.hpp"

#include <chrono>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>

#include <catch2/catch.hpp>

namespace afloat::test {
namespace {
struct Case {
  std::string_view change;
  std::string_view expected;     ///< the whole difference; with `*` at its end, how it begins
  int since = 14, until = 1'000; ///< servers
};

/// Every property of every kind, each changed alone.
constexpr Case k_cases[] = {
#include "postgres_model_cases.inc"
};

std::string base() {
  return read_file(std::filesystem::path(AFLOAT_SOURCE_DIR) / "tests/conformance/model_base.sql");
}

std::unique_ptr<Database> furnished() {
  PostgresServer& server = PostgresServer::instance();
  auto owner = server.connect(server.create_database(), "postgres");
  owner->script("SET client_min_messages = error");
  owner->script(base());
  return owner;
}
} // namespace

TEST_CASE("postgres: each property of each kind of object is seen when it alone changes",
          "[model][postgres]") {
  PostgresServer& server = PostgresServer::instance();
  const auto owner = furnished();
  const SchemaModel before = read_schema(*owner);
  CHECK(before.unread.empty());
  CHECK(summary(compare(before, read_schema(*owner))).empty());
  std::set<std::string> untouched;
  for (const SchemaObject& object : before.objects)
    for (const Property& property : object.properties)
      untouched.insert(std::string(object.kind) + ": " + property.first);
  for (const Case& one : k_cases) {
    if (server.major_version() < one.since || server.major_version() > one.until) continue;
    INFO(one.change);
    owner->begin(std::chrono::seconds(5));
    try {
      owner->script(one.change);
    } catch (const Error& error) {
      owner->rollback();
      FAIL_CHECK(error.message);
      continue;
    }
    const SchemaModel after = read_schema(*owner);
    owner->rollback();
    const std::vector<ObjectChange> changes = compare(before, after);
    if (one.expected.ends_with('*'))
      CHECK(matches(one.expected, summary(changes)));
    else
      CHECK(summary(changes) == one.expected);
    CHECK(fingerprint(after) != fingerprint(before));
    for (const ObjectChange& change : changes)
      for (const PropertyChange& property : change.properties)
        untouched.erase(std::string(change.object().kind) + ": " + property.property);
  }
  std::string missing;
  for (const std::string& property : untouched) missing += property + "\n";
  CHECK(missing == "");
}

TEST_CASE("postgres: the same schema is the same on every version of the server", "[model][postgres]") {
  PostgresServer& server = PostgresServer::instance();
  const auto owner = server.connect(server.create_database(), "postgres");
  owner->script(
      "SET client_min_messages = error; ALTER SCHEMA public OWNER TO postgres; REVOKE ALL ON SCHEMA public "
      "FROM PUBLIC, app, migrator");
  owner->script(base());
  const SchemaModel model = read_schema(*owner);
  if (server.major_version() == 15 && std::getenv("UPDATE_GOLDEN") != nullptr)
    check_golden("golden/model_postgres_15.txt", canonical_text(model));
  const SchemaModel golden = parse_canonical(
      read_file(std::filesystem::path(AFLOAT_SOURCE_DIR) / "tests/golden/model_postgres_15.txt"),
      Dialect::postgres, 150'000);
  CHECK(summary(compare(golden, model)) == "");
}

TEST_CASE("postgres: a model is the same after it was written and read", "[model][postgres]") {
  const auto owner = furnished();
  const SchemaModel model = read_schema(*owner);
  const SchemaModel again = parse_canonical(canonical_text(model), Dialect::postgres, model.server_version);
  CHECK(again == model);
  CHECK(fingerprint(again) == fingerprint(model));
}

TEST_CASE("postgres: no password gets into the model, and a role without rights reads the same",
          "[model][postgres]") {
  PostgresServer& server = PostgresServer::instance();
  const auto owner = furnished();
  const SchemaModel model = read_schema(*owner);
  CHECK(canonical_text(model).find("hush") == std::string::npos);
  const auto app = server.connect(owner->facts().database, "app");
  CHECK(canonical_text(read_schema(*app)) == canonical_text(model));
}
} // namespace afloat::test
