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

/// True if the text of either database says ON `event` and then this word: "delete" and "set" for ON DELETE
/// SET NULL and SET DEFAULT.
bool has_action(std::string_view definition, std::string_view event, std::string_view word);

} // namespace afloat
