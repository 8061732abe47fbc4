#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

namespace afloat {

/// What the pure function `Read` makes of a text, or has made of it before. Remembers a bounded number of
/// short texts for each thread and each function.
template <auto Read>
auto remembered(std::string_view text) {
  constexpr std::size_t k_most = 256, k_longest = 4096;
  thread_local std::unordered_map<std::string, decltype(Read(text))> known;
  if (text.size() > k_longest) return Read(text);
  const std::string key(text);
  if (const auto found = known.find(key); found != known.end()) return found->second;
  if (known.size() == k_most) known.clear();
  return known.emplace(key, Read(text)).first->second;
}

} // namespace afloat
