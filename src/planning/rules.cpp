#include "planning/rules.hpp"

#include "operations/common.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace afloat {
namespace {
std::vector<const ColumnUser*> rules_of(const Table& table) {
  std::vector<const ColumnUser*> rules;
  for (const ColumnUser& user : table.users)
    if (user.kind == "rule") rules.push_back(&user);
  return rules;
}

bool is_instead(const ColumnUser& rule) {
  return rule.definition.find("INSTEAD") != std::string::npos;
}

/// A backfill as it stands before the rules of its table.
struct Fill {
  bool updates = false, notes_rows = false; ///< the second: by `WITH … (UPDATE … RETURNING …)`
  bool silent = false;                      ///< rules keep silent, but for those that fire always
  bool written = false;                     ///< the author's own
};

Fill fill_of(const Step& step, const Schema& schema) {
  const RangeWork& work = *step.work;
  const std::string sql = lower_case(trimmed(work.written ? work.written->sql : work.in_range));
  const bool replica = std::ranges::any_of(
      work.before_batch, [](const std::string& before) { return before.starts_with("replica:"); });
  return {sql.starts_with("update") || sql.starts_with("with"), sql.starts_with("with"),
          replica && schema.silent_backfill, work.written.has_value()};
}

Error refusal(const OperationSpec& spec, const OperationContext& context, const ColumnUser& rule,
              std::string_view why) {
  return invalid(spec, context, "table", fmt::format("{} {}", rule.words, why),
                 fmt::format("Drop it first (`{}`), and make it again behind contract, or make a trigger of "
                             "it. Nothing was changed.",
                             rule.drop.front()));
}

void heed(const OperationSpec& spec, const OperationContext& context, const Fill& fill,
          const ColumnUser& rule, std::vector<std::string>& notes) {
  if (!fill.updates || !rule.definition.starts_with("UPDATE")) return;
  const bool silent = fill.silent && !rule.definition.ends_with("ALWAYS");
  if (fill.written && !silent)
    notes.push_back(fmt::format("{} {}.", rule.words,
                                is_instead(rule) ? "may take the place of the backfill's updates"
                                                 : "fires for each batch of the backfill"));
  if (fill.written) return;
  // Abort takes the values back with rules awake.
  if (is_instead(rule) && (!silent || fill.notes_rows))
    throw refusal(spec, context, rule,
                  "would take the place of the backfill's updates: rows would stay unfilled");
  if (silent) return;
  if (fill.notes_rows)
    throw refusal(
        spec, context, rule,
        "cannot be had where the backfill notes the rows that it fills: PostgreSQL does not take such "
        "an UPDATE within WITH");
  notes.push_back(fmt::format("{} fires for each batch of the backfill: this role may not set "
                              "session_replication_role (GRANT SET ON PARAMETER, PostgreSQL 15).",
                              rule.words));
}
} // namespace

void heed_rules(const OperationSpec& spec, const OperationContext& context, OperationPlan& plan) {
  std::vector<std::string> notes;
  for (const Step& step : plan.steps) {
    const Table* table = step.kind == StepKind::backfill ? context.before.find(step.work->table) : nullptr;
    if (!table) continue;
    for (const ColumnUser* rule : rules_of(*table))
      heed(spec, context, fill_of(step, context.before), *rule, notes);
  }
  const bool crosses = spec.type == "move_column" || spec.type == "extract_table";
  for (const Table& table : context.before.tables)
    for (const ColumnUser* rule : rules_of(table))
      if (crosses && is_instead(*rule))
        throw refusal(spec, context, *rule, "would take the place of what sync writes there");
      else if (crosses)
        notes.push_back(rule->words + " fires for what sync writes there, too.");
  for (std::string& note : notes)
    if (std::ranges::count(plan.notes, note) == 0) plan.notes.push_back(std::move(note));
}

} // namespace afloat
