#include "operations/sql_steps.hpp"

#include "support/text.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace afloat {
namespace {
constexpr std::size_t k_named = 2; ///< in a title, where there are more than one more

void add_locks(Step& step, const Judged& statement, const Schema& before) {
  for (TableLock lock : statement.facts.locks) {
    lock.relation = before.resolved(lock.relation);
    const auto same = std::ranges::find(step.locks, lock.relation, &TableLock::relation);
    if (same == step.locks.end())
      step.locks.push_back(std::move(lock));
    else
      same->level = std::max(same->level, lock.level);
  }
}

void add_statement(Step& step, const Judged& statement, const Schema& before) {
  step.statements.push_back(statement.written.statement);
  step.rewrites = step.rewrites || statement.facts.rewrites;
  step.scans = step.scans || statement.facts.scans;
  step.foreign_keys_off = step.foreign_keys_off || statement.facts.foreign_keys == false;
  add_locks(step, statement, before);
}

Step blank_step(Phase phase) {
  Step step;
  step.phase = phase;
  step.swap = phase == Phase::contract;
  return step;
}

Step outside_step(const OperationContext& context, Phase phase, const Judged& statement) {
  Step step = blank_step(phase);
  step.title = statement.facts.what;
  add_statement(step, statement, context.before);
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

} // namespace

BlockSteps::BlockSteps(const OperationContext& context, const SqlBlock& block)
    : m_context(context), m_block(block) {}

void BlockSteps::add(Judged statement) {
  const bool outside = statement.facts.outside || !statement.written.done_when.empty();
  if (outside) refuse_without_use(statement);
  if (outside || !m_block.transaction) flush();
  if (outside) return m_steps.push_back(outside_step(m_context, m_block.phase, statement));
  Together& together = m_together;
  if (together.count++ == 0) {
    together.step = blank_step(m_block.phase);
    together.first_where = statement.written.where;
  }
  add_statement(together.step, statement, m_context.before);
  together.until_commit = together.until_commit && statement.facts.until_commit;
  if (together.first_whats.size() <= k_named) together.first_whats.push_back(statement.facts.what);
  if (!statement.facts.ended_by.empty()) together.ends.push_back(statement.facts.ended_by);
}

/// What lasts until COMMIT, and stands before a statement that no transaction can have.
void BlockSteps::refuse_without_use(const Judged& outside) const {
  if (m_together.count == 0 || !m_together.until_commit) return;
  throw invalid_sql(m_context, m_together.first_where,
                    fmt::format("{} ends with its transaction, and {} behind it runs outside of one",
                                m_together.first_whats.front(), outside.facts.what),
                    "Leave it out. A setting can be one of the role for as long: ALTER ROLE … SET …");
}

void BlockSteps::flush() {
  if (m_together.count == 0) return;
  Together together = std::exchange(m_together, {});
  Step& step = together.step;
  const std::size_t more = together.count > k_named + 1 ? together.count - k_named : 0;
  if (more > 0) together.first_whats.resize(k_named);
  step.title = join(together.first_whats, ", ") + (more > 0 ? fmt::format(" and {} more", more) : "");
  // The ledger's note is in the same transaction, and may be written by afloat's own role only.
  for (const std::string& end : together.ends)
    if (std::ranges::count(step.statements, end, &Statement::sql) == 0) step.statements.emplace_back(end);
  m_steps.push_back(std::move(step));
}

std::vector<Step> BlockSteps::steps() && {
  flush();
  return std::move(m_steps);
}

} // namespace afloat
