#include "planning/domain_rewrites.hpp"

#include "model/domains.hpp"
#include "operations/common.hpp"
#include "support/text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat {
namespace {
constexpr std::int64_t k_few_rows = 10'000; ///< of 200 bytes, with three indexes, in about 50 ms

bool has_domain(const Schema& schema) {
  return std::ranges::find(schema.types, "domain", &TypeDefinition::kind) != schema.types.end();
}

/// Why PostgreSQL writes each row anew for such a column; empty where it does not.
std::string why_rewritten(const AddedColumn& added, const TypeDefinition& domain, const Schema& schema,
                          const SqlWriter& sql) {
  if (is_checked(schema, domain)) return "has constraints";
  if (added.has_default || !domain.default_sql) return {};
  const Column column{.name = "c",
                      .type = domain.base,
                      .default_sql = domain.default_sql,
                      .default_is_constant = is_constant_expression(*domain.default_sql)};
  return sql.add_column({}, column).rewrites ? "has a default that differs from row to row" : "";
}

/// The type at the bottom.
std::string base_of(const Schema& schema, const TypeDefinition& domain) {
  const TypeDefinition* below = domain_of(schema, domain.base);
  return below ? base_of(schema, *below) : domain.base;
}

void refuse_large(const OperationSpec& spec, const OperationContext& context, const Table& table,
                  const TypeDefinition& domain, const std::string& why, const Schema& schema) {
  if (table.rows.value_or(0) <= k_few_rows) return;
  throw invalid(spec, context, "column_type",
                fmt::format("the domain {} {}: for a new column of it PostgreSQL writes about {} rows of {} "
                            "anew while it keeps all others out",
                            display(domain.name), why, with_commas(*table.rows), display(table.name)),
                fmt::format("Take the type that it is made on, {}, and add its conditions with `add_check` "
                            "and `set_not_null`. Nothing was changed.",
                            base_of(schema, domain)));
}

void mark(const OperationSpec& spec, const OperationContext& context, const Schema& schema,
          const std::string& statement, Step& step) {
  const StatementFacts facts = context.sql.facts(statement);
  const Table* table = facts.relations.empty() ? nullptr : context.before.find(facts.relations.front());
  if (!table) return; // it is made by the same migration, and empty
  for (const AddedColumn& added : facts.added) {
    const TypeDefinition* domain = find_domain(schema, added.type);
    const std::string why = domain ? why_rewritten(added, *domain, schema, context.sql) : "";
    if (why.empty()) continue;
    step.rewrites = step.scans = true;
    if (spec.type != "sql" && step.phase < Phase::revert)
      refuse_large(spec, context, *table, *domain, why, schema);
  }
}
} // namespace

void mark_domain_rewrites(const OperationSpec& spec, const OperationContext& context, OperationPlan& plan) {
  if (context.sql.dialect() != Dialect::postgres) return;
  Schema schema; // as far as it has types
  schema.dialect = Dialect::postgres;
  schema.default_schema = context.before.default_schema;
  schema.types = context.before.types;
  for (Step& step : plan.steps)
    for (const Statement& statement : step.statements) {
      const std::string text = lower_case(statement.sql);
      if (has_domain(schema) && text.find("add") != std::string::npos)
        mark(spec, context, schema, statement.sql, step);
      if (spec.type == "sql" && text.find("domain") != std::string::npos)
        context.sql.replay(std::span(&statement, 1), schema);
    }
}

} // namespace afloat
