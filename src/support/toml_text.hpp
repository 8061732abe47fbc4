#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace afloat {

/// Something in TOML text that the parser must not be given.
struct TomlObstacle {
  std::size_t offset = 0;
  std::string message, hint;
};

/// Finds what toml++ 3.3 does not survive, in text without a byte-order mark: letters outside of ASCII where
/// only keys and values can stand, or in quotes that follow a word (undefined behaviour), and keys of very
/// many parts (a stack overflow). None of it stands in a file that makes sense to afloat. All else is left to
/// the parser.
std::optional<TomlObstacle> find_toml_obstacle(std::string_view text);

} // namespace afloat
