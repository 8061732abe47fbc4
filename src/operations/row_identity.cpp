#include "operations/row_identity.hpp"

#include "model/settings.hpp"
#include "operations/common.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat {
namespace {
bool identifies_rows(const Index& index, const Table& table) {
  return std::ranges::any_of(settings_of(table, index.name), [](const std::string& sql) {
    return sql.find(" REPLICA IDENTITY USING INDEX ") != std::string::npos;
  });
}
} // namespace

std::string identity_lost_with(const Table& table, const Index& index) {
  if (table.publications.empty() || !identifies_rows(index, table)) return {};
  return fmt::format(
      "publication \"{}\" carries {}, and without the index {}, its REPLICA IDENTITY, every UPDATE and "
      "DELETE would fail",
      table.publications.front(), display(table.name), index.name);
}

std::string identity_lost_with(const Table& table, std::string_view column) {
  for (const Index& index : table.indexes)
    if (uses_column(index, table, column))
      if (std::string reason = identity_lost_with(table, index); !reason.empty()) return reason;
  return {};
}

void refuse_lost_identity(const OperationSpec& spec, const OperationContext& context, std::string_view field,
                          const std::string& reason) {
  if (!reason.empty())
    throw invalid(spec, context, field, reason, fmt::format("{} Nothing was changed.", k_keep_identity));
}

} // namespace afloat
