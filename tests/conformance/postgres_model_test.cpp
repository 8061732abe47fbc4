#include "dialect/postgres/model_reader.hpp"
#include "dialect/schema_reader.hpp"
#include "model/schema_difference.hpp"
#include "support/golden.hpp"
#include "support/model_summary.hpp"
#include "support/places.hpp"
#include "support/postgres_server.hpp"
#include "support/text.hpp"
#include "support/world.hpp"

#include <chrono>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>

#include <catch2/catch.hpp>
#include <fmt/format.h>

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

/// One that takes something to be there first, or whose values are long: what is told, without the values.
struct MadeCase {
  std::string_view kind, properties; ///< of the one object that changes
  std::string_view before, change;
  int since = 14;
};
constexpr MadeCase k_made_cases[] = {
#include "postgres_model_made_cases.inc"
};

/// Comments and security labels, which hang on an object from outside.
struct NotesCase {
  std::string_view kind, catalog, oid;
  std::string_view before = "";
};
constexpr NotesCase k_notes_cases[] = {
#include "postgres_model_notes_cases.inc"
};

/// "kind: a, b" of each change between the schema behind the first statement and that behind the second.
std::string told(Database& owner, const SchemaModel& base_model, std::string_view before,
                 std::string_view change) {
  std::string text;
  owner.begin(std::chrono::seconds(5));
  try {
    if (!before.empty()) owner.script(before);
    const SchemaModel model = before.empty() ? base_model : read_schema(owner);
    owner.script(change);
    for (const ObjectChange& one : compare(model, read_schema(owner))) {
      text += (text.empty() ? "" : "; ") + std::string(one.object().kind);
      for (const PropertyChange& property : one.properties)
        text += (&property == &one.properties.front() ? ": " : ", ") + property.property;
    }
  } catch (const Error& error) {
    text = error.message;
  }
  owner.rollback();
  return text;
}

std::string base() {
  return read_file(source_folder() / "tests/conformance/model_base.sql");
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
  for (const KindRow& row : kind_rows())
    if (row.postgres)
      for (const std::string& column :
           owner->query(postgres::model_query(row.name, owner->facts().server_version), {}).columns)
        if (column != "table" && column != "name") untouched.insert(std::string(row.name) + ": " + column);
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
  for (const MadeCase& one : k_made_cases) {
    INFO(one.change);
    if (server.major_version() >= one.since)
      CHECK(told(*owner, before, one.before, one.change) == fmt::format("{}: {}", one.kind, one.properties));
    for (const std::string& property : split(replaced(std::string(one.properties), ", ", ","), ','))
      untouched.erase(fmt::format("{}: {}", one.kind, property));
  }
  for (const NotesCase& one : k_notes_cases) {
    INFO(one.kind);
    const bool shared = one.kind == "subscription";
    CHECK(
        told(*owner, before, one.before,
             fmt::format("INSERT INTO pg_description VALUES ({0}, '{1}'::regclass, 0, 'note');"
                         "INSERT INTO {2} VALUES ({0}, '{1}'::regclass, {3}'who', 'what')",
                         one.oid, one.catalog, shared ? "pg_shseclabel" : "pg_seclabel", shared ? "" : "0, "))
        == fmt::format("{}: comment, security labels", one.kind));
    for (const char* property : {"comment", "security labels"})
      untouched.erase(fmt::format("{}: {}", one.kind, property));
  }
  CHECK(told(*owner, before, "",
             "INSERT INTO pg_seclabel VALUES ('shop.orders'::regclass, 'pg_class'::regclass, 1, "
             "'who', 'what')")
        == "column: security labels");
  untouched.erase("column: security labels");
  if (server.major_version() < 15) untouched.erase("sequence: persistence");
  if (server.major_version() < 18) untouched.erase("column: not null name");
  untouched.erase(
      "function: form"); // a procedure's name tells the modes of its arguments: it is another object
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
      read_file(source_folder() / "tests/golden/model_postgres_15.txt"), Dialect::postgres, 150'000);
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
