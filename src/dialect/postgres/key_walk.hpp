#pragma once

#include "dialect/key_walk.hpp"
#include "model/schema.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace afloat::postgres {

/// A column of the key that rows are walked by. The operators are those of its index's order; with their
/// schema where that is not pg_catalog, because one that the search_path does not have gives way to another
/// that no index serves (citext in a schema of its own is compared as text).
struct KeyColumn {
  std::string name, type;
  std::string below = "<", at_most = "<=", at_least = ">=", above = ">";
};

/// Stands for the key of work that goes by physical place: where a table has no key, and by_pages().
inline constexpr std::string_view k_place = "ctid";

/// The table's key as it was planned.
std::vector<KeyColumn> key_of(const Table& table);

/// `prefix`: what stands before the columns in a statement that reads other tables too: u.
KeyWalk walked_by_key(const RelationName& table, const std::vector<KeyColumn>& key,
                      const std::string& prefix);

/// By physical place, in the order that the rows are stored in; all of them only where they are in one table.
KeyWalk walked_by_block(const RelationName& table, const std::string& prefix);
std::string place_label(const std::string& prefix); ///< SQL that names a row by it: ctid=(0,1)

/// SQL that names a row by the table's key, or by its place: id=5
std::string row_label(const Table& table, const std::string& prefix);

/// As afloat::with_key_now(), by_pages() and sample_of() say.
RangeWork with_key_now(Database& database, RangeWork work);
std::optional<RangeWork> by_pages(Database& database, const RangeWork& work);
std::string sample_of(Database& database, const RangeWork& work, bool whole_numbers);
std::vector<std::string> quantiles_of(Database& database, const RangeWork& work);

} // namespace afloat::postgres
