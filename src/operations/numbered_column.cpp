#include "operations/numbered_column.hpp"

#include "dialect/numbering.hpp"
#include "operations/common.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

namespace afloat {
namespace {
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> k_serial{{{"smallserial", "smallint"},
                                                                                 {"serial2", "smallint"},
                                                                                 {"serial", "integer"},
                                                                                 {"serial4", "integer"},
                                                                                 {"bigserial", "bigint"},
                                                                                 {"serial8", "bigint"}}};
constexpr std::array<std::pair<std::string_view, std::int64_t>, 3> k_integers{
    {{"smallint", INT16_MAX}, {"integer", INT32_MAX}, {"bigint", INT64_MAX}}};

/// The integer type behind a serial one, or empty.
std::string_view serial_type(std::string_view type) {
  const std::string name = lower_case(type);
  const auto found = std::ranges::find(k_serial, name, [](const auto& row) { return row.first; });
  return found == k_serial.end() ? std::string_view() : found->second;
}

void refuse_other_keys(const OperationSpec& spec, const OperationContext& context) {
  for (const std::string_view key : {"up", "default", "generated"})
    if (!text(spec.fields, key).empty())
      throw invalid(spec, context, key, fmt::format("a column that numbers the rows takes no `{}`", key),
                    "Its values come from its sequence. Nothing was changed.");
}

void refuse_type(const OperationSpec& spec, const OperationContext& context, const Table& table,
                 const Column& column) {
  const auto integer = std::ranges::find(k_integers, column.type, [](const auto& row) { return row.first; });
  if (integer == k_integers.end())
    throw invalid(spec, context, "column_type", fmt::format("\"{}\" cannot count rows", column.type),
                  "Use `smallint`, `integer` or `bigint`. Nothing was changed.");
  if (table.rows && *table.rows > integer->second)
    throw invalid(spec, context, "column_type",
                  fmt::format("{} has about {} rows, and {} counts to {}", display(table.name), *table.rows,
                              column.type, integer->second),
                  "Use `bigint`. Nothing was changed.");
}
} // namespace

bool wants_numbers(const OperationSpec& spec) {
  return !text(spec.fields, "identity").empty() || !serial_type(text(spec.fields, "column_type")).empty();
}

void make_numbered(const OperationSpec& spec, Column& column) {
  if (const std::string_view type = serial_type(column.type); !type.empty()) column.type = type;
  std::string when = text(spec.fields, "identity");
  std::ranges::transform(when, when.begin(), [](char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; });
  column.identity = when;
  column.not_null = true;
}

void refuse_unfit_numbers(const OperationSpec& spec, const OperationContext& context, const Table& table,
                          const Column& column) {
  const std::string_view field = column.identity.empty() ? "column_type" : "identity";
  if (context.sql.dialect() == Dialect::sqlite)
    throw invalid(spec, context, field, "SQLite numbers rows by INTEGER PRIMARY KEY alone",
                  "A table has one as it is made. Nothing was changed.");
  if (!column.identity.empty() && column.identity != "ALWAYS" && column.identity != "BY DEFAULT")
    throw invalid(spec, context, "identity",
                  fmt::format("\"{}\" is no kind of identity", text(spec.fields, "identity")),
                  "Use \"always\" or \"by default\". Nothing was changed.");
  if (!column.identity.empty() && !serial_type(text(spec.fields, "column_type")).empty())
    throw invalid(spec, context, "column_type", "a serial type and `identity` are two ways for one thing",
                  "Use `bigint` with `identity`. Nothing was changed.");
  refuse_other_keys(spec, context);
  refuse_type(spec, context, table, column);
  if (!column.identity.empty() && table.partitioned)
    throw invalid(spec, context, "identity",
                  fmt::format("{} is partitioned, and before PostgreSQL 17 a partition's own inserts would "
                              "draw no number",
                              display(table.name)),
                  "Use `column_type = \"bigserial\"`. Nothing was changed.");
  const RelationName sequence = postgres_numbering(table, column).sequence;
  const auto same = [&](const Sequence& other) { return other.name == sequence; };
  if (std::ranges::any_of(context.before.sequences, same)
      || std::ranges::count(context.before.known, sequence) > 0)
    throw invalid(spec, context, "column", fmt::format("there is a {} already", display(sequence)),
                  "Its sequence would have this name: rename the other one. Nothing was changed.");
}

} // namespace afloat
