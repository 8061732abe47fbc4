#include "planning/together.hpp"

#include "model/fields.hpp"
#include "operations/index_reads.hpp"
#include "support/error.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace afloat {
namespace {
constexpr std::array<std::string_view, 3> k_constraining{"add_check", "add_unique", "add_foreign_key"};

/// Only makes a constraint, at contract, and counts what it will reject.
bool only_constrains(const OperationSpec& spec) {
  if (spec.type == "set_not_null") return text(spec.fields, "up").empty();
  const std::string enforce = text(spec.fields, "enforce");
  return std::ranges::count(k_constraining, spec.type) > 0 && (enforce.empty() || enforce == "contract");
}

/// Their columns are there under the same name before and behind the swap: of change_type only with `to`.
bool lets_constrain(const OperationSpec& spec) {
  constexpr std::array<std::string_view, 6> k_types{"add_column", "rename_column", "set_not_null",
                                                    "add_check",  "add_unique",    "add_foreign_key"};
  return std::ranges::count(k_types, spec.type) > 0
         || (spec.type == "change_type" && !text(spec.fields, "to").empty());
}

/// The column that the operation leaves is NOT NULL, or that cannot be told from here.
bool leaves_not_null(const OperationSpec& spec, const Schema& before) {
  if (spec.type == "add_column") return flag(spec.fields, "not_null", false);
  const bool renames = spec.type == "rename_column";
  if (before.tables.size() != 1 || (!renames && spec.type != "change_type")) return true;
  const Column* column = before.tables.front().find_column(text(spec.fields, renames ? "from" : "column"));
  return column == nullptr || column->not_null;
}

/// On one table, in either order, but for a table that is made before another is renamed at which it points.
/// An index that revert builds again needs the name that the table has then; a foreign key that is made
/// meanwhile would not follow its key to the wider column. On PostgreSQL the old name of a table is a view
/// from expand on, which takes no constraint at contract, nor a foreign key.
bool need_two_windows(std::string_view one, std::string_view other, Dialect dialect) {
  using Pair = std::pair<std::string_view, std::string_view>;
  constexpr std::array k_pairs{Pair{"rename_table", "drop_index"}, Pair{"create_table", "widen_key"}};
  constexpr std::array k_postgres{Pair{"rename_table", "add_check"}, Pair{"rename_table", "add_unique"},
                                  Pair{"rename_table", "add_foreign_key"}};
  const auto is_meant = [&](const Pair& pair) {
    return pair == Pair{one, other} || pair == Pair{other, one};
  };
  if (dialect != Dialect::postgres) return std::ranges::any_of(k_pairs, is_meant);
  return std::ranges::any_of(k_pairs, is_meant) || std::ranges::any_of(k_postgres, is_meant)
         || Pair{one, other} == Pair{"rename_table", "create_table"};
}

struct Instead {
  std::string_view later, earlier, hint;
};

constexpr std::array k_instead{
    Instead{"set_not_null", "add_column", "Give `not_null = true` to the add_column before it"},
    Instead{"set_default", "add_column", "Give `default = \"…\"` to the add_column before it"},
    Instead{"change_type", "add_column", "Give the column this type in the add_column before it"},
    Instead{"rename_column", "add_column", "Give the column this name in the add_column before it"},
    Instead{"rename_column", "change_type", "Give `to = \"…\"` to the change_type before it"},
    Instead{"change_type", "rename_column",
            "Make one operation of both: change_type with `to = \"…\"`, the new name"},
    Instead{"drop_index", "drop_column", "Take this operation out, since an index goes with its column"},
    Instead{"drop_column", "drop_index",
            "Take the drop_index before it out, since an index goes with its column"},
};
} // namespace

bool Together::lets(const Touched& earlier, const OperationSpec& spec, const std::string& touch) {
  return only_constrains(spec) && std::ranges::count(earlier.stays, touch) > 0
         && (spec.type != "set_not_null" || !earlier.not_null);
}

std::vector<std::string> Together::kept_from(const OperationSpec& spec) const {
  std::vector<std::string> touches;
  for (const Touched& operation : m_operations)
    for (const std::string& touch : operation.touches)
      if (!lets(operation, spec, touch)) touches.push_back(touch);
  return touches;
}

