#pragma once

#include <span>
#include <string>

namespace afloat {

/// A text[] literal for a parameter: {"a","b"}.
inline std::string text_array(std::span<const std::string> items) {
  std::string text = "{";
  for (const std::string& item : items) {
    if (text.size() > 1) text += ',';
    text += '"';
    for (const char c : item) {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
    text += '"';
  }
  return text + "}";
}

} // namespace afloat
