#include "dialect/schema_reader.hpp"
#include "dialect/schema_sql.hpp"
#include "model/schema_difference.hpp"
#include "support/error.hpp"
#include "support/model_summary.hpp"
#include "support/postgres_server.hpp"
#include "support/program.hpp"
#include "support/text.hpp"
#include "support/world.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace afloat::test {
namespace {
/// The script for this server: a line "--@15 …" is there from 15 on.
std::string broad_schema(int version) {
  std::string text;
  for (const std::string& line :
       split(read_file(source_folder() / "tests/conformance/broad_schema.sql"), '\n')) {
    constexpr std::string_view k_mark = "--@15 ";
    const bool newer = line.starts_with(k_mark);
    if (!newer || version >= 15) text += (newer ? line.substr(k_mark.size()) : line) + "\n";
  }
  return text;
}

/// A database of its own with what hangs on it; one with a subscription cannot be dropped.
class Place {
 public:
  Place() : m_database(PostgresServer::instance().create_database()), m_owner(connect()) {
    m_owner->script("SET client_min_messages = error");
  }
  ~Place() {
    try {
      connect()->script("DROP SUBSCRIPTION IF EXISTS listen");
    } catch (const Error&) {
      WARN("the subscription is left");
    }
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  Database& owner() { return *m_owner; }
  std::string dump() const {
    const Outcome outcome =
        run({"/usr/lib/postgresql/15/bin/pg_dump",
             {"--schema-only", "-d", PostgresServer::instance().url(m_database, "postgres")},
             "/tmp",
             {}});
    REQUIRE(outcome.err == "");
    std::string text;
    for (const std::string& line : split(outcome.out, '\n')) text += comparable(line) + "\n";
    return text;
  }

 private:
  std::unique_ptr<Database> connect() const {
    return PostgresServer::instance().connect(m_database, "postgres");
  }

  /// The order of storage parameters and publications is how they were given; how a subscription connects is
  /// kept back; the key of \restrict is a random one.
  static std::string comparable(std::string line) {
    if (line.starts_with("\\restrict ") || line.starts_with("\\unrestrict ")) return "";
    if (line.starts_with("CREATE SUBSCRIPTION ")) return line.substr(0, line.find(" CONNECTION "));
    if (!line.starts_with("WITH (")) return line;
    std::vector<std::string> options = split(replaced(line.substr(6, line.rfind(')') - 6), ", ", "\n"), '\n');
    std::ranges::sort(options);
    return fmt::format("WITH ({}){}", join(options, ", "), line.substr(line.rfind(')') + 1));
  }

  std::string m_database;
  std::unique_ptr<Database> m_owner;
};

bool has_kind(const SchemaModel& model, std::string_view kind) {
  return std::ranges::any_of(model.objects, [&](const SchemaObject& object) { return object.kind == kind; });
}

SchemaScript script_of(const SchemaModel& model) {
  return sql_between({model.dialect, model.server_version, {}, {}}, model);
}
} // namespace

TEST_CASE("postgres: each kind of object with each property is printed as SQL that makes it again",
          "[model][postgres]") {
  PostgresServer& server = PostgresServer::instance();
  Place first, second;
  const SchemaModel empty = read_schema(first.owner());
  first.owner().script(broad_schema(server.major_version()));
  const SchemaModel model = read_schema(first.owner());
  CHECK(model.unread.empty());
  for (const KindRow& row : kind_rows()) {
    INFO(row.name);
    CHECK((!row.postgres || row.name == "setting" || has_kind(model, row.name)));
  }
  const SchemaScript script = sql_between(empty, model);
  CHECK(script.by_hand
        == std::vector<std::string>{
            "options of user mapping FOR PUBLIC SERVER faraway: they may hold a password",
            "options of user mapping FOR app SERVER faraway: they may hold a password",
            "connection of subscription listen: it may hold a password"});
  second.owner().script("SET check_function_bodies = off;" + script_text(script));
  const SchemaModel again = read_schema(second.owner());
  CHECK(summary(compare(model, again)) == "");
  CHECK(fingerprint(model) == fingerprint(again));
  CHECK(script_text(script_of(again)) == script_text(script_of(model)));
  if (server.has_pg_dump()) CHECK(first.dump() == second.dump());
}
} // namespace afloat::test