void Together::look_later(const OperationSpec& spec, OperationPlan& operation) const {
  if (!only_constrains(spec)) return;
  const auto is_meant = [&](const std::string& touch) {
    return std::ranges::count(operation.reads, touch) > 0 || std::ranges::count(operation.touches, touch) > 0;
  };
  const bool shares = std::ranges::any_of(
      m_operations, [&](const Touched& earlier) { return std::ranges::any_of(earlier.stays, is_meant); });
  if (!shares) return;
  for (Step& step : operation.steps)
    if (step.kind == StepKind::check && step.phase == Phase::expand) step.phase = Phase::backfill;
  std::ranges::stable_sort(operation.steps, {}, &Step::phase);
}

void Together::refuse_copies(const OperationSpec& spec, const std::vector<RelationName>& tables,
                             const std::string& migration, int number) const {
  for (const RelationName& table : tables)
    if (std::ranges::count(m_copies, table) > 0)
      throw Error(
          ErrorCode::invalid_migration,
          fmt::format("migration {}: operation {} ({}) works on {}, which is only a copy of the table "
                      "until contract",
                      migration, number, spec.type, display(table)),
          "Put it into a migration of its own, or before the rename_table, under the old name. "
          "Nothing was changed.")
          .at(spec.where);
}

void Together::refuse_pairs(const OperationSpec& spec, const std::vector<RelationName>& tables,
                            const std::string& migration, int number, Dialect dialect) const {
  for (const Touched& earlier : m_operations)
    for (const RelationName& table : tables)
      if (std::ranges::count(earlier.tables, table) > 0 && need_two_windows(earlier.type, spec.type, dialect))
        throw Error(
            ErrorCode::invalid_migration,
            fmt::format("migration {}: operation {} ({}) works on {}, as a {} before it does", migration,
                        number, spec.type, display(table), earlier.type),
            "These two need two windows: put this one into a migration of its own. Nothing was changed.")
            .at(spec.where);
}

std::string Together::constrained(const OperationSpec& spec, const OperationPlan& operation) const {
  if (spec.type != "change_type" && spec.type != "widen_key") return {};
  for (const Touched& earlier : m_operations)
    for (const std::string& read : earlier.reads)
      if (std::ranges::count(k_constraining, earlier.type) > 0
          && std::ranges::count(operation.touches, read) > 0)
        return read;
  return {};
}

void Together::add(const OperationSpec& spec, const OperationPlan& operation,
                   std::vector<RelationName> tables, const Schema& before) {
  Touched touched{
      spec.type, operation.touches, operation.reads, std::move(tables), {}, leaves_not_null(spec, before)};
  const auto goes = [&](const std::string& touch) {
    return std::ranges::any_of(operation.attic, [&](const AtticEntry& entry) {
      return touch == fmt::format("{}.{}", display(entry.table), entry.was);
    });
  };
  if (lets_constrain(spec))
    std::ranges::copy_if(operation.touches, std::back_inserter(touched.stays),
                         [&](const std::string& touch) { return !goes(touch); });
  m_operations.push_back(std::move(touched));
  if (spec.type == "rename_table" && before.dialect == Dialect::sqlite)
    m_copies.push_back({"", text(spec.fields, "to")});
}

std::string Together::hint(const OperationSpec& spec, const std::string& touch) const {
  for (const Touched& operation : m_operations)
    if (only_constrains(spec) && operation.type == "change_type" && operation.stays.empty()
        && std::ranges::count(operation.touches, touch) > 0)
      return "Until contract the name is the old column's: give `to = \"…\"` to the change_type before "
             "it, and constrain that column, or put this one into a migration of its own";
  for (const Touched& operation : m_operations)
    for (const Instead& instead : k_instead)
      if (instead.later == spec.type && instead.earlier == operation.type
          && (std::ranges::count(operation.touches, touch) > 0
              || std::ranges::count(operation.reads, touch + std::string(k_goes_along)) > 0))
        return fmt::format("{}, or put this one into a migration of its own", instead.hint);
  return "Two changes of one column need two windows: put this one into a migration of its own";
}

} // namespace afloat
