#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/pieces.hpp"
#include "dialect/sqlite/scan.hpp"
#include "dialect/sqlite/schema_text.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace afloat::sqlite {
namespace {
/// A CHECK that NULL does not pass would reject the insert before sync has filled the column.
bool check_needs_value(const Constraint& constraint, const std::string& column) {
  if (constraint.kind != ConstraintKind::check) return false;
  const bool mentioned = std::any_of(constraint.columns.begin(), constraint.columns.end(),
                                     [&](const std::string& name) { return same_name(name, column); });
  if (!mentioned) return false;
  const std::vector<Lexeme> text = scan(constraint.definition);
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (const char* word : {"notnull", "coalesce", "ifnull", "typeof"})
      if (text[i].is(word)) return true;
    if (i + 1 < text.size() && text[i].is("not") && text[i + 1].is("null")) return true;
    if (i + 1 < text.size() && text[i].is("is") && !text[i + 1].is("null")) return true;
  }
  return false;
}

/// A trigger has no way to go on after an error of its condition: only what cannot fail may be asked there.
std::string condition_obstacle(const Sync& sync) {
  constexpr std::array k_harmless{
      "coalesce", "date",   "glob",      "hex",    "ifnull",   "iif",       "instr",      "length", "like",
      "lower",    "ltrim",  "max",       "min",    "nullif",   "quote",     "replace",    "round",  "rtrim",
      "sign",     "substr", "substring", "time",   "datetime", "julianday", "json_valid", "trim",   "typeof",
      "unicode",  "upper",  "and",       "or",     "not",      "in",        "between",    "when",   "then",
      "else",     "case",   "is",        "escape", "as",       "cast",      "distinct",   "from"};
  const std::vector<Lexeme> text = scan(sync.up);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i].is("->") || text[i].is("regexp") || text[i].is("match")
        || (i + 1 < text.size() && text[i].is("-") && text[i + 1].is(">")))
      return fmt::format("{} may fail, which would turn the write away", sync.up);
    const bool call = i + 1 < text.size() && text[i].is_name() && text[i + 1].is("(");
    if (call && std::none_of(k_harmless.begin(), k_harmless.end(), [&](const char* name) {
          return text[i].is(name);
        }))
      return fmt::format("{}() may fail, which would turn the write away", text[i].name());
  }
  return {};
}

std::string old_column_obstacle(const Sync& sync, const std::string& old_column) {
  const Table& table = sync.table;
  const std::string name = table.name.name + "." + old_column;
  const Column* column = table.find_column(old_column);
  if (column == nullptr) return {};
  if (!column->generated.empty()) return name + " is a generated column";
  if (is_rowid_alias(table, old_column))
    return name + " is the INTEGER PRIMARY KEY, which is the rowid itself and cannot have a second shape";
  const bool in_key = std::any_of(table.primary_key.begin(), table.primary_key.end(),
                                  [&](const std::string& key) { return same_name(key, old_column); });
  if (in_key && table.without_rowid)
    return name + " is part of the primary key of a table WITHOUT ROWID, which cannot be NULL";
  for (const Constraint& constraint : table.constraints)
    if (!sync.hidden && check_needs_value(constraint, old_column))
      return fmt::format(
          "{} of {} would see {} as NULL when the new release inserts, before sync has filled it",
          one_line(constraint.definition, 120), table.name.name, old_column);
  return {};
}
} // namespace

std::string sync_obstacle(const Sync& sync) {
  const Table& table = sync.table;
  if (lower_case(table.create_sql).starts_with("create virtual"))
    return table.name.name + " is a virtual table";
  if (key_of(table).empty())
    return fmt::format("{} has columns named rowid, _rowid_ and oid, so that no name is left for its rowid",
                       table.name.name);
  if (sync.kind == Sync::Kind::condition) return condition_obstacle(sync);
  if (sync.kind == Sync::Kind::attic || sync.kind == Sync::Kind::watch || sync.kind == Sync::Kind::table)
    return {};
  for (const SyncColumn& column : old_side(sync))
    if (const std::string obstacle = old_column_obstacle(sync, column.name); !obstacle.empty())
      return obstacle;
  return {};
}

} // namespace afloat::sqlite
