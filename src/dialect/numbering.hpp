#pragma once

#include "model/plan.hpp"
#include "model/schema.hpp"

#include <string>
#include <string_view>

namespace afloat {

/// PostgreSQL: how a column that numbers the rows comes to a table that has some.
struct Numbering {
  RelationName sequence;
  std::string next; ///< expression that draws a number
  Piece make;       ///< behind the column's: the sequence, owned by it, for everyone who may insert
  Piece finish;     ///< when no row is NULL: it becomes the default, or an identity's; no inverse
  Piece give_back;  ///< after `finish`: a plain sequence again, at the same number
};

/// `column`: with its integer type, and `identity` where it is to be one.
Numbering postgres_numbering(const Table& table, const Column& column);

/// True if the expression is a call of nextval() and nothing else: never NULL, and another value each time,
/// so that it may be asked only where the number is stored.
bool draws_number(std::string_view expression);

} // namespace afloat
