#include "dialect/postgres/model_sql.hpp"

#include "dialect/postgres/model_inherited.hpp"
#include "dialect/postgres/model_order.hpp"
#include "dialect/postgres/model_parts.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <set>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

namespace afloat::postgres {
namespace {
/// Kinds that are made anew when their definition changes; the others are altered.
bool is_made_anew(const SchemaObject& object, const std::vector<PropertyChange>& changes) {
  const std::set<std::string_view> kinds{"trigger", "index",  "constraint", "view",
                                         "rule",    "policy", "statistics", "cast"};
  if (!kinds.contains(object.kind)) return false;
  return std::ranges::any_of(changes, [&](const PropertyChange& change) {
    return is_created_with(object.kind, change.property)
           && !(object.kind == "view" && change.property == "options");
  });
}

using Columns = std::vector<const SchemaObject*>;

class Writing {
 public:
  explicit Writing(const SchemaModel& to) : m_to(to) {}

  SchemaScript run(std::span<const ObjectChange> changes) {
    for (const SchemaObject& object : m_to.objects)
      if (!object.table.empty()) m_hanging[object.table].push_back(&object);
    for (const ObjectChange& change : changes) sort_in(change);
    m_goes = in_order_of_need(std::move(m_goes));
    std::ranges::reverse(m_goes);
    m_comes = in_order_of_need(std::move(m_comes));
    m_late = late_columns(m_comes);
    const auto is_used_by_changed = [](const SchemaObject* object) { // configurations let go of it below
      return object->kind == "text search dictionary";
    };
    const std::set<std::string> gone_with_type = functions_of_shells(m_goes);
    for (const SchemaObject* object : m_goes)
      if (!is_used_by_changed(object)
          && !(object->kind == "function" && gone_with_type.contains(bare_name(*object))))
        drop(*object);
    create_all();
    for (const ObjectChange* change : m_changes)
      for (const PropertyChange& property : change->properties)
        set(*change->after, property.property, property.before, property.after);
    for (const SchemaObject* object : m_goes)
      if (is_used_by_changed(object)) drop(*object);
    finish_all();
    return std::move(m_script);
  }

 private:
  void sort_in(const ObjectChange& change) {
    if (!change.before) return comes(*change.after);
    if (!change.after) return m_goes.push_back(&*change.before);
    if (!is_made_anew(*change.after, change.properties)) return m_changes.push_back(&change);
    m_goes.push_back(&*change.before);
    comes(*change.after);
  }

  /// With all that hangs on it, which the comparison does not tell.
  void comes(const SchemaObject& object) {
    if (!m_known.emplace(object.kind, object.table, object.name).second) return;
    m_comes.push_back(&object);
    if (object.kind == "table") m_new_tables.emplace(object.name, &object);
    if (object.kind != "table" && object.kind != "view") return;
    if (const auto others = m_hanging.find(object.name); others != m_hanging.end())
      for (const SchemaObject* other : others->second) comes(*other);
  }

  void create_all() {
    for (const SchemaObject* object : m_comes)
      if (object->kind == "column" && m_new_tables.contains(object->table))
        m_columns[object->table].push_back(object);
    bool has_shells = false, has_late = false;
    for (const SchemaObject* object : m_comes) {
      if (object->kind != "schema" && !std::exchange(has_shells, true)) add_shells();
      if (object->kind == "column" && !std::exchange(has_late, true)) add_late_columns();
      if (object->kind != "event trigger") create(*object);
    }
  }

  void add_late_columns() {
    for (const SchemaObject* column : m_late.added)
      add(fmt::format("ALTER TABLE {} ADD COLUMN {}", column->table, column_definition(*column)));
    for (const SchemaObject* column : m_comes)
      if (m_late.all.contains(column) && !column->value("inherited").empty()) differ_from_parent(*column);
  }

  /// Functions can name a type then, before it is whole.
  void add_shells() {
    for (const SchemaObject* object : m_comes)
      if (needs_shell(*object)) add("CREATE TYPE " + object->name);
  }

  /// A trigger's state goes to its copies on partitions, which may have another. Event triggers would look at
  /// the statements before them.
  void finish_all() {
    const auto is_copy = [](const SchemaObject* object) {
      return object->kind == "trigger" && !object->value("inherited").empty();
    };
    for (const SchemaObject* object : m_comes)
      if (object->kind != "event trigger" && !is_copy(object)) finish(*object);
    for (const SchemaObject* object : m_comes)
      if (is_copy(object)) finish(*object);
    for (const SchemaObject* object : m_comes)
      if (object->kind == "event trigger") create(*object);
    for (const SchemaObject* object : m_comes)
      if (object->kind == "event trigger") finish(*object);
  }

  void drop(const SchemaObject& object) {
    if (object.kind == "column" && object.value("type").empty()) return; // of a view
    if (object.kind == "column" || object.kind == "constraint")
      return add(fmt::format("ALTER TABLE {} DROP {} {}", object.table, noun_of(object), object.name));
    if (object.kind == "default privilege") return set_default_privilege(object, false);
    if (object.kind == "setting") return by_hand("remove", object);
    if (object.kind == "user mapping") return add("DROP USER MAPPING " + object.name);
    // Its functions, which are of no other use, take the type themselves.
    add(fmt::format("DROP {} {}{}", noun_of(object), target_of(object),
                    needs_shell(object) ? " CASCADE" : ""));
  }

