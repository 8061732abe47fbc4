#pragma once

#include "dialect/sql_writer.hpp"

#include <string>

/// The expressions of a sync as plpgsql, bound to the row that a trigger sees.
namespace afloat::postgres {

/// Statements that set afloat_new to `up` (or afloat_old to `down`) of NEW; afloat_new_1, afloat_new_2 where
/// the side has several columns. Columns that the expression mentions are variables of a block that is
/// labelled with the table's name, so that bare and qualified names mean NEW's values and the expression
/// stays one that plpgsql evaluates without a query.
std::string derive_new(const Sync& sync);
std::string derive_old(const Sync& sync);

/// plpgsql's rule for a name that is a variable and a column: use_column where a column's own name (new, old,
/// tg_…) would hide a trigger's variable and the expressions are therefore queries.
std::string_view conflict_rule(const Sync& sync);

/// True if an expression of the author means what the search path says that it means: it names something
/// that is not the server's own, or works on values of a type that is not. A function that computes it needs
/// the path and the rights of whoever migrates; as Sync with a condition, that one expression.
bool depends_on_search_path(const Sync& sync);

/// True if up and down are plain copies that cannot fail: identity between columns of one type.
bool is_plain_copy(const Sync& sync);

} // namespace afloat::postgres
