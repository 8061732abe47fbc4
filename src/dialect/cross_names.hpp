#pragma once

#include "dialect/cross_sync.hpp"

#include <string>
#include <vector>

namespace afloat {

/// The names of one side of the pairs: `&CrossColumn::source` or `&CrossColumn::target`.
inline std::vector<std::string> names_of(const std::vector<CrossColumn>& pairs,
                                         std::string CrossColumn::* side) {
  std::vector<std::string> names;
  for (const CrossColumn& pair : pairs) names.push_back(pair.*side);
  return names;
}

} // namespace afloat