  void create(const SchemaObject& object) {
    if (object.kind == "column" && (object.value("type").empty() || is_of_new_table(object))) return;
    if (!object.value("inherited").empty()) return;
    if (object.kind == "default privilege") return set_default_privilege(object, true);
    for (std::string& words : kept_back(object)) m_script.by_hand.push_back(std::move(words));
    const auto statements = object.kind == "table" ? std::optional(table_sql(object)) : creation(object);
    if (!statements) return by_hand("create", object);
    for (const std::string& statement : *statements) add(statement);
    m_made.insert(&object);
    if (object.kind == "table" && descent_of(object) == Descent::made)
      for (const SchemaObject* column : columns_of(object.name))
        if (!column->value("inherited").empty() && !m_late.all.contains(column)) differ_from_parent(*column);
  }

  bool is_of_new_table(const SchemaObject& column) const { return m_new_tables.contains(column.table); }

  std::vector<std::string> table_sql(const SchemaObject& table) const {
    Columns columns = columns_of(table.name);
    std::erase_if(columns, [&](const SchemaObject* column) { return m_late.all.contains(column); });
    return table_statements(table, columns, descent_of(table));
  }

  Descent descent_of(const SchemaObject& table) const {
    Columns parent_columns;
    if (!table.value("partition of").empty())
      for (const std::string& parent : parents_of(table)) parent_columns = columns_of(parent);
    return postgres::descent_of(table, columns_of(table.name), parent_columns);
  }

  /// In their order, of a table that is new or was there.
  Columns columns_of(const std::string& table) const {
    if (const auto found = m_columns.find(table); found != m_columns.end()) return found->second;
    Columns columns;
    if (const auto hanging = m_hanging.find(table); hanging != m_hanging.end())
      for (const SchemaObject* object : hanging->second)
        if (object->kind == "column") columns.push_back(object);
    std::ranges::sort(columns, {}, [](const SchemaObject* column) {
      return std::atoi(std::string(column->value("position")).c_str());
    });
    return columns;
  }

  /// What has a statement of its own. The owner comes first: grants are given in his name.
  void finish(const SchemaObject& object) {
    const bool is_column = object.kind == "column";
    const bool is_copy = object.kind == "trigger" && !object.value("inherited").empty();
    if (!m_made.contains(&object) && !is_column && !is_copy) return;
    if (const std::string_view owner = object.value("owner"); !owner.empty())
      set(object, "owner", "", std::string(owner));
    for (const auto& [property, value] : object.properties)
      if (property != "owner" && property != "inherited" && !is_made_with(object, property))
        set(object, property, "", value);
  }

  /// A view's column has a default of its own, which the view's definition does not tell.
  static bool is_made_with(const SchemaObject& object, std::string_view property) {
    if (object.kind == "column" && object.value("type").empty() && property == "default") return false;
    return is_created_with(object.kind, property);
  }

  /// A column that a new table has from its parent is as there, until it is told otherwise.
  void differ_from_parent(const SchemaObject& column) {
    const SchemaObject* parent = parent_column(column);
    if (parent == nullptr) return;
    for (const std::string_view property : {"default", "not null"})
      if (column.value(property) != parent->value(property))
        set(column, property, std::string(parent->value(property)), std::string(column.value(property)));
  }

  const SchemaObject* parent_column(const SchemaObject& column) const {
    const auto table = m_new_tables.find(column.table);
    if (table == m_new_tables.end()) return nullptr;
    for (const std::string& parent : parents_of(*table->second))
      if (const auto columns = m_hanging.find(parent); columns != m_hanging.end())
        for (const SchemaObject* other : columns->second)
          if (other->kind == "column" && other->name == column.name) return other;
    return nullptr;
  }

  /// It is nothing but its rights.
  void set_default_privilege(const SchemaObject& object, bool comes) {
    for (const std::string_view property : {"revoked", "grants"}) {
      const std::string value(object.value(property));
      if (!value.empty()) set(object, property, comes ? "" : value, comes ? value : "");
    }
  }

  void set(const SchemaObject& object, std::string_view property, const std::string& before,
           const std::string& after) {
    if (property == "inherited" || property == "identity sequence" || property == "subtype") return;
    const auto statements = alteration(object, property, before, after);
    if (!statements)
      m_script.by_hand.push_back(fmt::format("{}: {}: {} -> {}", display(object), property,
                                             one_line(before, 100), one_line(after, 100)));
    else
      for (const std::string& statement : *statements) add(statement);
  }

  void add(std::string statement) { m_script.statements.push_back(std::move(statement)); }
  void by_hand(std::string_view verb, const SchemaObject& object) {
    m_script.by_hand.push_back(fmt::format("{} {}", verb, display(object)));
  }

  const SchemaModel& m_to;
  std::unordered_map<std::string, Columns> m_hanging, m_columns;
  std::set<std::tuple<std::string_view, std::string_view, std::string_view>> m_known;
  std::unordered_map<std::string, const SchemaObject*> m_new_tables;
  std::unordered_set<const SchemaObject*> m_made;
  LateColumns m_late;
  std::vector<const SchemaObject*> m_goes, m_comes;
  std::vector<const ObjectChange*> m_changes;
  SchemaScript m_script;
};
} // namespace

SchemaScript sql_between(const SchemaModel&, const SchemaModel& to, std::span<const ObjectChange> changes) {
  return Writing(to).run(changes);
}

} // namespace afloat::postgres
