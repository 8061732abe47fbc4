#pragma once

#include "dialect/key_walk.hpp"
#include "model/schema.hpp"

#include <string>

namespace afloat::sqlite {

/// A table in ranges of its rowid, or of its key WITHOUT ROWID. `prefix`: what stands before the columns in a
/// statement that reads other tables too: u. `only`: a condition on the table's rows, without which they are
/// left out of the ranges, or empty.
KeyWalk ranges_of(const Table& table, const std::string& prefix, const std::string& only = "");

/// As afloat::with_key_now() and sample_of() say: people know a row by its primary key, whatever it is walked
/// by.
RangeWork with_key_now(Database& database, RangeWork work);
std::string sample_of(Database& database, const RangeWork& work);

} // namespace afloat::sqlite
