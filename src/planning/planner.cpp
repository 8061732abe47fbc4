#include "planning/planner.hpp"

#include "operations/index_reads.hpp"
#include "operations/operation.hpp"
#include "planning/field_values.hpp"
#include "planning/implied_reads.hpp"
#include "planning/together.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <iterator>
#include <map>

#include <fmt/format.h>

namespace afloat {
namespace {
const OperationRow& row_of(const OperationSpec& spec) {
  const OperationRow* row = find_operation(spec.type);
  if (!row) throw Error(ErrorCode::bug, fmt::format("no operation \"{}\"", spec.type));
  return *row;
}

OperationContext context_of(const Migration& migration, const Schema& schema, const SqlWriter& sql,
                            int number, PlanSettings settings = {}) {
  return {schema, sql, migration.version, migration.label, number, lets_newer_through(settings, sql)};
}

void add_names(std::vector<RelationName>& names, std::vector<RelationName> more) {
  for (RelationName& name : more)
    if (std::ranges::count(names, name) == 0) names.push_back(std::move(name));
}

std::vector<RelationName> all_names(const OperationSpec& spec, const SqlWriter& sql) {
  const OperationRow& row = row_of(spec);
  std::vector<RelationName> names = row.tables(spec, sql);
  if (row.mentions) add_names(names, row.mentions(spec, sql));
  return names;
}

/// What cannot be told about the tables that an operation works on, and what it adds to that.
void note_unknown(Plan& plan, const Schema& schema, const std::vector<RelationName>& names,
                  std::size_t known_before) {
  const auto note = [&](std::string text) {
    if (std::ranges::count(plan.notes, text) == 0) plan.notes.push_back(std::move(text));
  };
  for (std::size_t i = 0; i < schema.unknown.size(); ++i) {
    const Unknown& unknown = schema.unknown[i];
    const std::string what =
        unknown.relation.name.empty() ? "the schema" : fmt::format("\"{}\"", display(unknown.relation));
    const auto is_meant = [&](const RelationName& name) { return schema.resolved(name) == unknown.relation; };
    if (i >= known_before)
      note(fmt::format("afloat cannot tell what becomes of {}: {}.", what, unknown.why));
    else if (unknown.relation.name.empty() || std::ranges::any_of(names, is_meant))
      note(fmt::format("{} may differ from what this plan is made from: {}.", what, unknown.why));
  }
}

/// What an operation may look at: the tables that it names. A copy of all of them for each operation would
/// cost a run over many migrations the square of their number.
Schema part_of(const Schema& schema, const std::vector<RelationName>& names) {
  Schema part;
  part.dialect = schema.dialect;
  part.server_version = schema.server_version;
  part.default_schema = schema.default_schema;
  part.views = schema.views;
  part.known = schema.known;
  part.types = schema.types;
  part.sequences = schema.sequences;
  part.unknown = schema.unknown;
  part.offline = schema.offline;
  part.silent_backfill = schema.silent_backfill;
  for (const RelationName& name : names)
    if (const Table* table = schema.find(name)) part.tables.push_back(*table);
  return part;
}

/// With the tables whose foreign keys point at them, and so on; in the order in which they are met.
std::vector<RelationName> with_pointing(std::vector<RelationName> names, const Schema& schema) {
  for (RelationName& name : names) name = schema.resolved(name);
  for (std::size_t i = 0; i < names.size(); ++i)
    if (const Table* table = schema.find(names[i])) add_names(names, table->referenced_by);
  return names;
}

/// With all other tables that the operation works on.
std::vector<RelationName> followed(const OperationSpec& spec, std::vector<RelationName> names,
                                   const Schema& schema, const SqlWriter& sql) {
  const OperationRow& row = row_of(spec);
  if (row.follows_keys) names = with_pointing(std::move(names), schema);
  if (!row.follows) return names;
  for (RelationName& name : names) name = schema.resolved(name);
  add_names(names, row.follows(spec, schema, sql));
  return names;
}

template <typename T>
void append(std::vector<T>& to, std::vector<T> from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

/// On PostgreSQL a row that is filled is written anew, and the old one stays until it is vacuumed.
std::string growth_note(const Step& step, const Schema& before) {
  if (before.dialect != Dialect::postgres || step.kind != StepKind::backfill || step.phase == Phase::revert)
    return {};
  const std::string& sql = step.work->written ? step.work->written->sql : step.work->in_range;
  if (!lower_case(trimmed(sql)).starts_with("update")) return {};
  const Table* table = before.find(step.work->table);
  constexpr std::int64_t k_mega = 1024 * 1024;
  const bool known = table && table->bytes && *table->bytes >= k_mega;
  return fmt::format(
      "Filling {} writes each row anew: the table grows {} until vacuum has given the old rows' "
      "space back. `--vacuum-every` does that between batches.",
      display(step.work->table),
      known ? fmt::format("by about {} MB, to twice its size,", with_commas(*table->bytes / k_mega))
            : std::string("to about twice its size"));
}

void add_note(Plan& plan, std::string note) {
  if (!note.empty() && std::ranges::count(plan.notes, note) == 0) plan.notes.push_back(std::move(note));
}

/// It leaves triggers that keep the attic in sync until the purge.
bool syncs_attic(const OperationPlan& operation) {
  return std::ranges::any_of(operation.guards,
                             [](const Guard& guard) { return guard.until == Phase::purge; });
}

/// What it costs to keep the way back, until the purge.
std::string attic_note(const AtticEntry& entry, const OperationPlan& operation, const Schema& before) {
  const std::string name = display(entry.table);
  const Table* table = before.find(entry.table);
  constexpr std::int64_t k_mega = 1024 * 1024;
  const auto share = static_cast<std::int64_t>(
      entry.whole_table() || !table ? 1 : std::max<std::size_t>(1, table->columns.size()));
  const std::int64_t bytes = table ? table->bytes.value_or(0) / share : 0;
  const std::string space = bytes >= k_mega ? fmt::format(", about {} MB", with_commas(bytes / k_mega)) : "";
  if (entry.whole_table())
    return fmt::format("The attic keeps {} with its rows and indexes{} until the purge; nobody writes it.",
                       name, space);
  if (entry.aside && entry.name.empty())
    return fmt::format("Nothing is kept of {}.{}: a revert makes it again from what has taken its place.",
                       name, entry.was);
  const auto keeps_in_contract = [](const Step& step) {
    return step.phase == Phase::contract && step.kind == StepKind::backfill;
  };
  if (entry.aside && std::ranges::any_of(operation.steps, keeps_in_contract))
    return fmt::format(
        "{} keeps by key what `down` does not give back of {}.{}, until the purge: each {}, and "
        "each change of the key or of what has taken its place, pays for a look.",
        entry.name, name, entry.was, before.dialect == Dialect::sqlite ? "INSERT and DELETE" : "DELETE");
  const auto keeps_in_window = [&](const Step& step) {
    return step.phase == Phase::expand && step.title.find(entry.name) != std::string::npos;
  };
  if (entry.aside && std::ranges::none_of(operation.steps, keeps_in_window))
    return fmt::format("{} is there for the few values of {}.{} that a revert will not find elsewhere, until "
                       "the purge: each INSERT, DELETE and change of a key pays for a look.",
                       entry.name, name, entry.was);
  if (entry.aside)
    return fmt::format(
        "{} keeps {}.{} by key until the purge{}: in the window each write of that column pays "
        "for a second row, from contract on each INSERT, DELETE and change of the key.",
        entry.name, name, entry.was, space);
  const bool synced = syncs_attic(operation);
  return fmt::format(
      "The attic keeps {}.{} as {} until the purge{}: `SELECT *` shows that column, a positional "
      "INSERT counts it{}.",
      name, entry.was, entry.name, space,
      synced ? ", and each write to it or to what has taken its place pays for the trigger that "
               "keeps them in sync"
             : "");
}

void add(Plan& plan, OperationPlan operation, const Schema& before, int number) {
  int step_number = 0;
  for (Step& step : operation.steps) {
    step.id = fmt::format("{}.{}", number, ++step_number);
    const Table* table = step.locks.empty() ? nullptr : before.find(step.locks.front().relation);
    if (!step.rows && table) step.rows = table->rows;
  }
  for (std::string& note : operation.notes) add_note(plan, std::move(note));
  for (const Step& step : operation.steps) add_note(plan, growth_note(step, before));
  for (const AtticEntry& entry : operation.attic) add_note(plan, attic_note(entry, operation, before));
  for (const std::string& why : operation.no_revert) add_note(plan, note_without_revert(why));
  append(plan.steps, std::move(operation.steps));
  append(plan.touches, std::move(operation.touches));
  append(plan.reads, std::move(operation.reads));
  append(plan.counters, std::move(operation.counters));
  append(plan.attic, std::move(operation.attic));
  append(plan.losses, std::move(operation.losses));
  append(plan.revert_losses, std::move(operation.revert_losses));
  append(plan.no_revert, std::move(operation.no_revert));
  append(plan.guards, std::move(operation.guards));
  append(plan.doomed, std::move(operation.doomed));
  append(plan.contract_obstacles, std::move(operation.contract_obstacles));
}

/// Trials run before the first step: they cannot see what an earlier operation of the same migration adds.
void drop_blind_trials(OperationPlan& operation, const Schema& start, const Schema& before) {
  const auto changed = [&](const RelationName& table) {
    const Table *then = start.find(table), *now = before.find(table);
    return !then || !now || then->columns != now->columns;
  };
  for (Step& step : operation.steps) {
    if (step.work && changed(step.work->table)) step.work->trial.clear();
    if (std::ranges::any_of(step.locks, [&](const TableLock& lock) { return changed(lock.relation); }))
      step.trial.clear();
  }
}

Error refusal_at(const OperationSpec& spec, std::string message, std::string_view what_to_do) {
  return Error(ErrorCode::invalid_migration, fmt::format("{}: {}", spec.type, message),
               fmt::format("{} Nothing was changed.", what_to_do))
      .at(spec.where);
}

/// The touch that is this name in any case; empty where there is none.
std::string touch_like(const Plan& operation, const std::string& name) {
  const auto found = std::ranges::find_if(
      operation.touches, [&](const std::string& touch) { return lower_case(touch) == lower_case(name); });
  return found == operation.touches.end() ? std::string() : *found;
}

/// SQLite finds a row without a declared key by its number, under a name that a column can take away: from
/// the triggers of open windows, too.
void refuse_hidden_key(const OperationSpec& spec, const Plan& operation, const Table& table,
                       const SqlWriter& sql) {
  const std::vector<std::string> key = sql.key_ranges(table, "").work.key;
  if (key.size() != 1 || table.find_column(key.front())) return;
  const std::string touch = touch_like(operation, display(table.name) + "." + key.front());
  if (!touch.empty())
    throw refusal_at(
        spec,
        fmt::format("{} would hide SQLite's row number, by which afloat finds the rows of \"{}\"", touch,
                    display(table.name)),
        "Give the column another name, or give the table an INTEGER PRIMARY KEY first.");
}

/// Its own name in other letters is a column's own name to SQLite.
void refuse_other_case(const OperationSpec& spec, const Plan& operation, const Table& table) {
  if (spec.type == "sql") return;
  for (const Column& column : table.columns) {
    const std::string name = display(table.name) + "." + column.name;
    for (const std::string& touch : operation.touches)
      if (touch != name && lower_case(touch) == lower_case(name)
          && !table.find_column(touch.substr(display(table.name).size() + 1)))
        throw refusal_at(
            spec,
            fmt::format("SQLite does not tell {} from the column \"{}\" that is there", touch, column.name),
            "Choose a name that differs in more than capital letters.");
  }
}

void refuse_names(const OperationSpec& spec, const Plan& operation, const Schema& before,
                  const SqlWriter& sql) {
  if (before.dialect != Dialect::sqlite) return;
  for (const Table& table : before.tables) {
    refuse_hidden_key(spec, operation, table, sql);
    refuse_other_case(spec, operation, table);
  }
}

/// The rows and columns of such a table are its module's.
void refuse_module_tables(const OperationSpec& spec, const std::vector<RelationName>& names,
                          const Schema& before) {
  if (before.dialect != Dialect::sqlite || spec.type == "sql") return;
  for (const RelationName& name : names)
    if (const Table* table = before.find(name); table && !table->inheritance.empty())
      throw refusal_at(spec, fmt::format("{} is {}", display(table->name), table->inheritance),
                       "Its module keeps it: make another one with a migration in SQL.");
}

/// An index stays with the column that it was made on, and that one is what contract hides: of a renamed
/// column it is the one that bears the new name in the window.
std::string hidden_under_index(const Plan& goes, const Plan& stays) {
  for (const std::string& read : stays.reads) {
    if (!read.ends_with(k_in_an_index)) continue;
    const std::string column = read.substr(0, read.size() - k_in_an_index.size());
    const bool hides = std::ranges::any_of(goes.attic, [&](const AtticEntry& entry) {
      return !entry.whole_table() && column.starts_with(display(entry.table) + ".");
    });
    if (hides && std::ranges::count(goes.touches, column) > 0) return column;
  }
  return {};
}

/// What an operation hides of columns that an index may be made on in the same migration.
void add_hidden(Plan& hidden, const Plan& operation, std::string_view type) {
  for (const AtticEntry& entry : operation.attic) {
    if (entry.whole_table()) continue;
    hidden.attic.push_back(entry);
    hidden.touches.push_back(display(entry.table) + "." + entry.was);
    if (type == "rename_column") append(hidden.touches, operation.touches);
  }
}
/// The schema after an operation. From files alone it is told as the database would: SQLite's texts, and what
/// it makes of types and names, by making it in memory. What is live is looked at again.
void apply(const OperationRow& row, const OperationSpec& spec, const OperationContext& context,
           Schema& schema, Shape shape) {
  row.apply(spec, context, schema, shape);
  if (schema.offline) context.sql.replay({}, schema);
}
} // namespace

bool lets_newer_through(PlanSettings settings, const SqlWriter& sql) {
  return settings.newer_syntax && sql.dialect() == Dialect::postgres;
}

std::string note_without_revert(std::string_view why) {
  return fmt::format("There is no way back after contract: {}", why);
}

std::vector<RelationName> tables_of(const Migration& migration, const SqlWriter& sql) {
  std::vector<RelationName> tables;
  for (const OperationSpec& spec : migration.operations) add_names(tables, row_of(spec).tables(spec, sql));
  return tables;
}

std::vector<RelationName> mentions_of(const Migration& migration, const SqlWriter& sql) {
  std::vector<RelationName> names;
  for (const OperationSpec& spec : migration.operations)
    if (row_of(spec).mentions) add_names(names, row_of(spec).mentions(spec, sql));
  return names;
}

std::vector<RelationName> pointing_tables(const Migration& migration, const SqlWriter& sql,
                                          const Schema& schema) {
  std::vector<RelationName> names;
  for (const OperationSpec& spec : migration.operations)
    add_names(names, followed(spec, row_of(spec).tables(spec, sql), schema, sql));
  std::erase_if(names, [&](const RelationName& name) { return schema.find(name) != nullptr; });
  return names;
}

Plan make_plan(const Migration& migration, Schema& schema, const SqlWriter& sql, PlanSettings settings) {
  Plan plan;
  plan.version = migration.version;
  plan.label = migration.label;
  plan.name = migration.name;
  plan.description = migration.description;
  plan.checksum = migration.checksum;
  plan.dialect = sql.dialect();
  int number = 0;
  const bool several = migration.operations.size() > 1;
  const Schema start = several ? schema : Schema{};
  Plan hidden; // what operations of this migration have touched and hide
  std::vector<std::string> attic_reads;
  Together earlier;
  for (const OperationSpec& spec : migration.operations) {
    const OperationRow& row = row_of(spec);
    std::vector<RelationName> names = all_names(spec, sql);
    earlier.refuse_copies(spec, names, migration.label, ++number);
    names = followed(spec, std::move(names), schema, sql);
    const Schema before = part_of(schema, names);
    const OperationContext context = context_of(migration, before, sql, number, settings);
    refuse_module_tables(spec, names, before);
    std::vector<std::string> let_through = check_field_values(spec, row, context);
    OperationPlan operation = row.plan(spec, context);
    operation.notes.insert(operation.notes.begin(), std::make_move_iterator(let_through.begin()),
                           std::make_move_iterator(let_through.end()));
    earlier.look_later(spec, operation);
    if (several) drop_blind_trials(operation, start, before);
    append(operation.reads, implied_reads(operation, before));
    const bool window =
        std::ranges::any_of(operation.steps, [](const Step& s) { return s.phase == Phase::contract; });
    Plan alone, changed;
    add(alone, operation, before, number);
    refuse_names(spec, alone, before, sql);
    // Contract goes operation by operation: what an earlier one only reads is let go before a later one swaps
    // it, unless its sync with the attic reads it further on.
    changed.touches = earlier.kept_from(spec);
    changed.reads = attic_reads;
    std::ranges::copy_if(plan.attic, std::back_inserter(changed.attic), &AtticEntry::whole_table);
    std::string shared = shared_touch(changed, alone);
    if (shared.empty()) shared = hidden_under_index(hidden, alone);
    add_hidden(hidden, alone, spec.type);
    if (!shared.empty() && plan.has(Phase::contract))
      throw Error(ErrorCode::invalid_migration,
                  fmt::format("migration {}: operation {} ({}) touches {}, as an operation before it does",
                              migration.label, number, spec.type, shared),
                  earlier.hint(spec, shared) + ". Nothing was changed.")
          .at(spec.where);
    if (syncs_attic(operation)) append(attic_reads, operation.reads);
    earlier.add(spec, operation, before);
    add(plan, std::move(operation), before, number);
    if (!settings.apply) continue;
    const std::size_t unknown_before = schema.unknown.size();
    apply(row, spec, context, schema, window ? Shape::window : Shape::complete);
    note_unknown(plan, schema, names, unknown_before);
  }
  std::ranges::stable_sort(plan.steps, {}, &Step::phase);
  return plan;
}

Schema after_contract(const Migration& migration, Schema before, const SqlWriter& sql) {
  int number = 0;
  for (const OperationSpec& spec : migration.operations) {
    const Schema previous = before;
    apply(row_of(spec), spec, context_of(migration, previous, sql, ++number), before, Shape::complete);
  }
  return before;
}

bool schema_after_is_exact(const Migration& migration) {
  return std::ranges::all_of(migration.operations,
                             [](const OperationSpec& spec) { return row_of(spec).exact; });
}

Schema empty_schema(Dialect dialect) {
  Schema schema;
  schema.dialect = dialect;
  schema.default_schema = dialect == Dialect::postgres ? "public" : "";
  schema.offline = true;
  return schema;
}

namespace {
constexpr std::string_view k_everything = ".**"; ///< also what is not there yet
}

bool is_part_of(std::string_view touch, std::string_view whole) {
  const std::size_t star = whole.rfind('.');
  if (star == std::string_view::npos || (whole.substr(star) != ".*" && whole.substr(star) != k_everything))
    return false;
  const std::string_view table = whole.substr(0, star);
  return touch.starts_with(table) && touch.size() > table.size()
         && (touch[table.size()] == '.' || touch[table.size()] == '#');
}

std::string shared_touch(const Plan& one, const Plan& other) {
  const auto shared = [](const std::vector<std::string>& some, const std::vector<std::string>& others) {
    const auto found =
        std::ranges::find_if(some, [&](const auto& touch) { return std::ranges::count(others, touch) > 0; });
    return found == some.end() ? std::string() : *found;
  };
  // A table that goes takes along all that another touches of it.
  const auto taken = [](const Plan& goes, const std::vector<std::string>& touches) {
    for (const AtticEntry& entry : goes.attic)
      for (const std::string& touch : touches)
        if (entry.whole_table()
            && (touch.starts_with(display(entry.table) + ".")
                || touch.starts_with(display(entry.table) + "#")))
          return touch;
    return std::string();
  };
  for (const auto& [goes, stays] : {std::pair(&one, &other), std::pair(&other, &one)})
    for (const auto& touches : {stays->touches, stays->reads})
      if (std::string touch = taken(*goes, touches); !touch.empty()) return touch;
  std::string touch = shared(one.touches, other.touches);
  if (touch.empty()) touch = hidden_under_index(one, other);
  if (touch.empty()) touch = hidden_under_index(other, one);
  if (touch.empty()) touch = shared(one.touches, other.reads);
  return touch.empty() ? shared(one.reads, other.touches) : touch;
}

std::string whole_table_touch(const Plan& plan, const Plan& open) {
  const auto part_of = [](const std::string& whole, const Plan& other) {
    for (const auto& touches : {other.touches, other.reads})
      for (const std::string& touch : touches)
        if (is_part_of(touch, whole)) return touch;
    return std::string();
  };
  for (const std::string& whole : plan.touches)
    if (std::string touch = part_of(whole, open); !touch.empty()) return touch;
  for (const std::string& whole : open.touches)
    if (whole.ends_with(k_everything))
      if (std::string touch = part_of(whole, plan); !touch.empty()) return touch;
  return {};
}

} // namespace afloat
