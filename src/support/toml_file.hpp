#pragma once

#include "support/error.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <toml++/toml.h>

namespace afloat {

/// A TOML file that a person wrote, with its lines for messages. Include only where TOML is read: the library
/// is heavy.
struct TomlFile {
  std::string path; ///< for messages
  std::vector<std::string> lines;
  toml::table root;

  SourcePosition at(const toml::source_region& region) const;
};

/// Throws Error with this code, the position, and a hint about what is wrong with the text.
TomlFile parse_toml(std::string path, std::string_view text, ErrorCode code);

/// "a number", for messages.
std::string_view kind_of(const toml::node& node);

} // namespace afloat
