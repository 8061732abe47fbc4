#include "operations/beside_writers.hpp"

#include "dialect/discard.hpp"
#include "model/step_id.hpp"
#include "operations/common.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace afloat {
namespace {
constexpr std::int64_t k_rows_in_place = 100'000; ///< SQLite rewrites as many in about 60 ms

bool has_many(const Table& table) {
  return table.rows.value_or(0) > k_rows_in_place;
}

/// Takes the statements out where they stand one behind the other. False: they do not.
bool take_out(std::vector<Statement>& from, const std::vector<Statement>& part) {
  const auto found = std::ranges::search(from, part);
  if (found.empty()) return false;
  from.erase(found.begin(), found.end());
  return true;
}

class Drops {
 public:
  Drops(const OperationSpec& spec, const OperationRow& row, const OperationContext& context,
        OperationPlan& plan)
      : m_spec(spec), m_row(row), m_context(context), m_plan(plan) {}

  /// Of each step of expand: what it has added, which its inverse drops.
  void on_abort() {
    const Schema window = after(Shape::window);
    for (std::size_t i = 0, end = m_plan.steps.size(); i < end; ++i) {
      if (m_plan.steps[i].phase != Phase::expand) continue;
      Step undo = m_plan.steps[i];
      undo.statements = std::exchange(undo.inverse, {});
      std::vector<Step> later;
      for (const Table& table : m_context.before.tables)
        if (const Table* now = window.find(table.name); now && has_many(table))
          append(later, without_columns(undo.statements, *now, Phase::abort));
      for (const Table& table : window.tables)
        if (!m_context.before.find(table.name)) append(later, without_table(undo.statements, table));
      if (later.empty()) continue;
      undo.phase = Phase::abort;
      undo.title = "undo: " + undo.title;
      undo.scans = undo.rewrites = false;
      undo.trial.clear();
      undo.undo = "not needed: what is left of it goes next";
      later.insert(later.begin(), std::move(undo));
      int number = 0;
      for (Step& step : later) {
        step.id = id_of_undoing(fmt::format("{}.{}", m_context.number, i + 1), ++number);
        step.inverse.clear();
      }
      m_plan.steps[i].inverse.clear();
      append(m_plan.steps, std::move(later));
    }
  }

  /// What is in the attic, which the step of purge drops.
  void on_purge() {
    const Schema complete = after(Shape::complete);
    for (std::size_t i = 0; i < m_plan.steps.size(); ++i) {
      if (m_plan.steps[i].phase != Phase::purge || m_plan.steps[i].rebuild) continue;
      Step drop = m_plan.steps[i];
      std::vector<Step> later;
      for (const Table& table : m_context.before.tables)
        if (const Table* now = complete.find(table.name); now && has_many(table))
          append(later, without_columns(drop.statements, with_attic(table, *now), Phase::purge));
      for (const AtticEntry& entry : m_plan.attic)
        if (entry.whole_table()) append(later, without_hidden(drop.statements, entry));
      if (later.empty()) continue;
      const auto swap = std::ranges::find_if(later, &Step::swap);
      const bool column = swap != later.end();
      Step& loses = column ? *swap : later.front();
      loses.destroys = std::exchange(drop.destroys, false);
      loses.undo = std::exchange(drop.undo, column ? "not needed: the column is about to go"
                                                   : "not needed: the table is about to go");
      if (!drop.statements.empty()) {
        drop.title = column ? "stop the sync with the attic of " + display(swap->rebuild->table)
                            : "let no trigger or foreign key see the rows go";
        drop.scans = drop.rewrites = false;
        later.insert(later.begin(), std::move(drop));
      }
      const auto place = m_plan.steps.erase(m_plan.steps.begin() + static_cast<std::ptrdiff_t>(i));
      i += later.size() - 1;
      m_plan.steps.insert(place, std::make_move_iterator(later.begin()),
                          std::make_move_iterator(later.end()));
    }
  }

