#include "snapshot/policy.hpp"

#include "snapshot/words.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace afloat {
namespace {
struct PhaseRow {
  Phase phase;
  std::string SnapshotSettings::* policy;
};
constexpr std::array<PhaseRow, 3> k_phases{{{Phase::expand, &SnapshotSettings::before_expand},
                                            {Phase::contract, &SnapshotSettings::before_contract},
                                            {Phase::purge, &SnapshotSettings::before_purge}}};

bool belongs(const Step& step, Phase phase) {
  return step.phase == phase || (phase == Phase::expand && step.phase == Phase::backfill);
}

void add_tables(const Step& step, std::vector<RelationName>& tables) {
  for (const TableLock& lock : step.locks) tables.push_back(lock.relation);
  if (step.work) tables.push_back(step.work->table);
  if (step.rebuild) tables.push_back(step.rebuild->table);
}

/// A step that locks a table of afloat's own drops that one, and of the user's table the triggers alone.
void add_endangered(const Step& step, std::vector<RelationName>& tables) {
  std::vector<RelationName> locked;
  add_tables(step, locked);
  const bool has_own = std::ranges::any_of(locked, is_own_table);
  for (RelationName& table : locked)
    if (!has_own || is_own_table(table)) tables.push_back(std::move(table));
}

std::vector<RelationName> endangered_tables(const Plan& plan, Phase phase) {
  std::vector<RelationName> tables;
  for (const Step& step : plan.steps)
    if (belongs(step, phase) && step.destroys) add_endangered(step, tables);
  return tables;
}

std::vector<RelationName> each_once(std::vector<RelationName> tables) {
  std::ranges::sort(tables);
  tables.erase(std::unique(tables.begin(), tables.end()), tables.end());
  return tables;
}

/// Whether the plan makes it, as a table, before the phase begins. A purge makes nothing: what it names is
/// there.
bool is_made_before(const RelationName& table, const Plan& plan, Phase phase) {
  return std::ranges::any_of(plan.steps, [&](const Step& step) {
    std::vector<RelationName> tables;
    if (step.phase < phase || phase == Phase::purge) add_tables(step, tables);
    return std::ranges::count(tables, table) > 0;
  });
}

/// Those that will have rows when the snapshot is made.
void leave_tables(std::vector<RelationName>& named, const Plan& plan, Phase phase, const Standing& standing) {
  const TablesAndViews& there = phase == Phase::expand ? standing.now : standing.in_window;
  std::erase_if(named, [&](const RelationName& name) {
    if (std::ranges::count(there.views, name) > 0) return true;
    return std::ranges::count(there.tables, name) == 0 && !is_made_before(name, plan, phase);
  });
}

std::string contents_of(const PlannedSnapshot& planned) {
  if (planned.kind != SnapshotKind::tables)
    return planned.kind == SnapshotKind::full     ? "the whole database"
           : planned.kind == SnapshotKind::schema ? "the schema"
                                                  : "made by the configured command";
  std::vector<std::string> names;
  for (const RelationName& table : planned.tables) names.push_back(display(table));
  return names.empty() ? "the schema" : "the schema, and the rows of " + join(names, ", ");
}
} // namespace

std::string SnapshotSettings::* policy_of(Phase phase) {
  return std::ranges::find(k_phases, phase, &PhaseRow::phase)->policy;
}

std::string snapshot_name(const SnapshotSettings& settings, const std::string& project,
                          const std::string& env, const std::string& migration, const std::string& phase) {
  std::string name = filled(settings.name, {{"project", project.empty() ? "afloat" : project},
                                            {"env", env},
                                            {"version", migration.empty() ? "manual" : migration},
                                            {"phase", phase}});
  if (settings.name.find("{{phase}}") == std::string::npos && !phase.empty() && phase != "expand")
    name += "-" + phase;
  for (char& c : name)
    if (c == '/' || c == ' ') c = '_';
  return name;
}

std::optional<PlannedSnapshot> planned_snapshot(const Plan& plan, Phase phase,
                                                const SnapshotSettings& settings, const std::string& project,
                                                const std::string& env) {
  const std::string& policy = settings.*policy_of(phase);
  if (policy == "none" || !plan.has(phase)) return std::nullopt;
  PlannedSnapshot planned;
  planned.name = snapshot_name(settings, project, env, plan.label, std::string(name_of(phase)));
  if (policy == "auto") {
    planned.tables = each_once(endangered_tables(plan, phase));
    return planned.tables.empty() ? std::nullopt : std::optional(std::move(planned));
  }
  planned.kind = parse_snapshot_kind(policy);
  if (planned.kind == SnapshotKind::tables) planned.tables = touched_relations(plan);
  return planned;
}

// Those of the whole migration, whatever the phase: what is done later builds on what is done now.
std::vector<RelationName> touched_relations(const Plan& plan) {
  std::vector<RelationName> all;
  for (const Step& step : plan.steps) add_tables(step, all);
  std::erase_if(all, is_own_table); // they come with any table
  return each_once(std::move(all));
}

std::vector<std::string> snapshot_lines(const Plan& plan, const SnapshotSettings& settings,
                                        const std::string& project, const std::string& env,
                                        const Standing& standing) {
  std::vector<std::string> lines;
  for (const PhaseRow& row : k_phases) {
    auto planned = planned_snapshot(plan, row.phase, settings, project, env);
    if (!planned || row.phase < standing.next) continue;
    leave_tables(planned->tables, plan, row.phase, standing);
    lines.push_back(
        fmt::format("Snapshot before {}: {} ({})", name_of(row.phase), planned->name, contents_of(*planned)));
  }
  const auto only_way = [&](Phase from, const std::string& what) {
    for (auto row = k_phases.rbegin(); row != k_phases.rend(); ++row) {
      if (row->phase > from) continue;
      const auto planned = planned_snapshot(plan, row->phase, settings, project, env);
      if (planned && planned->kind != SnapshotKind::schema)
        return fmt::format("Only snapshot {} leads back from {}.", planned->name, what);
    }
    return fmt::format("Nothing leads back from {}: no snapshot of rows is made before it (`before_{}` under "
                       "[snapshot]).",
                       what, name_of(from));
  };
  const Step* const step =
      step_without_way_back(plan, [](const Step& one) { return one.phase == Phase::expand; });
  if (step) lines.push_back(only_way(Phase::expand, "step " + step->id));
  if (!plan.no_revert.empty() && plan.has(Phase::contract))
    lines.push_back(only_way(Phase::contract, "contract"));
  return lines;
}

} // namespace afloat
