#include "operations/joined.hpp"

#include "model/fields.hpp"
#include "model/schema.hpp"
#include "sql/tokens.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace afloat {
namespace {
Field& field_of(OperationSpec& spec, std::string_view name) {
  return *std::ranges::find(spec.fields, name, &Field::name);
}

/// Lets the expression, if it is there, name the column otherwise. False where it cannot be told which column
/// is meant: the name in other capital letters is another one on PostgreSQL alone.
bool renames(OperationSpec& spec, std::string_view field, const std::string& from, const std::string& to) {
  if (!find(spec.fields, field)) return true;
  bool sure = true;
  const std::string expression =
      replace_columns(text(spec.fields, field), parse_relation(text(spec.fields, "table")).name,
                      [&](std::string_view name) -> std::optional<std::string> {
                        if (name == from) return "\"" + replaced(to, "\"", "\"\"") + "\"";
                        if (lower_case(name) == lower_case(from)) sure = false;
                        return std::nullopt;
                      });
  field_of(spec, field).value = expression;
  return sure;
}

std::optional<OperationSpec> pair_of(const OperationSpec& one, const OperationSpec& next) {
  const bool rename_first = one.type == "rename_column";
  const OperationSpec &rename = rename_first ? one : next, &change = rename_first ? next : one;
  if (rename.type != "rename_column" || change.type != "change_type") return std::nullopt;
  const std::string from = text(rename.fields, "from"), to = text(rename.fields, "to");
  if (text(rename.fields, "table") != text(change.fields, "table")
      || text(change.fields, "column") != (rename_first ? to : from) || find(change.fields, "to")
      || find(rename.fields, "upsert") || find(rename.fields, "attic"))
    return std::nullopt;
  OperationSpec both = change;
  both.where = next.where;
  field_of(both, "column") = {"column", from, where(rename, "from")};
  both.fields.push_back({"to", to, where(rename, "to")});
  // `up` reads the column by the name that it has there, `down` by the one that it gets.
  const bool sure = rename_first ? renames(both, "up", to, from) : renames(both, "down", from, to);
  return sure ? std::optional(std::move(both)) : std::nullopt;
}
} // namespace

std::vector<OperationSpec> joined(std::vector<OperationSpec> operations) {
  std::vector<OperationSpec> all;
  for (OperationSpec& spec : operations) {
    auto both = all.empty() ? std::nullopt : pair_of(all.back(), spec);
    if (both)
      all.back() = std::move(*both);
    else
      all.push_back(std::move(spec));
  }
  return all;
}

} // namespace afloat
