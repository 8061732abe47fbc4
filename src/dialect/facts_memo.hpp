#pragma once

#include "dialect/sql_writer.hpp"

#include <string>
#include <string_view>
#include <unordered_map>

namespace afloat {

/// The facts of a statement as `read` finds them, or as it found them before: planning asks three times for
/// each. Remembers a bounded number of short statements for each thread and each `Read`.
template <StatementFacts (*Read)(std::string_view)>
StatementFacts remembered_facts(std::string_view statement) {
  constexpr std::size_t k_most = 256, k_longest = 4096;
  thread_local std::unordered_map<std::string, StatementFacts> known;
  if (statement.size() > k_longest) return Read(statement);
  const std::string key(statement);
  if (const auto found = known.find(key); found != known.end()) return found->second;
  if (known.size() == k_most) known.clear();
  return known.emplace(key, Read(statement)).first->second;
}

} // namespace afloat
