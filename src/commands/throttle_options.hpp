#pragma once

#include "commands/command.hpp"
#include "throttle/settings.hpp"

#include <algorithm>
#include <array>

namespace afloat {

/// The options of a command that may fill rows: its own, then those of [throttle].
template <std::size_t Own>
constexpr auto with_throttle(const std::array<OptionRow, Own>& own) {
  std::array<OptionRow, Own + k_throttle_rows.size() + 1> all{};
  auto next = std::copy(own.begin(), own.end(), all.begin());
  for (const ThrottleRow& row : k_throttle_rows) *next++ = {row.option, "", row.value, row.meaning};
  *next = {"--full-speed", "", "",
           "No rests, and none of the brakes that are on by default: nobody else writes"};
  return all;
}

} // namespace afloat
