#pragma once

#include "dialect/database.hpp"
#include "model/schema.hpp"

namespace afloat::postgres {

/// See read_habits() in dialect/inspector.hpp.
void read_habits(Database& database, Schema& schema);

struct Use {
  RelationName table; ///< as the statement has it: perhaps without schema
  std::string_view what;

  bool operator==(const Use&) const = default;
};
/// The tables whose columns a statement uses without naming them, in the order of the text; nothing for a
/// statement that the parser does not know.
std::vector<Use> unnamed_uses(const std::string& sql);

/// One line for people, at most 60 bytes: no comments, and no strings, which may hold values.
std::string shortened(std::string_view sql);

} // namespace afloat::postgres
