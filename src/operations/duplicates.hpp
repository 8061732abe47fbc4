#pragma once

#include "dialect/sql_writer.hpp"

namespace afloat {

/// Keys that occur more than once, which a unique index would reject: each with the number of its rows.
/// Counted are the rows that must go, all but one of each.
RangeWork duplicates(const Table& table, const Index& index, const SqlWriter& sql);

} // namespace afloat
