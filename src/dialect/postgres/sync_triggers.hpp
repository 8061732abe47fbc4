#pragma once

#include "dialect/sql_writer.hpp"

#include <string>
#include <string_view>
#include <vector>

/// The triggers of a sync as they are put together. Internal to sync.cpp and sync_counting.cpp.
namespace afloat::postgres {

/// A trigger with the function that it calls.
struct SyncTrigger {
  std::string name;     ///< of the trigger
  std::string event;    ///< INSERT, UPDATE, UPDATE OF "a", "b"
  std::string when;     ///< what must hold, may be empty
  std::string function; ///< qualified
  std::string body;
  bool definer = false; ///< runs with its owner's rights, and so names the schema of all that it uses
  std::string_view enabled = "ALWAYS"; ///< also for rows that arrive by logical replication; or REPLICA
  bool for_each_row = true;
  bool with_path = false; ///< has words of an author: runs with its owner's rights and search path
  bool in_batches = true; ///< of an UPDATE: a batch of the backfill would fire it, and must not
};

/// "!afloat_<id>_<rest>", cut to what fits. '~' sorts behind what users call their triggers.
std::string own_name(const Sync& sync, std::string_view prefix, std::string_view rest);
/// The prefix that sorts before every trigger of the user.
std::string first(const Sync& sync);
/// With a function of its own, whose body is the file of sql/ filled in.
SyncTrigger make_trigger(const Sync& sync, std::string_view prefix, std::string_view what, std::string event,
                         std::string_view file);
/// Of an UPDATE that may write a side of the sync.
std::string update_event(const Sync& sync);

bool counts(const Sync& sync);
std::string writes_sequence(const Sync& sync); ///< how many, qualified
std::string last_sequence(const Sync& sync);   ///< when the last was, in milliseconds
/// Where counts(sync).
void append_counting(const Sync& sync, std::vector<SyncTrigger>& triggers);

} // namespace afloat::postgres
