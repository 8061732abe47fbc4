#pragma once

#include "model/schema_difference.hpp"

#include <string>
#include <vector>

#include <fmt/format.h>

namespace afloat::test {

/// One line a change: "changed table shop.orders: row security:  -> yes".
inline std::string summary(const std::vector<ObjectChange>& changes) {
  std::string text;
  for (const ObjectChange& change : changes) {
    text += fmt::format("{} {}", change.verb(), display(change.object()));
    std::string separator = ": ";
    for (const PropertyChange& property : change.properties) {
      text += fmt::format("{}{}: {} -> {}", separator, property.property, property.before, property.after);
      separator = "; ";
    }
    text += "\n";
  }
  return text;
}

} // namespace afloat::test
