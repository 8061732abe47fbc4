#include "verification/verify.hpp"

#include "execution/range.hpp"
#include "sql/embedded.hpp"
#include "support/text.hpp"

#include <array>

#include <fmt/format.h>

namespace afloat {
namespace {
using Level = Verdict::Level;

bool holds_now(const Guard& guard, const LedgerEntry& entry) {
  return guard.until == Phase::contract ? entry.state == "expanded"
                                        : entry.state == "complete" && entry.in_attic;
}

Verdict compare(Database& database, const Plan& plan, const Step& step, const CompareProgress& progress) {
  const std::string next = fmt::format("correct these rows before `afloat {}`",
                                       step.phase == Phase::purge ? "attic purge" : "contract");
  try {
    const Disagreement found =
        find_disagreements(database, *step.work, [&](std::int64_t rows) { progress(step, rows); });
    if (found.count == 0) return {Level::ok, plan.title(), step.title + ": no difference", ""};
    return {Level::failure, plan.title(),
            fmt::format("{}: {}; first: {}", step.title, count_of(found.count, "row differs", "rows differ"),
                        join(found.first, "; ")),
            next};
  } catch (const Error& error) {
    if (error.code != ErrorCode::statement || step.phase != Phase::purge) throw;
    // The table may have changed since contract: a later migration has renamed its key.
    return {Level::failure, plan.title(),
            fmt::format("{}: cannot be compared any more: {}", step.title, error.message), ""};
  }
}

bool is_asked(const Step& step, const LedgerEntry& entry) {
  if (step.kind != StepKind::check || step.rebuild) return false; // the copy of a rebuild comes later
  if (entry.state == "expanded") return step.phase == Phase::contract;
  return step.phase == Phase::purge && entry.state == "complete" && entry.in_attic;
}
} // namespace

std::string_view name_of(Level level) {
  constexpr std::array<std::string_view, 3> names{"ok", "warning", "failure"};
  return names.at(static_cast<std::size_t>(level));
}

std::vector<Verdict> verify_migration(Database& database, const Plan& plan, const LedgerEntry& entry,
                                      const CompareProgress& progress) {
  std::vector<Verdict> verdicts;
  for (const Guard& guard : plan.guards) {
    if (!holds_now(guard, entry)) continue;
    const std::string answer = database.query(guard.query).scalar().value_or("missing");
    if (answer == "ok")
      verdicts.push_back({Level::ok, plan.title(), guard.subject, ""});
    else
      verdicts.push_back(
          {Level::failure, plan.title(), fmt::format("{}: {}", guard.subject, answer),
           fmt::format("{}make it again as `afloat plan {}` shows it",
                       guard.until == Phase::contract
                           ? fmt::format("writes are not synchronised: `afloat abort {}`, or ", plan.label)
                           : "the way back from contract is not kept: ",
                       plan.label)});
  }
  for (const Step& step : plan.steps)
    if (is_asked(step, entry)) verdicts.push_back(compare(database, plan, step, progress));
  return verdicts;
}

std::vector<Verdict> verify_catalog(Database& database) {
  const bool postgres = database.dialect() == Dialect::postgres;
  const Result result =
      database.query(embedded_sql(postgres ? "postgres/verify_catalog.sql" : "sqlite/verify_catalog.sql"));
  std::vector<Verdict> verdicts;
  for (const auto& row : result.rows)
    verdicts.push_back({row.at(0) == "failure" ? Level::failure : Level::warning, row.at(1).value_or(""),
                        row.at(2).value_or(""), row.at(3).value_or("")});
  if (verdicts.empty()) verdicts.push_back({Level::ok, "catalog", "nothing invalid or unvalidated", ""});
  return verdicts;
}

} // namespace afloat
