#include "operations/early_looks.hpp"

#include "dialect/stored_value.hpp"
#include "operations/common.hpp"
#include "sql/tokens.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <variant>

#include <fmt/format.h>

namespace afloat {
namespace {
constexpr std::array<std::string_view, 4> k_constraining{"add_check", "add_unique", "add_foreign_key",
                                                         "set_not_null"};

bool only_there_before(const std::string& text, const Table& now, const Table& start) {
  return std::ranges::all_of(now.columns, [&](const Column& column) {
    return start.find_column(column.name) || !mentions(text, now.name.name, column.name);
  });
}

/// What `up` gives, as the new column will hold it: a constraint may need its type.
std::string filled_by(const std::string& up, const OperationSpec& spec, const OperationContext& context,
                      const Table& table) {
  Column column;
  column.type = text(spec.fields, "column_type");
  return context.sql.dialect() == Dialect::sqlite ? sqlite::read_back(table, column, up)
                                                  : fmt::format("CAST(({}) AS {})", up, column.type);
}
} // namespace

void EarlyLooks::add(const OperationSpec& spec, const OperationContext& context) {
  const Table* table = context.before.find(table_field(spec));
  if (!table) return;
  if (spec.type == "rename_column") {
    const std::string from = text(spec.fields, "from");
    m_sources[{table->name, text(spec.fields, "to")}] = {from, context.sql.identifier(from)};
    return;
  }
  const std::string up = text(spec.fields, "up"),
                    made = spec.type == "add_column"    ? text(spec.fields, "column")
                           : spec.type == "change_type" ? text(spec.fields, "to")
                                                        : "";
  if (!up.empty() && !made.empty())
    m_sources[{table->name, made}] = {"", filled_by(up, spec, context, *table)};
}

/// The same constraint on the columns as they are before. False: it stands on no such column, or not all of
/// it can be told.
bool EarlyLooks::rewrite(OperationSpec& spec, const Table& table) const {
  bool changed = false, known = true;
  const auto source = [&](std::string_view column) -> const Source* {
    const auto found = m_sources.find({table.name, std::string(column)});
    if (found == m_sources.end()) return nullptr;
    changed = true;
    return &found->second;
  };
  const auto by_name = [&](std::string& column) {
    const Source* from = source(column);
    known = known && (!from || !from->column.empty());
    if (from) column = from->column;
  };
  for (Field& field : spec.fields) {
    if (auto* names = std::get_if<std::vector<std::string>>(&field.value); names && field.name == "columns")
      std::ranges::for_each(*names, by_name);
    auto* text = std::get_if<std::string>(&field.value);
    if (text && field.name == "column") by_name(*text);
    if (!text || field.name != "check") continue;
    *text = replace_columns(*text, table.name.name, [&](std::string_view column) {
      const Source* from = source(column);
      return from ? std::optional(from->expression) : std::nullopt;
    });
    const Table* start = m_start.find(table.name);
    known = known && start && only_there_before(*text, table, *start);
  }
  return changed && known;
}

std::vector<Step> EarlyLooks::of(const OperationSpec& spec, const OperationRow& row,
                                 const OperationContext& context) const {
  const bool constrains = std::ranges::count(k_constraining, spec.type) > 0;
  if (!constrains || m_sources.empty() || !text(spec.fields, "up").empty()) return {};
  const Table* table = context.before.find(table_field(spec));
  OperationSpec early = spec;
  if (!table || !m_start.find(table->name) || !rewrite(early, *table)) return {};
  const OperationContext before{m_start,       context.sql,    context.version,
                                context.label, context.number, context.newer_syntax};
  std::vector<Step> looks;
  try {
    for (Step& step : row.plan(early, before).steps)
      if (step.phase == Phase::expand && step.kind == StepKind::check && step.scans)
        looks.push_back(std::move(step));
  } catch (const Error&) {
    return {}; // what is wrong with it is said where it stands
  }
  for (Step& step : looks) {
    step.title += ", as its column will be filled";
    step.trial.clear();
  }
  return looks;
}

} // namespace afloat
