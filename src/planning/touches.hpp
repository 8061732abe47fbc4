#pragma once

#include "model/plan.hpp"

#include <string>
#include <string_view>

/// What two plans, or two operations of one, may not have in common.
namespace afloat {

/// "users.phone" and "users#by_phone" are parts of "users.*" and of "users.**".
bool is_part_of(std::string_view touch, std::string_view whole);

/// The first column or table that both plans touch, or empty. Two such windows cannot be open at once.
std::string shared_touch(const Plan& one, const Plan& other);

/// The first column or table of `open` that is on a table which `plan` makes, drops or renames; or of `plan`,
/// on a table of which `open` says "users.**": nothing new comes to it while the window is open. Or empty.
std::string whole_table_touch(const Plan& plan, const Plan& open);

/// The first column that `goes` hides and on which `stays` makes an index, or empty. An index stays with the
/// column that it was made on, and that one is what contract hides: of a renamed column it is the one that
/// bears the new name in the window.
std::string hidden_under_index(const Plan& goes, const Plan& stays);

/// The first index that one of them makes or drops and that is on a column which the other hides, or empty:
/// contract drops it with the column, or makes it anew for the one in its place, and revert the other way
/// round.
std::string index_that_goes(const Plan& one, const Plan& other);

/// Adds what an operation of this type hides of columns that an index may be made on in the same migration.
void add_hidden(Plan& hidden, const Plan& operation, std::string_view type);

} // namespace afloat
