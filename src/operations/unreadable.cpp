#include "operations/unreadable.hpp"

#include "model/passed_on.hpp"
#include "operations/common.hpp"

#include <fmt/format.h>

namespace afloat {

void refuse_unreadable(const OperationSpec& spec, const OperationContext& context, const Field& field,
                       std::string_view error, std::vector<std::string>& notes) {
  if (context.newer_syntax) {
    notes.push_back(passed_on(field.where, error));
    return;
  }
  const std::string_view newer =
      context.sql.dialect() == Dialect::postgres
          ? "; if it is right, and only newer than the parser that afloat has, set `newer_syntax = true` "
            "under [project]"
          : "";
  throw invalid(spec, context, field.name, fmt::format("\"{}\" cannot be read: {}", field.name, error),
                fmt::format("Correct it{}. Nothing was changed.", newer))
      .at(field.where);
}

} // namespace afloat
