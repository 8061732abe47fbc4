#pragma once

#include "dialect/sql_writer.hpp"

#include <string>
#include <string_view>
#include <vector>

/// The bodies of sync's trigger functions.
namespace afloat::postgres {

/// Old columns whose value on INSERT tells whether it was written: their default is the same for each row.
std::vector<SyncColumn> telling(const Sync& sync);
/// What the columns hold where an INSERT leaves them out, as SQL without casts.
std::string old_default(const Sync& sync, const SyncColumn& old);
std::vector<std::string> new_defaults(const Sync& sync);
/// True if one of these values has names that are not the server's own: ARRAY['sad'::mood].
bool defaults_depend_on_search_path(const Sync& sync);

/// Whether a row that goes to another partition before it is filled must be told from one whose new side was
/// written as NULL: only where the new side has a constant for its default.
bool tells_unfilled(const Sync& sync);
/// Condition on OLD: a row that the backfill has not come to.
std::string left_unfilled(const Sync& sync);

/// An embedded file of sql/ with its placeholders replaced by the parts of this sync.
std::string filled_in(const Sync& sync, std::string_view file);

} // namespace afloat::postgres
