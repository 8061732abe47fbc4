#pragma once

#include "model/schema.hpp"

#include <string>

namespace afloat {

/// What an author can do about a change that is refused because of Table::inheritance: a hint, as sentences.
std::string way_out_of_inheritance(const Table& table);
/// The same for a change that keeps two tables in sync, of which one is inherited or partitioned.
std::string way_out_of_two_tables(const Table& one, const Table& other);

} // namespace afloat
