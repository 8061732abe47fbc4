#include "dialect/sqlite/inspector.hpp"
#include "dialect/sqlite/replay_parts.hpp"
#include "dialect/sqlite/scan.hpp"
#include "support/text.hpp"

#include <algorithm>

namespace afloat::sqlite {
namespace {
using Key = std::pair<std::string, std::string>;

/// The objects of each table, itself included: equal while nothing of it has changed.
std::map<std::string, Objects> by_table(const Objects& objects) {
  std::map<std::string, Objects> tables;
  for (const auto& [key, object] : objects)
    if (key.first == "table") tables[lower_case(key.second)];
  for (const auto& entry : objects)
    if (const auto table = tables.find(lower_case(entry.second.first)); table != tables.end())
      table->second.insert(entry);
  return tables;
}

bool is_hidden(const std::string& name) {
  return is_own_name(name) || lower_case(name).starts_with("sqlite_");
}

class TakingBack {
 public:
  TakingBack(Database& memory, const Selection& selection, const Outcome& outcome, Schema& schema)
      : m_selection(selection), m_outcome(outcome), m_schema(schema), m_after(objects_in(memory)),
        m_now(inspect_sqlite(memory, tables_to_read())) {}

  void run() {
    if (m_after == m_outcome.before) return;
    for (const Table& table : m_schema.tables) m_tables_before.insert(lower_case(table.name.name));
    take_tables();
    take_views();
    take_names();
    refer();
  }

 private:
  std::vector<RelationName> tables_to_read() const {
    std::vector<RelationName> names;
    if (m_after == m_outcome.before) return names;
    for (const auto& [key, object] : m_after)
      if (key.first == "table" && !is_hidden(key.second) && !is_stranger(key.second))
        names.push_back({"", key.second});
    return names;
  }

  bool is_stranger(const std::string& name) const { return m_outcome.strangers.contains(lower_case(name)); }

  const Table* table_before(const std::string& name) const {
    const auto origin = m_outcome.origin.find(lower_case(name));
    const auto find = [&](const std::string& wanted) {
      const auto found = std::ranges::find_if(
          m_schema.tables, [&](const Table& table) { return same_name(table.name.name, wanted); });
      return found == m_schema.tables.end() ? nullptr : &*found;
    };
    const Table* renamed = origin == m_outcome.origin.end() ? nullptr : find(origin->second);
    return renamed != nullptr ? renamed : find(name);
  }

  /// What is known of the rows, and of tables that are not in the schema, stays with a table that changed.
  Table merged(Table table) const {
    const Table* before = table_before(table.name.name);
    table.rows.reset();
    table.bytes.reset();
    table.referenced_by.clear();
    if (before == nullptr) return table;
    table.rows = before->rows;
    table.bytes = before->bytes;
    table.referenced_by = before->referenced_by;
    if (m_selection.shallow.contains(lower_case(before->name.name))) table.triggers = before->triggers;
    return table;
  }

  void take_tables() {
    const auto before = by_table(m_outcome.before), after = by_table(m_after);
    std::vector<Table> changed;
    for (const Table& table : m_now.tables) {
      const std::string key = lower_case(table.name.name);
      const auto was = before.find(key);
      if (was == before.end() || was->second != after.at(key)) changed.push_back(merged(table));
    }
    for (const auto& [name, objects] : before)
      if (!after.contains(name) || (is_stranger(name) && after.at(name) != objects)) remove_table(name);
    for (Table& table : changed) {
      const auto place = std::ranges::find_if(
          m_schema.tables, [&](const Table& old) { return same_name(old.name.name, table.name.name); });
      if (place == m_schema.tables.end())
        m_schema.tables.push_back(std::move(table));
      else
        *place = std::move(table);
    }
  }

  void remove_table(const std::string& name) {
    std::erase_if(m_schema.tables, [&](const Table& table) { return same_name(table.name.name, name); });
  }

  void take_views() {
    std::set<std::string> made;
    for (const auto& [key, object] : m_outcome.before)
      if (key.first == "view") made.insert(lower_case(key.second));
    for (const auto& [key, object] : m_after)
      if (key.first == "view") made.insert(lower_case(key.second));
    std::erase_if(m_schema.views,
                  [&](const View& view) { return made.contains(lower_case(view.name.name)); });
    for (const View& view : m_now.views) m_schema.views.push_back(view);
    std::ranges::sort(m_schema.views, {}, &View::name);
  }

  void take_names() {
    const auto is_relation = [](const Key& key) { return key.first != "index" && key.first != "trigger"; };
    for (const auto& [key, object] : m_outcome.before)
      if (is_relation(key))
        std::erase_if(m_schema.known,
                      [&](const RelationName& name) { return same_name(name.name, key.second); });
    for (const auto& [key, object] : m_after)
      if (is_relation(key) && !is_hidden(key.second)) m_schema.known.push_back({"", key.second});
    std::ranges::sort(m_schema.known);
  }

  /// referenced_by of all tables, anew; tables that the schema does not have are left as they were.
  void refer() {
    std::map<std::string, std::set<RelationName>> children;
    for (const Table& table : m_schema.tables)
      for (const Constraint& constraint : table.constraints)
        if (constraint.kind == ConstraintKind::foreign_key)
          children[lower_case(constraint.references.name)].insert(table.name);
    for (Table& table : m_schema.tables) {
      std::set<RelationName> all = children[lower_case(table.name.name)];
      for (const RelationName& name : table.referenced_by)
        if (!m_tables_before.contains(lower_case(name.name))) all.insert(name);
      table.referenced_by.assign(all.begin(), all.end());
    }
  }

  const Selection& m_selection;
  const Outcome& m_outcome;
  Schema& m_schema;
  Objects m_after;
  Schema m_now;
  std::set<std::string> m_tables_before;
};
} // namespace

Objects objects_in(Database& memory) {
  Objects objects;
  for (const auto& row : memory.query("SELECT type, name, tbl_name, sql FROM sqlite_schema").rows)
    objects[{*row[0], *row[1]}] = {*row[2], row[3].value_or("")};
  return objects;
}

void take_back(Database& memory, const Selection& selection, const Outcome& outcome, Schema& schema) {
  TakingBack(memory, selection, outcome, schema).run();
}

} // namespace afloat::sqlite
