#include "report/plan_text.hpp"

#include "model/passed_on.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace afloat {
namespace {
constexpr std::size_t k_detail = 7; ///< column at which the details of a step begin
constexpr std::size_t k_value = 16;

struct PhaseText {
  Phase phase;
  std::string_view meaning;
};
constexpr std::array k_phase_texts{
    PhaseText{Phase::expand, "`afloat expand`, before the new release is deployed"},
    PhaseText{Phase::backfill, "goes on in `afloat expand`; afterwards both releases work"},
    PhaseText{Phase::contract, "`afloat contract`, when the old release is gone"},
    PhaseText{Phase::purge, "`afloat attic purge`, after the retention"},
    PhaseText{Phase::abort, "`afloat abort`, until contract"},
    PhaseText{Phase::revert, "`afloat revert`, after contract, until the purge"},
};

std::string painted(std::string_view text, std::string_view code, bool color) {
  return color ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
}

std::string detail(std::string_view name, std::string_view text) {
  const std::string start = fmt::format("{:{}}{:<{}}", "", k_detail, name, k_value - k_detail);
  return start + folded(text, k_value, k_value) + "\n";
}

std::string lock_text(const TableLock& lock, std::chrono::milliseconds timeout) {
  if (lock.level == LockLevel::database)
    return "the database's write lock: other writers wait, readers do not";
  const std::string effect = blocks_reads(lock.level)    ? "blocks reads and writes"
                             : blocks_writes(lock.level) ? "blocks writes, not reads"
                                                         : "blocks neither reads nor writes";
  return fmt::format(
      "{} {}: {}{}", display(lock.relation), name_of(lock.level), effect,
      blocks_writes(lock.level) ? fmt::format("; tries of {}, then a pause", format_duration(timeout)) : "");
}

/// A DO block or a procedure that a person wrote: its own text does not tell what it does.
bool runs_code(const Statement& statement) {
  const std::string word = lower_case(statement.sql.substr(0, statement.sql.find_first_of(" \t\r\n$'(")));
  return statement.where.line > 0 && (word == "do" || word == "call");
}

std::string cost_text(const Step& step, const Plan& plan) {
  if (std::ranges::any_of(step.statements, runs_code)) return "not known: it runs code";
  if (is_passed_on(step, plan)) return "not known, nor are its locks: a statement cannot be read";
  const std::string rows =
      step.rows ? fmt::format("about {}", count_of(*step.rows, "row")) : "rows not known";
  if (step.kind == StepKind::backfill) return rows + ", in short batches, each a transaction of its own";
  if (step.kind == StepKind::check) return rows + ", read in chunks without locks";
  if (step.rewrites) return "rewrites the table: " + rows;
  if (step.scans) return "reads the whole table: " + rows;
  if (step.locks.empty()) return "no table that was there before";
  const LockLevel strongest = std::ranges::max_element(step.locks, {}, &TableLock::level)->level;
  if (strongest == LockLevel::row_exclusive) return "the rows that it reads and changes";
  return "catalog only: no row is rewritten or read";
}

std::string mode_text(const Step& step) {
  if (step.foreign_keys_off)
    return "one transaction with foreign keys switched off; undone if it leaves rows without their parent";
  switch (step.kind) {
  case StepKind::statements:
    return "one short transaction";
  case StepKind::outside:
    return step.done_when.empty() ? "outside a transaction; a run that was killed runs it again"
                                  : "outside a transaction; a killed run finds and repairs what is left";
  case StepKind::backfill:
    return "resumes behind the last batch";
  case StepKind::check:
    return "stops with exit status 1 if it finds anything";
  }
  return {};
}

std::string indented_sql(std::string_view sql) {
  std::string text;
  for (const std::string& line : split(trimmed(sql), '\n'))
    text += line.empty() ? "\n" : fmt::format("{:{}}{}\n", "", k_detail + 2, line);
  if (!text.empty() && !trimmed(sql).ends_with(';')) text.insert(text.size() - 1, ";");
  return text;
}

std::string work_text(const RangeWork& work) {
  return indented_sql(work.next_bound.empty() ? work.in_range_from_start : work.in_range);
}

std::string step_text(const Step& step, const Plan& plan, const PlanTextOptions& options) {
  std::string text =
      step_margin(step)
      + painted(folded(step.title, k_detail, k_detail), step.destroys ? "1;31" : "1", options.color) + "\n";
  std::vector<std::string> locks; // SQLite has one for all tables
  for (const TableLock& lock : step.locks)
    if (const std::string line = lock_text(lock, options.lock_timeout); std::ranges::count(locks, line) == 0)
      locks.push_back(line);
  for (const std::string& lock : locks) text += detail("locks", lock);
  text += detail("cost", cost_text(step, plan));
  text += detail("runs", mode_text(step));
  if (!step.undo.empty()) text += detail("undo", step.undo);
  for (const Statement& statement : step.statements) text += indented_sql(statement.sql);
  if (step.work) text += work_text(*step.work);
  return text;
}
} // namespace

std::string step_margin(const Step& step) {
  return fmt::format("  {:<4} ", step.id);
}

std::string plan_text(const Plan& plan, const PlanTextOptions& options) {
  std::string text = painted(fmt::format("Migration {}", plan.title()), "1", options.color) + "\n";
  if (!plan.description.empty()) text += "  " + folded(plan.description, 2, 2) + "\n";
  for (const PhaseText& phase : k_phase_texts) {
    if (!plan.has(phase.phase)) continue;
    text += fmt::format("\n{}  {}\n", painted(name_of(phase.phase), "1;36", options.color), phase.meaning);
    for (const Step& step : plan.steps)
      if (step.phase == phase.phase) text += step_text(step, plan, options);
  }
  if (!plan.has(Phase::contract) && !options.way)
    text += "\nThere is nothing to contract: the migration is complete after expand.\n";
  if (!plan.notes.empty()) text += "\n" + painted("What it can hurt", "1;33", options.color) + "\n";
  for (const std::string& note : plan.notes) text += "  - " + folded(note, 4, 4) + "\n";
  return text;
}

} // namespace afloat
