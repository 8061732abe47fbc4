#pragma once

#include <array>
#include <string_view>

namespace afloat::test {

/// What each fuzz target does with one input. It throws for a finding, and must not for anything else.
void check_script(std::string_view input);
void check_markers(std::string_view input);
void check_toml(std::string_view input);

struct FuzzTarget {
  std::string_view name; ///< of its folder in tests/fuzz/corpus/, too
  void (*run)(std::string_view input);
};

inline constexpr std::array k_fuzz_targets{
    FuzzTarget{"script", check_script}, FuzzTarget{"markers", check_markers}, FuzzTarget{"toml", check_toml}};

} // namespace afloat::test
