#include "operations/bare_type.hpp"
#include "operations/common.hpp"
#include "operations/type_change.hpp"
#include "sql/tokens.hpp"

#include <utility>

#include <fmt/format.h>

namespace afloat {

void refuse_type(const OperationSpec& spec, const OperationContext& context, const TypeChange& want) {
  if (std::string more = beyond_a_type(text(spec.fields, "column_type"), "collate"); !more.empty())
    throw invalid(
        spec, context, "column_type", std::move(more),
        "Give the bare type; default, NOT NULL and constraints stay as they are. Nothing was changed.");
  if (want.hidden && want.stored_only && want.type == want.column.type)
    throw invalid(spec, context, "column_type",
                  fmt::format("\"{}\" is of type {} already", want.column.name, want.column.type),
                  "Nothing was changed.");
}

void refuse_column(const OperationSpec& spec, const OperationContext& context, const TypeChange& want) {
  if (!want.column.generated.empty())
    throw invalid(spec, context, "column",
                  fmt::format("\"{}\" is a generated column, which nobody writes", want.column.name),
                  "Add a generated column of the new type and drop the old one. Nothing was changed.");
  if (!want.column.identity.empty())
    throw invalid(
        spec, context, "column",
        fmt::format("\"{}\" is an identity column, whose sequence cannot be moved by a change of type",
                    want.column.name),
        "Nothing was changed.");
  if (is_own_name(want.column.name) || (!want.hidden && is_own_name(want.name)))
    throw invalid(spec, context, want.hidden ? "column" : "to",
                  "names that begin with \"afloat_\" belong to afloat itself", "Nothing was changed.");
  if (!want.hidden) refuse_existing_column(spec, want.table, "to");
}

void refuse_values(const OperationSpec& spec, const OperationContext& context, const TypeChange& want) {
  const std::string change = fmt::format("{} to {}", want.column.type, want.type);
  if (want.up.empty())
    throw invalid(
        spec, context, "column_type",
        fmt::format("not every value can be cast from {}, and nothing says what becomes of \"{}\"", change,
                    want.column.name),
        fmt::format("Add `up`, an expression over the row's columns of type {}, and `down` for the way back. "
                    "Nothing was changed.",
                    want.type));
  if (want.down.empty())
    throw invalid(
        spec, context, "column_type",
        fmt::format("nothing says what the old release reads in \"{}\" when the new one writes \"{}\"",
                    want.column.name, want.name),
        fmt::format("Add `down`, an expression of type {}. Nothing was changed.", want.column.type));
  if (!want.hidden && mentions(want.down, want.table.name.name, want.column.name))
    throw invalid(
        spec, context, "down",
        fmt::format("`down` reads \"{}\", which contract takes away: it may not read what it makes",
                    want.column.name),
        fmt::format("Write it over \"{}\", the name of the new shape. Nothing was changed.", want.name));
  const std::string conflict = text(spec.fields, "conflict");
  if (!conflict.empty() && conflict != "new_wins" && conflict != "reject")
    throw invalid(spec, context, "conflict", fmt::format("\"{}\" is no policy for conflicts", conflict),
                  "It is one of: new_wins, reject. Nothing was changed.");
  if (want.column.default_sql && !columns_read(want.table, want.up, want.column.name).empty())
    throw invalid(spec, context, "up",
                  fmt::format("\"{}\" has a default, and `up` reads other columns, which no default can",
                              want.column.name),
                  "Drop the default first (drop_default), and set one after contract. Nothing was changed.");
}

} // namespace afloat
