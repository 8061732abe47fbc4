#pragma once

#include "dialect/sql_writer.hpp"

#include <string>
#include <vector>

/// How the sequences of a column come to its successor.
namespace afloat::postgres {

/// Of the column that goes.
bool is_identity(const Succession& succession);

/// Behind the swap: the sequences of a serial go with the successor and count in its type. ALTER SEQUENCE
/// waits for each transaction that has drawn a number, so it has no place under the locks of a swap.
std::vector<Step> sequence_steps(const Succession& succession);

/// In the swap, when the successor has its name: identity belongs to one column for good, so the sequence is
/// made anew with its name, settings, grants, comment and place.
std::string move_identity(const Succession& succession);
/// Rows name what else draws numbers from the identity's sequence: it would lose it.
std::string identity_obstacle_query(const Succession& succession);

} // namespace afloat::postgres
