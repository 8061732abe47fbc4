#include "dialect/sqlite/foreign_keys.hpp"

#include "dialect/sqlite/expressions.hpp"
#include "support/text.hpp"

#include <charconv>

#include <fmt/format.h>

namespace afloat::sqlite {
namespace {
std::int64_t number(const Value& value) {
  std::int64_t result = 0;
  if (value) std::from_chars(value->data(), value->data() + value->size(), result);
  return result;
}
} // namespace

ForeignKeyCheck::ForeignKeyCheck(Database& database) : m_before(look(database)) {}

std::optional<std::int64_t> ForeignKeyCheck::violations(Database& database, const std::string& table) {
  try {
    return number(
        database.query("SELECT count(*) FROM pragma_foreign_key_check($1)", {Value(table)}).scalar());
  } catch (const Error& error) {
    if (error.code != ErrorCode::statement) throw;
    return std::nullopt;
  }
}

ForeignKeyCheck::State ForeignKeyCheck::look(Database& database) {
  State state;
  for (const auto& row :
       database.query("SELECT name, rowid, rootpage FROM sqlite_schema WHERE type = 'table'").rows)
    state.tables[lower_case(*row[0])] = {row[1].value_or(""), row[2].value_or("")};
  for (const auto& row : database
                             .query("SELECT m.name, f.\"table\" FROM sqlite_schema m, "
                                    "pragma_foreign_key_list(m.name) f WHERE m.type = 'table'")
                             .rows)
    state.children[lower_case(*row[0])].parents.insert(lower_case(*row[1]));
  for (auto& [name, child] : state.children) {
    child.rows = number(database.query("SELECT count(*) FROM " + identifier(name)).scalar());
    child.violations = violations(database, name);
  }
  return state;
}

void ForeignKeyCheck::verify(Database& database) const {
  const State now = look(database);
  const auto was = [&](const std::string& name) {
    const auto found = m_before.children.find(name);
    return found == m_before.children.end() ? Child{{}, 0, 0} : found->second;
  };
  for (const auto& [name, child] : now.children) {
    const Child before = was(name);
    if (!child.violations && before.violations)
      throw Error(
          ErrorCode::statement,
          fmt::format("a foreign key of \"{}\" would name columns that are no key of its table", name),
          "The table that it refers to needs a PRIMARY KEY or UNIQUE on them.");
    if (child.violations.value_or(0) > before.violations.value_or(0))
      throw Error(ErrorCode::statement,
                  fmt::format("{} of \"{}\" would refer to rows that are not there",
                              count_of(*child.violations - before.violations.value_or(0), "row"), name),
                  "Delete these rows first, or keep the keys when you rebuild a table: nothing of other "
                  "tables is deleted in "
                  "silence.");
  }
  for (const auto& [name, child] : m_before.children) {
    const auto after = now.children.find(name);
    if (after == now.children.end() || after->second.rows >= child.rows) continue;
    for (const std::string& parent : child.parents) {
      const auto own = now.tables.find(parent), old = m_before.tables.find(parent);
      if (own == now.tables.end() || old == m_before.tables.end() || own->second == old->second) continue;
      throw Error(ErrorCode::statement,
                  fmt::format("\"{}\" would lose {}, while \"{}\", which it refers to, is rebuilt", name,
                              count_of(child.rows - after->second.rows, "row"), parent),
                  "Delete rows in a migration of its own, without PRAGMA foreign_keys = OFF.");
    }
  }
}

} // namespace afloat::sqlite
