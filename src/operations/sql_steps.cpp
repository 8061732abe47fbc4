#include "operations/sql_steps.hpp"

#include "support/text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat {
namespace {
std::string title_of(const std::vector<Judged>& statements) {
  std::vector<std::string> whats;
  for (const Judged& statement : statements) whats.push_back(statement.facts.what);
  constexpr std::size_t k_named = 2;
  const std::size_t more = whats.size() > k_named + 1 ? whats.size() - k_named : 0;
  if (more > 0) whats.resize(k_named);
  return join(whats, ", ") + (more > 0 ? fmt::format(" and {} more", more) : "");
}

Step blank_step(Phase phase, const std::vector<Judged>& statements) {
  Step step;
  step.phase = phase;
  step.title = title_of(statements);
  for (const Judged& statement : statements) {
    step.statements.push_back(statement.written.statement);
    step.rewrites = step.rewrites || statement.facts.rewrites;
    step.scans = step.scans || statement.facts.scans;
    step.foreign_keys_off = step.foreign_keys_off || statement.facts.foreign_keys == false;
  }
  step.swap = phase == Phase::contract;
  return step;
}

/// The ledger's note is in the same transaction, and may be written by afloat's own role only.
void add_ends(Step& step, const std::vector<Judged>& statements) {
  for (const Judged& statement : statements)
    if (const std::string& end = statement.facts.ended_by; !end.empty())
      if (std::ranges::count(step.statements, end, &Statement::sql) == 0) step.statements.emplace_back(end);
}

void add_locks(Step& step, const std::vector<Judged>& statements, const Schema& before) {
  for (const Judged& statement : statements)
    for (TableLock lock : statement.facts.locks) {
      lock.relation = before.resolved(lock.relation);
      const auto same = std::ranges::find(step.locks, lock.relation, &TableLock::relation);
      if (same == step.locks.end())
        step.locks.push_back(std::move(lock));
      else
        same->level = std::max(same->level, lock.level);
    }
}

Step outside_step(const OperationContext& context, Phase phase, const Judged& statement) {
  Step step = blank_step(phase, {statement});
  step.kind = StepKind::outside;
  const std::string& probe = statement.written.done_when;
  step.done_when = probe.empty() ? statement.facts.done_when
                                 : fmt::format("SELECT CASE WHEN ({}) THEN 'done' ELSE 'absent' END", probe);
  step.cleanup = probe.empty() ? statement.facts.cleanup : std::vector<Statement>();
  // On the way back, what a step forward never came to do is as good as undone.
  step.may_be_done = statement.facts.repeatable || !probe.empty() || phase >= Phase::abort;
  if (step.done_when.empty() && !statement.facts.repeatable)
    throw invalid_sql(
        context, statement.written.where,
        fmt::format(
            "{} runs outside a transaction, and a run that was killed could not know whether it took effect",
            statement.facts.what),
        "Put `-- afloat:done-when SELECT …` above it (in TOML: `done_when`): a query whose one value is true "
        "once "
        "it did.");
  return step;
}

/// What lasts until COMMIT, and stands before a statement that no transaction can have.
void refuse_without_use(const OperationContext& context, const std::vector<Judged>& together,
                        const Judged& outside) {
  const auto lasts = [](const Judged& statement) { return statement.facts.until_commit; };
  if (together.empty() || !std::ranges::all_of(together, lasts)) return;
  throw invalid_sql(context, together.front().written.where,
                    fmt::format("{} ends with its transaction, and {} behind it runs outside of one",
                                together.front().facts.what, outside.facts.what),
                    "Leave it out. A setting can be one of the role for as long: ALTER ROLE … SET …");
}

} // namespace

std::vector<Step> block_steps(const OperationContext& context, const SqlBlock& block,
                              const std::vector<Judged>& statements) {
  std::vector<Step> steps;
  std::vector<Judged> together;
  const auto flush = [&] {
    if (together.empty()) return;
    steps.push_back(blank_step(block.phase, together));
    add_ends(steps.back(), together);
    add_locks(steps.back(), together, context.before);
    together.clear();
  };
  for (const Judged& statement : statements) {
    const bool outside = statement.facts.outside || !statement.written.done_when.empty();
    if (outside) refuse_without_use(context, together, statement);
    if (outside || !block.transaction) flush();
    if (outside) {
      steps.push_back(outside_step(context, block.phase, statement));
      add_locks(steps.back(), {statement}, context.before);
    } else {
      together.push_back(statement);
    }
  }
  flush();
  return steps;
}

} // namespace afloat
