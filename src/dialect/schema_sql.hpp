#pragma once

#include "model/schema_difference.hpp"
#include "model/schema_model.hpp"

#include <span>
#include <string>
#include <vector>

namespace afloat {

struct SchemaScript {
  std::vector<std::string> statements; ///< without semicolons, in an order in which they can run
  std::vector<std::string> by_hand;    ///< what no statement is known for, in words
};

/// SQL that turns `from` into `to`. Rows are not looked at: a new NOT NULL, type or constraint may not fit
/// them. `changes` are those to make, as compare(from, to) gives them.
SchemaScript sql_between(const SchemaModel& from, const SchemaModel& to,
                         std::span<const ObjectChange> changes);
SchemaScript sql_between(const SchemaModel& from, const SchemaModel& to);

/// The statements with semicolons; what must be done by hand as comments before them.
std::string script_text(const SchemaScript& script);

} // namespace afloat
