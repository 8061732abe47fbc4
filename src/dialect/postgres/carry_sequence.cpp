#include "dialect/postgres/carry_sequence.hpp"

#include "dialect/postgres/names.hpp"
#include "sql/embedded.hpp"
#include "support/text.hpp"

#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace afloat::postgres {
namespace {
bool is_narrower(const std::string& type, const std::string& than) {
  return type != than && (type == "smallint" || than == "bigint");
}
} // namespace

bool is_identity(const Succession& succession) {
  return !succession.table.find_column(succession.from)->identity.empty();
}

std::vector<Step> sequence_steps(const Succession& succession) {
  std::vector<Step> steps;
  if (is_identity(succession)) return steps;
  for (const Sequence& sequence : succession.sequences) {
    const std::string name = in_quotes(sequence.name);
    const bool owned = sequence.table == succession.table.name && sequence.column == succession.from;
    const std::string& type = succession.back ? sequence.type : succession.successor.type;
    const bool changes = succession.back
                             ? is_narrower(sequence.type, succession.table.find_column(succession.from)->type)
                             : is_narrower(sequence.type, type);
    Step step{.phase = Phase::contract,
              .title = changes ? fmt::format("let sequence {} count in {}", display(sequence.name), type)
                               : fmt::format("let sequence {} go with {}.{}", display(sequence.name),
                                             display(succession.table.name), succession.name)};
    if (changes) step.statements.emplace_back(fmt::format("ALTER SEQUENCE {} AS {}", name, type));
    if (owned)
      step.statements.emplace_back(fmt::format("ALTER SEQUENCE {} OWNED BY {}.{}", name,
                                               in_quotes(succession.table.name), in_quotes(succession.name)));
    if (step.statements.empty()) continue;
    step.locks = {{sequence.name, LockLevel::share_row_exclusive}};
    step.undo = "not by abort: contract has begun";
    steps.push_back(std::move(step));
  }
  return steps;
}

std::string move_identity(const Succession& succession) {
  const Table& table = succession.table;
  std::string body(embedded_sql("postgres/move_identity.sql"));
  const auto put = [&](std::string_view key, std::string_view value) {
    body = replaced(std::move(body), fmt::format("{{{}}}", key), value);
  };
  // Within a string that format() reads.
  const auto in_format = [](const std::string& name) {
    return replaced(replaced(name, "'", "''"), "%", "%%");
  };
  put("table_literal", literal(in_quotes(table.name)));
  put("attic_literal", literal(succession.attic));
  put("table_format", in_format(in_quotes(table.name)));
  put("name_format", in_format(in_quotes(succession.name)));
  put("when", table.find_column(succession.from)->identity);
  put("table", in_quotes(table.name));
  put("attic", in_quotes(succession.attic));
  return "DO " + literal(body);
}

std::string identity_obstacle_query(const Succession& succession) {
  return fmt::format(
      "SELECT DISTINCT pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) || {} FROM "
      "pg_catalog.pg_depend d"
      " WHERE d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype = 'n'"
      " AND d.refobjid = pg_catalog.to_regclass(pg_catalog.pg_get_serial_sequence({}, {})) ORDER BY 1",
      literal(fmt::format(
          " uses the sequence of the identity column {}.{}, which contract makes anew: change it first",
          display(succession.table.name), succession.from)),
      literal(in_quotes(succession.table.name)), literal(succession.from));
}

} // namespace afloat::postgres
