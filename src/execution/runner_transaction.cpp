#include "execution/measure.hpp"
#include "execution/run.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

// Transactions: statements, the fence, and the ladder of locks.
namespace afloat {
namespace {
/// How many of the first, at most `most`, go in one message: those that need no answer, and that differ. Of
/// two that are the same, nobody could say which one failed.
std::size_t together(std::span<const Statement> statements, std::size_t most) {
  std::set<std::string_view> texts;
  std::size_t count = 0;
  while (count < std::min(statements.size(), most) && !statements[count].must_change
         && texts.insert(statements[count].sql).second)
    ++count;
  return count;
}
} // namespace

void Runner::execute(const Step& step, const std::vector<Statement>& statements) {
  // One round trip for what needs no answer; on SQLite there are none, and a kill can come between any two.
  const std::size_t most = m.database.dialect() == Dialect::postgres ? statements.size() : 1;
  for (auto next = statements.begin(); next != statements.end();) {
    m.observer.reached("before statement " + step.id);
    if (const std::size_t plain = together({next, statements.end()}, most); plain > 0) {
      run_batch(std::span(&*next, plain));
      next += static_cast<std::ptrdiff_t>(plain);
      continue;
    }
    const Statement& statement = *next++;
    const Result result = m.database.query(statement.sql);
    const std::int64_t changed =
        result.columns.empty() ? result.affected : static_cast<std::int64_t>(result.rows.size());
    if (changed == *statement.must_change) continue;
    Error error(ErrorCode::statement,
                fmt::format("a statement changed {} where the plan expects {}", count_of(changed, "row"),
                            *statement.must_change),
                "The schema is not what the plan was made from any more.");
    error.sql = statement.sql;
    throw error;
  }
}

void Runner::run_batch(std::span<const Statement> statements) {
  std::vector<std::string_view> texts;
  for (const Statement& statement : statements) texts.emplace_back(statement.sql);
  try {
    m.database.batch(texts);
  } catch (Error& error) {
    const auto failed = std::ranges::find(statements, error.sql, &Statement::sql);
    if (failed != statements.end()) error.where = place_of_mistake(*failed, error.offset);
    throw;
  }
}

void Runner::transaction(const Step& step, const std::function<void()>& body, const Ladder& ladder,
                         const Missed& missed) {
  const auto attempt = [&] {
    if (step.foreign_keys_off) m.database.without_foreign_keys();
    m.database.begin(m.options.lock_timeout);
    try {
      body();
      m_ledger.check_fence(m.lease_token);
      m.observer.reached("before commit " + step.id);
      commit(step);
    } catch (...) {
      m.database.rollback();
      throw;
    }
    m.observer.reached("after commit " + step.id);
  };
  climb_locks(step, attempt, ladder, missed);
}

/// What is only checked then is the fault of no one statement: the line is that of the block.
void Runner::commit(const Step& step) {
  try {
    m.database.commit();
  } catch (Error& error) {
    if (error.code != ErrorCode::statement) throw;
    error.message = "at COMMIT: " + error.message;
    if (!step.statements.empty() && step.statements.front().where.line > 0) {
      error.where = step.statements.front().where;
      error.where->column = 0;
    }
    throw;
  }
}

void Runner::climb_locks(const Step& step, const std::function<void()>& attempt, const Ladder& ladder,
                         const Missed& missed) {
  std::string who;
  try {
    climb(ladder, m.clock, m_random, attempt, [&](Error& error, int tries, std::chrono::milliseconds pause) {
      who = name_blockers(step, error);
      if (missed) missed(who);
      m.reporter.lock_missed(step, error.message + who, tries, pause);
    });
  } catch (Error& error) {
    if (error.code == ErrorCode::busy && !error.sqlstate.empty()) error.message += who;
    throw;
  }
}

std::string Runner::name_blockers(const Step& step, Error& error) {
  std::vector<TableLock> wanted = step.locks;
  if (wanted.empty() && step.work) wanted.push_back({step.work->table, LockLevel::row_exclusive});
  // Weak locks are waited for by rows, which anybody may have locked but those who only read.
  for (TableLock& lock : wanted)
    if (lock.level < LockLevel::share_update_exclusive) lock.level = LockLevel::exclusive;
  std::vector<std::string> relations, names;
  for (const auto& [name, level] : wanted) {
    relations.push_back(fmt::format("{} IN {} MODE", quoted_table(name), name_of(level)));
    names.push_back(fmt::format("\"{}\"", display(name)));
  }
  std::string who;
  try {
    for (const Blocker& blocker : m.database.blockers(relations)) {
      std::vector<std::string> known{blocker.application, blocker.state};
      std::erase(known, "");
      who += fmt::format("; pid {} ({}{}) holds it{}", blocker.pid, join(known, ", "),
                         blocker.age.empty() ? "" : " for " + blocker.age,
                         blocker.statement.empty() ? "" : ": " + one_line(blocker.statement, 80));
    }
  } catch (const Error&) { // who blocks is a comfort; not to know it must not hide that we are blocked
  }
  error.message = fmt::format("could not lock {}", names.empty() ? "the database" : join(names, ", "));
  error.hint = "End that session, or let the tries go on longer (`lock_total`); nothing was changed by this "
               "step, the same command can be run again.";
  return who;
}

} // namespace afloat
