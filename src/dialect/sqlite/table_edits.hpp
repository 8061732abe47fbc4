#pragma once

#include "model/plan.hpp"

#include <span>
#include <string>
#include <string_view>

/// Edits of a CREATE TABLE statement for a rebuild: pure functions of text, like those of schema_text.hpp.
/// All throw Error `statement` naming why when the text is not what they can edit.
namespace afloat::sqlite {

/// The words that TableEdit::what may be:
/// - drop_column NAME: with what its definition says; constraints of the table that use it must go first
/// - give_up_column NAME: the same; until the swap, a write of another value than its default is refused
/// - drop_constraints_of COLUMN: CHECK, UNIQUE and FOREIGN KEY that have the column, wherever they stand
/// - drop_constraint TEXT: one of that definition (Constraint::definition), the first in the text
/// - add_constraint TEXT: of the table, such as `CONSTRAINT x UNIQUE (a, b)` or `PRIMARY KEY (id)`
/// - set_options TEXT: behind the closing parenthesis: `STRICT, WITHOUT ROWID`, or nothing
/// - set_definition COLUMN TEXT: the column's definition becomes TEXT, which begins with its name
std::string edited(std::string_view create_table, std::span<const TableEdit> edits);

std::string drop_constraints_of(std::string_view create_table, std::string_view column);

/// The same table under another name, also where its own expressions are qualified with it.
std::string with_name(std::string_view create_table, std::string_view name);

} // namespace afloat::sqlite
