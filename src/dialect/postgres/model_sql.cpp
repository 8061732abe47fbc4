#include "dialect/postgres/model_sql.hpp"

#include "support/text.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
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

class Writing {
 public:
  Writing(const SchemaModel& from, const SchemaModel& to) : m_to(to) {
    std::size_t place = 0;
    for (const KindRow& row : kind_rows()) m_places.emplace(row.name, place++);
    for (const SchemaModel* model : {&from, &to})
      for (const SchemaObject& object : model->objects)
        if (object.kind == "view") m_views.insert(object.name);
  }

  SchemaScript run(std::span<const ObjectChange> changes) {
    for (const ObjectChange& change : changes) sort_in(change);
    std::ranges::stable_sort(m_goes, std::greater(),
                             [&](const SchemaObject* object) { return order(*object); });
    std::ranges::stable_sort(m_comes, {}, [&](const SchemaObject* object) { return order(*object); });
    order_views();
    const auto is_used_by_changed = [](const SchemaObject* object) { // configurations let go of it below
      return object->kind == "text search dictionary";
    };
    for (const SchemaObject* object : m_goes)
      if (!is_used_by_changed(object)) drop(*object);
    for (const SchemaObject* object : m_comes) create(*object);
    for (const ObjectChange* change : m_changes)
      for (const PropertyChange& property : change->properties)
        set(*change->after, property.property, property.before, property.after);
    for (const SchemaObject* object : m_goes)
      if (is_used_by_changed(object)) drop(*object);
    for (const SchemaObject* object : m_comes) finish(*object);
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
    m_comes.push_back(&object);
    if (object.kind != "table" && object.kind != "view") return;
    for (const SchemaObject& other : m_to.objects)
      if (other.table == object.name && std::ranges::find(m_comes, &other) == m_comes.end())
        m_comes.push_back(&other);
  }

  /// Foreign keys after what they point at, partitions after their parents, indexes on stored views after
  /// these.
  std::tuple<std::size_t, int> order(const SchemaObject& object) const {
    const bool later = object.value("definition").starts_with("FOREIGN KEY")
                       || !object.value("partition of").empty() || !object.value("inherits").empty()
                       || !object.value("attached to").empty();
    if (object.kind == "index" && m_views.contains(object.table)) return {m_places.at("view"), 1};
    return {m_places.at(object.kind), later ? 1 : 0};
  }

  /// A view after those whose names stand in it.
  void order_views() {
    const auto begin = std::ranges::find(m_comes, "view", &SchemaObject::kind);
    const auto end =
        std::find_if(begin, m_comes.end(), [](const SchemaObject* object) { return object->kind != "view"; });
    for (auto at = begin; at != end; ++at) {
      for (int tries = 0; tries < end - at; ++tries) {
        const auto needed = std::find_if(at + 1, end, [&](const SchemaObject* other) {
          return (*at)->value("definition").find(other->name) != std::string_view::npos;
        });
        if (needed == end) break;
        std::rotate(at, needed, needed + 1);
      }
    }
  }

  void drop(const SchemaObject& object) {
    if (object.kind == "column" && object.value("type").empty()) return; // of a view
    if (object.kind == "column" || object.kind == "constraint")
      return add(fmt::format("ALTER TABLE {} DROP {} {}", object.table, noun_of(object), object.name));
    const std::set<std::string_view> unknown{"setting", "access method", "language"};
    if (object.kind == "default privilege") return set_default_privilege(object, false);
    if (unknown.contains(object.kind)) return by_hand("remove", object);
    if (object.kind == "user mapping") return add("DROP USER MAPPING " + object.name);
    add(fmt::format("DROP {} {}", noun_of(object), target_of(object)));
  }

  void create(const SchemaObject& object) {
    if (object.kind == "column" && (object.value("type").empty() || is_new_table(object.table))) return;
    if (!object.value("inherited").empty()) return;
    if (object.kind == "default privilege") return set_default_privilege(object, true);
    if (object.kind == "user mapping")
      m_script.by_hand.push_back(fmt::format("options of {}: they may hold a password", display(object)));
    const auto sql = creation(object, columns_of(object));
    sql ? add(*sql) : by_hand("create", object);
  }

  /// What has a statement of its own.
  void finish(const SchemaObject& object) {
    if (object.kind == "view") return set_each(object, {"owner", "grants", "revoked", "comment"});
    for (const auto& [property, value] : object.properties)
      if (!is_created_with(object.kind, property) && creation(object, {})) set(object, property, "", value);
  }

  /// It is nothing but its rights.
  void set_default_privilege(const SchemaObject& object, bool comes) {
    for (const std::string_view property : {"revoked", "grants"}) {
      const std::string value(object.value(property));
      if (!value.empty()) set(object, property, comes ? "" : value, comes ? value : "");
    }
  }

  void set_each(const SchemaObject& object, std::initializer_list<std::string_view> properties) {
    for (const std::string_view property : properties)
      if (!object.value(property).empty()) set(object, property, "", std::string(object.value(property)));
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

  bool is_new_table(const std::string& name) const {
    return std::ranges::any_of(
        m_comes, [&](const SchemaObject* object) { return object->kind == "table" && object->name == name; });
  }

  std::vector<const SchemaObject*> columns_of(const SchemaObject& table) const {
    std::vector<const SchemaObject*> columns;
    if (table.kind == "table")
      for (const SchemaObject* object : m_comes)
        if (object->kind == "column" && object->table == table.name) columns.push_back(object);
    std::ranges::sort(columns, {}, [](const SchemaObject* column) {
      return std::atoi(std::string(column->value("position")).c_str());
    });
    return columns;
  }

  void add(std::string statement) { m_script.statements.push_back(std::move(statement)); }
  void by_hand(std::string_view verb, const SchemaObject& object) {
    m_script.by_hand.push_back(fmt::format("{} {}", verb, display(object)));
  }

  const SchemaModel& m_to;
  std::map<std::string_view, std::size_t> m_places;
  std::set<std::string_view> m_views;
  std::vector<const SchemaObject*> m_goes, m_comes;
  std::vector<const ObjectChange*> m_changes;
  SchemaScript m_script;
};
} // namespace

SchemaScript sql_between(const SchemaModel& from, const SchemaModel& to,
                         std::span<const ObjectChange> changes) {
  return Writing(from, to).run(changes);
}

} // namespace afloat::postgres
