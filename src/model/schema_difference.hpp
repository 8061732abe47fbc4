#pragma once

#include "model/schema_model.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace afloat {

struct PropertyChange {
  std::string property, before, after; ///< empty: the usual value

  bool operator==(const PropertyChange&) const = default;
};

/// One object that is not the same in two schemas. The side on which it is not there is nothing.
struct ObjectChange {
  std::optional<SchemaObject> before, after;
  std::vector<PropertyChange> properties; ///< where it is on both

  bool operator==(const ObjectChange&) const = default;
  const SchemaObject& object() const { return after ? *after : *before; }
  std::string_view verb() const { return !before ? "added" : !after ? "removed" : "changed"; }
};

/// What leads from the one schema to the other, object by object. The place of a column counts only among
/// columns that both have; what goes or comes with its table is told with it alone. Definitions that servers
/// of different versions write differently are compared by what they mean.
std::vector<ObjectChange> compare(const SchemaModel& before, const SchemaModel& after);

/// A pattern of `ignore`: "table public.log_*", "* of public.audit", "trigger *", and with a property behind
/// a colon "table *: owner". `*` is any text.
bool matches(std::string_view pattern, std::string_view text);
/// Takes away what one of the patterns names; a change of which nothing is left goes.
std::vector<ObjectChange> without_ignored(std::vector<ObjectChange> changes,
                                          std::span<const std::string> patterns);

/// Takes away, and returns, the partitions that come or go below a table that both schemas have: they follow
/// the rows, as the application makes them, and not its schema.
std::vector<ObjectChange> take_partitions(std::vector<ObjectChange>& changes, const SchemaModel& before,
                                          const SchemaModel& after);

} // namespace afloat
