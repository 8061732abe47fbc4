#pragma once

#include "commands/looking.hpp"
#include "commands/work.hpp"
#include "execution/range.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What abort and revert share, and what tells whether the second is still possible.
namespace afloat {

/// What `afloat VERB` without a version means, and how it says that there are several.
struct BackTarget {
  std::string_view verb;    ///< "abort"
  std::string_view several; ///< "several windows are open"
  std::function<bool(const LedgerEntry&)> fits;
};
/// The migration that was named, else the only one that fits; null if none does. Error refused where the one
/// that was named has not been started, usage where several fit.
const LedgerEntry* chosen(const Work& work, const BackTarget& target);

/// The newest migration that was contracted, if that has left nothing to purge: it can come back all the
/// same. Null where there is none.
const LedgerEntry* newest_without_attic(const Work& work, Ledger& ledger);

/// The files, and what the ledger has. Files are not parsed.
Work load_started(const Arguments& arguments);

/// A command of the way back, and the member of its JSON document that names what went.
struct WayBack {
  std::string_view command, done;
};
/// Ends one that finds nothing to do: notes what a killed run has left, and prints. Returns the exit status.
int nothing_to_do(const Arguments& arguments, const Work& work, const WayBack& way, const std::string& text);

/// The same entry as the ledger has it now, under the lease. Error refused where another process has aborted
/// it.
LedgerEntry still_there(Ledger& ledger, const LedgerEntry& entry);

/// Refuses to go back from a migration while a later one uses what it made or changed. `verb`: "Abort".
void refuse_built_upon(Ledger& ledger, const Work& work, const Plan& plan, std::string_view verb);

/// Where the way back (`way`: abort or revert) is missing, or was begun and did none of its steps, the file
/// may have been given a better one since: then the plan has it. Error invalid_migration for a file that
/// cannot be read.
void take_written(WritingSession& session, const Work& work, const LedgerEntry& entry, Phase way,
                  bool missing, Plan& plan);
/// The part of a hint that says so, with a space behind it.
std::string write_way_back(Phase way);

/// The rows as lines of their own, with a line of dots where there are more.
std::string listed(const Disagreement& found);

/// Why `afloat revert` of this migration is refused whatever the rows are, or nothing.
struct Refusal {
  std::string why, hint;
};
std::optional<Refusal> revert_refusal(const Plan& plan, const LedgerEntry& entry, Ledger& ledger,
                                      const Config& config);

/// One question of Plan::revert_losses, answered.
struct RevertLoss {
  std::string what, remedy;
  bool acceptable = false; ///< by --accept-data-loss
  Disagreement found;
};

/// Whether a revert could begin now. Reads the tables without locks.
struct RevertOutlook {
  std::vector<RevertLoss> losses;   ///< only those that were found
  std::optional<std::int64_t> rows; ///< that were looked at, of the largest table; if not `whole` the fewest
  bool whole = true;                ///< false: the time was over before all rows were looked at
};
/// `most`: seconds after which the rest is left out, shared among the questions; nothing looks at all.
/// `looking`: told of what is looked at, where that is not null.
RevertOutlook revert_outlook(Database& database, const Plan& plan, std::optional<double> most,
                             Looking* looking = nullptr);
/// The words for a look at what may be in the way of going back.
std::string looked_for(const Loss& loss);

/// "yes, all 1,204,551 rows" or "3 rows cannot (…), first: …".
std::string outlook_text(const RevertOutlook& outlook);
Node outlook_node(const RevertOutlook& outlook);

} // namespace afloat
