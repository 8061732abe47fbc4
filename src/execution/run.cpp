#include "execution/run.hpp"

#include "support/source_text.hpp"

namespace afloat {

std::optional<SourcePosition> place_of_mistake(const Statement& statement,
                                               std::optional<std::size_t> offset) {
  if (!statement.where.file.ends_with(".sql")) return std::nullopt;
  return place_inside(statement.where, statement.sql, offset.value_or(0));
}

Step closing_step() {
  Step step;
  step.id = "end";
  step.title = "note the end in the ledger";
  return step;
}

} // namespace afloat
