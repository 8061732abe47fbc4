#include "dialect/postgres/model_inherited.hpp"

#include "dialect/postgres/model_lists.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <set>
#include <string_view>

namespace afloat::postgres {
namespace {
using Columns = std::vector<const SchemaObject*>;

bool is_own(const SchemaObject* column) {
  return column->value("inherited").empty();
}

/// What a partition has from its parent when it is made as one.
bool is_as_in_parent(const SchemaObject* column, const SchemaObject* parent) {
  constexpr std::array<std::string_view, 6> k_handed_down{"type",      "collation", "default",
                                                          "generated", "not null",  "server options"};
  return column->name == parent->name && !is_own(column)
         && std::ranges::all_of(k_handed_down, [&](auto property) {
              return column->value(property) == parent->value(property);
            });
}

class Latecomers {
 public:
  explicit Latecomers(const Columns& objects) {
    for (const SchemaObject* object : objects) {
      if (object->kind == "column") m_columns[object->table].push_back(object);
      if (object->kind == "table" && !object->value("inherits").empty())
        m_parents.emplace(object->name, parents_of(*object));
    }
  }

  LateColumns run() {
    std::size_t known = 0;
    do {
      known = m_late.all.size();
      for (const auto& [table, parents] : m_parents) look_at(m_columns[table], parents);
    } while (m_late.all.size() != known);
    if (known != 0) put_in_order();
    return std::move(m_late);
  }

 private:
  bool is_late(const SchemaObject* column) const { return m_late.all.contains(column); }

  /// First what the parents had when the table was made, then its own, then what came to any of them later.
  void look_at(const Columns& columns, const std::vector<std::string>& parents) {
    if (std::ranges::all_of(columns, is_own)) return; // attached
    std::vector<std::string_view> expected;
    for (const std::string& parent : parents)
      for (const SchemaObject* column : m_columns[parent])
        if (!is_late(column) && std::ranges::find(expected, column->name) == expected.end())
          expected.push_back(column->name);
    std::size_t at = 0;
    while (at < std::min(columns.size(), expected.size()) && columns[at]->name == expected[at]) ++at;
    while (at < columns.size() && is_own(columns[at]) && !is_late(columns[at])) ++at;
    for (; at < columns.size(); ++at)
      is_own(columns[at]) ? mark(columns[at]) : mark_origin(columns[at], parents);
  }

  void mark(const SchemaObject* column) { m_late.all.insert(column); }

  void mark_origin(const SchemaObject* column, const std::vector<std::string>& parents) {
    mark(column);
    for (const SchemaObject* other : in_parents(column, parents)) {
      if (is_own(other))
        mark(other);
      else if (const auto above = m_parents.find(other->table); above != m_parents.end())
        mark_origin(other, above->second);
    }
  }

  Columns in_parents(const SchemaObject* column, const std::vector<std::string>& parents) {
    Columns found;
    for (const std::string& parent : parents)
      for (const SchemaObject* other : m_columns[parent])
        if (other->name == column->name) found.push_back(other);
    return found;
  }

  /// Where a late column is added: itself, or what it has from further up.
  void origins(const SchemaObject* column, std::set<const SchemaObject*>& found) {
    const auto parents = m_parents.find(column->table);
    if (is_own(column) || parents == m_parents.end()) {
      found.insert(column);
      return;
    }
    for (const SchemaObject* other : in_parents(column, parents->second)) origins(other, found);
  }

  /// As each table has them behind one another.
  void put_in_order() {
    std::map<const SchemaObject*, std::set<const SchemaObject*>> before;
    std::vector<const SchemaObject*> waiting;
    for (const auto& [table, columns] : m_columns) {
      std::set<const SchemaObject*> earlier;
      for (const SchemaObject* column : columns) {
        if (!is_late(column)) continue;
        std::set<const SchemaObject*> now;
        origins(column, now);
        for (const SchemaObject* origin : now) before[origin].insert(earlier.begin(), earlier.end());
        earlier.insert(now.begin(), now.end());
        if (is_own(column)) waiting.push_back(column);
      }
    }
    const auto is_free = [&](const SchemaObject* column) {
      return std::ranges::none_of(waiting, [&](const SchemaObject* other) {
        return other != column && before[column].contains(other);
      });
    };
    while (!waiting.empty()) {
      auto next = std::ranges::find_if(waiting, is_free);
      if (next == waiting.end()) next = waiting.begin();
      m_late.added.push_back(*next);
      waiting.erase(next);
    }
  }

  std::map<std::string, Columns> m_columns;
  std::map<std::string, std::vector<std::string>> m_parents;
  LateColumns m_late;
};
} // namespace

std::vector<std::string> parents_of(const SchemaObject& table) {
  return list_items(table.value(table.value("partition of").empty() ? "inherits" : "partition of"));
}

Descent descent_of(const SchemaObject& table, const Columns& columns, const Columns& parent_columns) {
  if (!table.value("inherits").empty())
    return std::ranges::all_of(columns, is_own) ? Descent::attached : Descent::made;
  if (table.value("partition of").empty()) return Descent::none;
  return std::ranges::equal(columns, parent_columns, is_as_in_parent) ? Descent::made : Descent::attached;
}

LateColumns late_columns(const Columns& objects) {
  return Latecomers(objects).run();
}

} // namespace afloat::postgres
