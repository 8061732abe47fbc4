#include "verification/verify.hpp"

#include "commands/rows.hpp"
#include "commands/work.hpp"
#include "report/table.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat {
namespace {
std::vector<Verdict> verdicts_of(Work& work, Database& database) {
  Ledger ledger(database);
  work.entries = ledger.entries();
  parse_pending(work);
  std::vector<Verdict> verdicts;
  try {
    check_files(work.migrations, work.entries);
    if (!work.config.any_order) check_order(work.migrations, work.entries);
    verdicts.push_back(
        {Verdict::Level::ok, "files and ledger", fmt::format("{} agree", work.entries.size()), ""});
  } catch (const Error& error) {
    verdicts.push_back({Verdict::Level::failure, "files and ledger", error.message, error.hint});
  }
  for (const LedgerEntry& entry : work.entries)
    if (work.target.includes(entry.version) && (entry.open() || entry.in_attic))
      for (Verdict& verdict : verify_migration(database, ledger.plan(entry.version), entry))
        verdicts.push_back(std::move(verdict));
  for (Verdict& verdict : verify_catalog(database)) verdicts.push_back(std::move(verdict));
  return verdicts;
}

int run_verify(const Arguments& arguments) {
  Work work = load_work(arguments);
  const auto database = connect(work.config, Access::read);
  const std::vector<Verdict> verdicts = verdicts_of(work, *database);
  std::vector<std::vector<std::string>> rows;
  Node::List list;
  for (const Verdict& verdict : verdicts) {
    rows.push_back({std::string(name_of(verdict.level)), verdict.subject, verdict.detail});
    if (!verdict.next.empty()) rows.push_back({"", "", "next: " + verdict.next});
    list.push_back(Node::Object{{"level", std::string(name_of(verdict.level))},
                                {"subject", verdict.subject},
                                {"detail", verdict.detail},
                                {"next", verdict.next}});
  }
  print(arguments, aligned(rows), {{"command", "verify"}, {"results", std::move(list)}});
  return std::ranges::count(verdicts, Verdict::Level::failure, &Verdict::level) > 0 ? 1 : 0;
}
} // namespace

const CommandRow k_verify{"verify",
                          "[VERSION]",
                          1,
                          0,
                          "Check files, sync, indexes, constraints and data",
                          "Checks that files and ledger agree, that the sync triggers of open windows are "
                          "there, enabled and unchanged, that no index is "
                          "invalid and no constraint unvalidated, and compares both shapes in every row. "
                          "Exits with 1 on a failure.",
                          "afloat verify",
                          {},
                          run_verify};

} // namespace afloat