 private:
  static void append(std::vector<Step>& to, std::vector<Step> steps) {
    std::ranges::move(steps, std::back_inserter(to));
  }

  Schema after(Shape shape) const {
    Schema schema = m_context.before;
    m_row.apply(m_spec, m_context, schema, shape);
    return schema;
  }

  /// The steps that make the table anew without the columns that the statements drop, which are taken out.
  /// None, and the statements stay, where the table cannot be rebuilt.
  std::vector<Step> without_columns(std::vector<Statement>& statements, Table table, Phase phase) const {
    std::vector<Statement> others = statements;
    Rebuild rebuild{sync_id(m_context), table.name, {}};
    const std::string edit = phase == Phase::abort ? "give_up_column" : "drop_column";
    for (const Column& column : table.columns)
      if (column.generated.empty() // that one has nothing in the rows
          && take_out(others, m_context.sql.drop_column(table, column.name).statements)) {
        rebuild.edits.push_back({edit, {column.name}});
        std::erase_if(table.indexes,
                      [&](const Index& index) { return uses_column(index, table, column.name); });
      }
    table.triggers.clear();
    if (rebuild.edits.empty() || !m_context.sql.rebuild_obstacle(table, rebuild).empty()) return {};
    statements = std::move(others);
    std::ranges::move(sqlite::refuse_writes(table, rebuild), std::back_inserter(statements));
    return m_context.sql.rebuild_steps(table, rebuild, phase);
  }

  /// The same for a table that expand has made: as many rows may be in it as in the largest one before.
  std::vector<Step> without_table(std::vector<Statement>& statements, Table table) const {
    const auto rows = [](const Table& other) { return other.rows.value_or(0); };
    table.rows = rows(*std::ranges::max_element(m_context.before.tables, {}, rows));
    const std::string name = m_context.sql.relation(table.name);
    if (!take_out(statements, {Statement("DROP TABLE " + name)})
        && !take_out(statements, {Statement("DROP TABLE IF EXISTS " + name)}))
      return {};
    auto [away, taking] = sqlite::take_name_away(table, sync_id(m_context));
    std::ranges::move(taking, std::back_inserter(statements));
    return sqlite::discard_steps(away, "what was " + display(table.name), Phase::abort);
  }

  /// The same for a whole table in the attic, where nobody writes it.
  std::vector<Step> without_hidden(std::vector<Statement>& statements, const AtticEntry& entry) const {
    const Table* before = m_context.before.find(entry.table);
    if (!before || !has_many(*before)) return {};
    Table table = *before;
    table.name.name = entry.name;
    if (!take_out(statements, m_context.sql.drop_table(table.name).statements)) return {};
    std::ranges::move(sqlite::make_discardable(table), std::back_inserter(statements));
    return sqlite::discard_steps(table, "what was " + display(entry.table), Phase::purge);
  }

  /// The table behind contract, with what is hidden in it.
  Table with_attic(const Table& before, Table table) const {
    for (const AtticEntry& entry : m_plan.attic) {
      if (entry.table != before.name || entry.aside || entry.whole_table()) continue;
      Column column;
      column.name = entry.name;
      column.type = before.find_column(entry.was)->type;
      note_change(table, m_context, {m_context.sql.add_column(table, column)});
      table.columns.push_back(std::move(column));
    }
    return table;
  }

  const OperationSpec& m_spec;
  const OperationRow& m_row;
  const OperationContext& m_context;
  OperationPlan& m_plan;
};
} // namespace

void drop_beside_writers(const OperationSpec& spec, const OperationRow& row, const OperationContext& context,
                         OperationPlan& plan) {
  if (context.sql.dialect() != Dialect::sqlite || spec.type == "sql") return;
  if (std::ranges::none_of(context.before.tables, has_many)) return;
  Drops drops(spec, row, context, plan);
  drops.on_purge();
  drops.on_abort();
}

} // namespace afloat
