#include "execution/run.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

// What a failure means: nothing changed, half-way, or done already.
namespace afloat {
namespace {
/// What became of what the step had begun, where the database is there to undo it.
std::string_view what_was_undone(const Step& step) {
  switch (step.kind) {
  case StepKind::statements:
    return "This step was undone, those before it stay. ";
  case StepKind::backfill:
    return "This batch was undone, those before it stay. ";
  case StepKind::outside:
  case StepKind::check:
    return {};
  }
  return {};
}

/// Something was done before this step, and stays.
void become_half_way(Error& error, const Plan& plan, const Step& step, bool left_something) {
  const bool lost = error.code == ErrorCode::connection; // when the server undoes it, nobody here sees
  constexpr std::string_view k_again =
      "; nothing was changed by this step, the same command can be run again.";
  if (const std::size_t at = error.hint.find(k_again); at != std::string::npos)
    error.hint.replace(at, k_again.size(), ". ");
  if (!error.hint.empty() && !error.hint.ends_with(' ')) error.hint += ' ';
  error.code = ErrorCode::half_way;
  if (!lost) error.hint += what_was_undone(step);
  error.hint += "The migration stopped half-way: the same command resumes it";
  const auto begun = [&](const Step& other) { return &other < &step || (&other == &step && left_something); };
  const bool forward_only = step.phase > Phase::backfill || step_without_way_back(plan, begun);
  error.hint += forward_only ? "." : fmt::format(", `afloat abort {}` goes back.", plan.label);
}

/// What an `outside` step found before it began, and what can be done about it.
struct Found {
  std::string_view verb, what, hint;
};
constexpr std::array k_found{
    Found{"DROP ", "there is nothing of that name to drop",
          "Correct the name, or write IF EXISTS if it may be gone"},
    Found{"CREATE ", "there is one of that name already, which afloat has not made",
          "Drop it, give the new one another name, or write IF NOT EXISTS where the statement takes it"},
    Found{"", "it is done already, and not by afloat", "Undo it, or take it out of the migration"},
};
} // namespace

Error Runner::done_by_others(const Plan& plan, const Step& step, const Run& run) const {
  const Found& found =
      *std::ranges::find_if(k_found, [&](const Found& row) { return step.title.starts_with(row.verb); });
  Error error(ErrorCode::refused,
              fmt::format("migration {}: step {} ({}): {}", plan.title(), step.id, step.title, found.what),
              std::string(found.hint) + (run.begun ? "." : "; nothing was changed."));
  error.step = step.id;
  if (!step.statements.empty()) {
    error.sql = step.statements.front().sql;
    error.where = place_of_mistake(step.statements.front(), 0);
  }
  if (run.begun) become_half_way(error, plan, step, false);
  return error;
}

bool Runner::read_outcome(const Plan& plan, const Run& run, Error& error) {
  const bool removes = run.end_state.empty(); // an abort takes the migration out of the ledger
  try {
    const auto again = open_database(m.connect);
    const auto entry = Ledger(*again).entry(plan.version);
    const bool over = entry ? entry->state == run.end_state && entry->in_attic == run.in_attic : removes;
    error.hint =
        entry ? fmt::format("The ledger has the migration as {}. ", entry->state)
              : fmt::format("The ledger {} the migration. ", removes ? "no longer has" : "does not have");
    if (over) {
      error.code = ErrorCode::half_way;
      error.hint +=
          "So the COMMIT was done, and nothing of this is left to do: run the same command again for "
          "what comes next.";
    }
    return run.begun || over || (entry && entry->state == run.start_state);
  } catch (const Error&) {
    error.hint = "The server does not answer yet, so it is not known whether it was committed. ";
    return true;
  }
}

void Runner::note_stop(const Plan& plan, const Error& told) noexcept {
  constexpr std::size_t k_longest = 300;
  try {
    const std::string why = replaced(told.message, fmt::format("migration {}: ", plan.title()), "");
    m.database.begin(m.options.lock_timeout);
    m_ledger.note(plan, "stopped", one_line(why, k_longest));
    m_ledger.check_fence(m.lease_token);
    m.database.commit();
  } catch (const std::exception&) { // the error itself says more
    m.database.rollback();
  }
}

void Runner::explain(const Plan& plan, const Step& step, const Error& error, const Run& run) {
  try {
    tell(plan, step, error, run);
  } catch (const Error& told) {
    if (run.begun) note_stop(plan, told);
    throw;
  }
}

void Runner::tell(const Plan& plan, const Step& step, const Error& error, const Run& run) {
  m.clock.wait(
      std::chrono::milliseconds(0)); // a statement that was cancelled by a signal says so in many ways
  Error told = error;
  const bool lost = error.code == ErrorCode::connection;
  const bool refused = error.code == ErrorCode::statement || error.code == ErrorCode::permission;
  const bool waited = error.code == ErrorCode::busy && run.begun; // without it nothing was changed: exit 5
  if (!refused && !lost && !waited) throw told;
  if (refused) told.step = step.id; // what else fails has its cause outside of the file
  if (lost) told.hint.clear();      // what to do next depends on how far it came
  const bool begun = error.sqlstate == "in doubt" ? read_outcome(plan, run, told) : run.begun;
  told.message =
      fmt::format("migration {}: step {} ({}): {}", plan.title(), step.id, step.title, error.message);
  if (told.code == ErrorCode::half_way) throw told;
  if (begun) {
    become_half_way(told, plan, step, run.records.contains(step.id));
    throw told;
  }
  if (error.code != ErrorCode::permission) told.code = ErrorCode::undone;
  if (!told.hint.empty() && !told.hint.ends_with(' ')) told.hint += ' ';
  told.hint += "Everything that this step began was undone: nothing was changed.";
  throw told;
}

} // namespace afloat
