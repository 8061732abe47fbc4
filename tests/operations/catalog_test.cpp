#include "operations/operation.hpp"
#include "support/golden.hpp"
#include "support/places.hpp"
#include "support/postgres_dump.hpp"
#include "support/postgres_server.hpp"
#include "support/project.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <map>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

// Every operation on tables that have around them all that a table can have (catalog/postgres.sql,
// sqlite.sql). The whole catalog and every row are compared: after an abort nothing differs, and after
// contract and purge no more than what stands in golden/catalog_<operation>_<dialect>.txt.
using namespace afloat;
using namespace afloat::test;

namespace {
enum class On { both, postgres, sqlite };

struct Case {
  std::string_view operation;
  std::string_view fields; ///< the rest of the operation in TOML
  On on = On::both;
  std::string_view abort_leaves = ""; ///< what it says that it cannot take back
};

constexpr Case k_cases[] = {
#include "operations/catalog/cases.inc"
};

bool runs_on(const Case& one, Dialect dialect) {
  return one.on == On::both || (one.on == On::postgres) == (dialect == Dialect::postgres);
}

std::string catalog(World& world) {
  if (world.dialect() == Dialect::sqlite) return world.dump();
  return dump_catalogs(*world.connect());
}

/// What the operation leaves different when all of it is over.
std::string left_by(const Case& one, const World& start) {
  const Project project({fmt::format("[[operation]]\ntype = \"{}\"\n{}", one.operation, one.fields)});
  INFO(one.operation << "\n" << one.fields);
  const auto world = start.copy();
  const std::string before = catalog(*world);
  project.succeed(*world, {"expand", "-q"});
  project.succeed(*world, {"abort", "0001", "--accept-data-loss", "-q"});
  CHECK(difference(before, catalog(*world)) == one.abort_leaves);
  project.succeed(*world, {"expand", "-q"});
  project.succeed(*world, {"contract", "--quiet", "0", "-q"});
  project.succeed(*world, {"attic", "purge", "--retention", "0", "--accept-data-loss", "-q"});
  project.succeed(*world, {"verify", "-q"});
  return difference(before, catalog(*world));
}

/// What servers of all versions say alike: 15 does not say which rule NOT NULL is, other versions name other
/// columns of a publication, since 17 there is a right to MAINTAIN, and 18 qualifies less in the text of a
/// view.
std::string common_to_servers(const std::string& text) {
  static const std::regex other("[-+] (published: |constraint: .* NOT NULL ).*"), maintain("Dxtm/"),
      within("[-+]   .*"), qualifier("[a-z_]+\\.");
  std::string kept;
  for (const std::string& line : split(text, '\n')) {
    if (std::regex_match(line, other)) continue;
    const std::string same = std::regex_replace(line, maintain, "Dxt/");
    kept += (std::regex_match(same, within) ? std::regex_replace(same, qualifier, "") : same) + "\n";
  }
  return kept;
}

void check_text(Dialect dialect, const std::string& file, const std::string& text) {
  if (dialect == Dialect::sqlite || PostgresServer::instance().major_version() == 15)
    return check_golden(file, text);
  const std::string expected = read_file(source_folder() / "tests" / file);
  INFO("tests/" << file);
  CHECK(difference(common_to_servers(expected), common_to_servers(text)) == "");
}

void check_operations(Dialect dialect) {
  const auto start = make_world(dialect);
  const std::string name(name_of(dialect));
  start->prepare(read_file(source_folder() / "tests/operations/catalog" / (name + ".sql")));
  std::map<std::string, std::string> found;
  for (const Case& one : k_cases)
    if (runs_on(one, dialect))
      found[std::string(one.operation)] += fmt::format("{}\n{}\n", one.fields, left_by(one, *start));
  for (const auto& [operation, text] : found)
    check_text(dialect, fmt::format("golden/catalog_{}_{}.txt", operation, name), text);
}
} // namespace

TEST_CASE("an operation leaves nothing different but what it is for, SQLite",
          "[operations][catalog][sqlite]") {
  check_operations(Dialect::sqlite);
}

TEST_CASE("an operation leaves nothing different but what it is for, PostgreSQL",
          "[operations][catalog][postgres]") {
  check_operations(Dialect::postgres);
}

TEST_CASE("every operation has its case among the catalogs", "[operations][catalog]") {
  for (const OperationRow& row : operation_rows()) {
    INFO(row.name);
    CHECK(std::ranges::count(k_cases, row.name, &Case::operation) > 0);
  }
}
