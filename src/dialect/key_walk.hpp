#pragma once

#include "dialect/database.hpp"
#include "model/plan.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace afloat {

/// A table in ranges of its key: the bounds, the conditions that a row is in a range, and SQL that names a
/// row.
struct KeyWalk {
  RangeWork work;
  std::string condition, condition_from_start, label;
};

/// What stands before a key's columns in the work's statements: u. in `u."id" <= {upto}`, or nothing.
/// `last`: the key's last column as it stands there, quoted.
std::string prefix_in(const RangeWork& work, std::string_view last);

/// The work, which was made with `planned`, as `now` has it.
RangeWork walked_anew(RangeWork work, const KeyWalk& planned, const KeyWalk& now);

/// The same work over the table's primary key as it is now: the contract of another operation may have given
/// its columns other names and types since the work was planned. As it is where the table has none.
RangeWork with_key_now(Database& database, RangeWork work);

/// The work as it was planned, over the table's pages in their order instead of its key, which reads each of
/// them once; a row is named by its place. Nothing where the rows are in several tables (a place is one in
/// each of them), where pages cannot be asked for, and on SQLite, whose key is the order that the rows are
/// in. Only for reading one moment: an UPDATE puts a row on another page, also on one that has been read.
std::optional<RangeWork> by_pages(Database& database, const RangeWork& work);

/// A query of the few rows behind {after}, a value of the work's first key column: the first and the last of
/// their keys where these are whole numbers (else NULL), how many rows, and about how many bytes a change of
/// them writes anew. Reads what the catalogs say of the columns.
std::string sample_of(Database& database, const RangeWork& work, bool whole_numbers = true);
/// The same with names as SQL. `bytes`: of a row.
std::string sample_query(const std::string& table, const std::string& key, const std::string& bytes,
                         bool whole_numbers = true);
/// Values of the work's first key column between which equally many rows are, the first and the last one
/// among them, as literals, as the statistics of ANALYZE have them. Empty where there are none, where many
/// rows have the same value, and on SQLite.
std::vector<std::string> quantiles_of(Database& database, const RangeWork& work);

} // namespace afloat
