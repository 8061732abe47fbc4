#include "dialect/sqlite/inspector.hpp"
#include "dialect/sqlite/replay_parts.hpp"
#include "dialect/sqlite/scan.hpp"
#include "support/text.hpp"

#include <algorithm>

namespace afloat::sqlite {
namespace {
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
        m_tables(by_table(outcome.before)), m_tables_after(by_table(m_after)), m_memory(memory) {
    for (const Table* table : selection.all)
      if (!table->changes_since.empty()) m_pending.insert(lower_case(table->name.name));
  }

  void run() {
    if (m_after == m_outcome.before && m_pending.empty()) return;
    m_now = inspect_sqlite_texts(m_memory, tables_to_read(), has_any("view"));
    if (std::ranges::any_of(m_schema.tables, [](const Table& table) { return !table.referenced_by.empty(); }))
      for (const Table& table : m_schema.tables) m_tables_before.insert(lower_case(table.name.name));
    take_tables();
    take_views();
    take_names();
    refer();
  }

 private:
  /// Those that changed; all of them where there are views, which are told by the tables that they read.
  std::vector<SqliteTableText> tables_to_read() const {
    std::vector<SqliteTableText> texts;
    const bool views = has_any("view"), triggers = has_any("trigger");
    for (const auto& [key, object] : m_after)
      if (key.first == "table" && !is_hidden(key.second) && !is_stranger(key.second)
          && (views || has_changed(lower_case(key.second))))
        texts.push_back({key.second, object.second, triggers});
    return texts;
  }

  bool has_any(std::string_view type) const {
    return std::ranges::any_of(m_after, [&](const auto& object) { return object.first.first == type; });
  }

  bool has_changed(const std::string& table) const {
    if (m_pending.contains(table)) return true;
    const auto before = m_tables.find(table), after = m_tables_after.find(table);
    return before == m_tables.end() || after == m_tables_after.end() || before->second != after->second;
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
    if (before == nullptr) return table;
    table.rows = before->rows;
    table.bytes = before->bytes;
    table.referenced_by = before->referenced_by;
    if (m_selection.shallow.contains(lower_case(before->name.name))) table.triggers = before->triggers;
    return table;
  }

  void take_tables() {
    std::vector<Table> changed;
    for (const Table& table : m_now.tables)
      if (has_changed(lower_case(table.name.name))) changed.push_back(merged(table));
    for (const auto& [name, objects] : m_tables)
      if (!m_tables_after.contains(name) || (is_stranger(name) && m_tables_after.at(name) != objects))
        remove_table(name);
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
    const auto names = [](const Objects& objects) {
      std::set<RelationName> result;
      for (const auto& [key, object] : objects)
        if ((key.first == "table" || key.first == "view") && !is_hidden(key.second))
          result.insert({"", key.second});
      return result;
    };
    const std::set<RelationName> before = names(m_outcome.before), after = names(m_after);
    for (const RelationName& name : before)
      if (!after.contains(name)) std::erase(m_schema.known, name);
    for (const RelationName& name : after)
      if (!before.contains(name)) m_schema.known.insert(std::ranges::lower_bound(m_schema.known, name), name);
  }

  /// referenced_by of all tables, anew; tables that the schema does not have are left as they were.
  void refer() {
    std::map<std::string, std::set<RelationName>> children;
    for (const Table& table : m_schema.tables)
      for (const Constraint& constraint : table.constraints)
        if (constraint.kind == ConstraintKind::foreign_key)
          children[lower_case(constraint.references.name)].insert(table.name);
    for (Table& table : m_schema.tables) {
      if (children.empty() && table.referenced_by.empty()) continue;
      const auto found = children.find(lower_case(table.name.name));
      if (found == children.end() && table.referenced_by.empty()) continue;
      std::set<RelationName> all = found == children.end() ? std::set<RelationName>() : found->second;
      for (const RelationName& name : table.referenced_by)
        if (!m_tables_before.contains(lower_case(name.name))) all.insert(name);
      table.referenced_by.assign(all.begin(), all.end());
    }
  }

  const Selection& m_selection;
  const Outcome& m_outcome;
  Schema& m_schema;
  Objects m_after;
  std::map<std::string, Objects> m_tables, m_tables_after;
  Database& m_memory;
  std::set<std::string> m_pending; ///< tables with changes_since, which are in the text now
  Schema m_now;
  std::set<std::string> m_tables_before; ///< where some table refers to another
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
