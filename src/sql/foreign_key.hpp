#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace afloat {

/// The parts of "FOREIGN KEY (a, b) REFERENCES t(c, d) ON DELETE SET NULL (a) DEFERRABLE", as PostgreSQL
/// writes it. Names are without quotes, except in `table` and `rest`.
struct ForeignKeyText {
  std::vector<std::string> columns;
  std::string table; ///< as written: public."Order"
  std::vector<std::string> referenced;
  std::string rest; ///< what stands behind: match type, actions, when it is checked, NOT VALID

  bool operator==(const ForeignKeyText&) const = default;
};

/// Empty lists where the text is no such constraint.
ForeignKeyText parse_foreign_key(std::string_view definition);

} // namespace afloat
