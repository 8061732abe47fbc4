#pragma once

#include "model/migration.hpp"
#include "sql/script.hpp"
#include "support/source_text.hpp"

#include <string_view>

namespace afloat {

/// A comment line of a SQL migration that is meant for afloat.
struct Marker {
  std::string_view name; ///< of a row in marker_rows()
  std::string_view rest; ///< what stands behind the name, for markers without keys
  Record options;        ///< its key=value pairs; `batch` is a number, or absent for "auto"
  SourcePosition where;
};

/// Errors: invalid_migration at the word, for what is not known (with the nearest that is), missing, or no
/// number.
Marker parse_marker(const SourceText& source, const ScriptItem& item);

} // namespace afloat
