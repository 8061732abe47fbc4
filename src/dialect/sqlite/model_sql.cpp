#include "dialect/sqlite/model_sql.hpp"

#include "support/text.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <map>

#include <fmt/format.h>

namespace afloat::sqlite {
namespace {
/// With a name or what to do in a conflict, which stand with the other clauses.
bool says_not_null(const SchemaObject& column) {
  return lower_case(column.value("clauses")).find("not null") != std::string::npos;
}

std::string column_definition(const SchemaObject& column) {
  std::string text = column.name;
  for (const std::string_view part : {column.value("type")})
    if (!part.empty()) text += fmt::format(" {}", part);
  if (!column.value("not null").empty() && !says_not_null(column)) text += " NOT NULL";
  if (!column.value("default").empty()) text += fmt::format(" DEFAULT ({})", column.value("default"));
  if (!column.value("clauses").empty()) text += fmt::format(" {}", column.value("clauses"));
  return text;
}

/// "(2)": the second one of its table, which has no name.
bool is_numbered(const SchemaObject& constraint) {
  return constraint.name.starts_with('(');
}

/// Those without a name in the place that their number says, the others between them.
std::vector<const SchemaObject*> constraints_of(const SchemaModel& model, const SchemaObject& table) {
  std::map<std::size_t, const SchemaObject*> places;
  std::vector<const SchemaObject*> named, all;
  for (const SchemaObject& object : model.objects) {
    if (object.table != table.name || object.kind != "constraint") continue;
    if (is_numbered(object))
      places.emplace(std::strtoul(object.name.c_str() + 1, nullptr, 10), &object);
    else
      named.push_back(&object);
  }
  for (std::size_t place = 1; !named.empty(); ++place)
    if (places.try_emplace(place, named.front()).second) named.erase(named.begin());
  for (const auto& [place, constraint] : places) all.push_back(constraint);
  return all;
}

std::string table_sql(const SchemaModel& model, const SchemaObject& table) {
  if (!table.value("virtual").empty()) return std::string(table.value("virtual"));
  std::vector<const SchemaObject*> columns;
  std::vector<std::string> items;
  for (const SchemaObject& object : model.objects)
    if (object.table == table.name && object.kind == "column") columns.push_back(&object);
  std::ranges::sort(columns, {}, [](const SchemaObject* column) {
    return std::atoi(std::string(column->value("position")).c_str());
  });
  for (const SchemaObject* column : columns) items.push_back("\n  " + column_definition(*column));
  for (const SchemaObject* constraint : constraints_of(model, table))
    items.push_back(fmt::format(
        "\n  {}{}", is_numbered(*constraint) ? "" : fmt::format("CONSTRAINT {} ", constraint->name),
        constraint->value("definition")));
  std::vector<std::string> options;
  if (!table.value("strict").empty()) options.emplace_back("STRICT");
  if (!table.value("without rowid").empty()) options.emplace_back("WITHOUT ROWID");
  return fmt::format("CREATE TABLE {} ({}){}{}", table.name, join(items, ","), options.empty() ? "" : " ",
                     join(options, ", "));
}

bool is_on(const SchemaObject& object, std::string_view kind) {
  return object.kind == kind;
}

void drop(SchemaScript& script, const SchemaObject& object) {
  for (const std::string_view kind : {"table", "view", "trigger", "index"})
    if (is_on(object, kind)) return script.statements.push_back(fmt::format("DROP {} {}", kind, object.name));
  if (is_on(object, "column"))
    return script.statements.push_back(
        fmt::format("ALTER TABLE {} DROP COLUMN {}", object.table, object.name));
  if (is_on(object, "pragma")) return script.statements.push_back(fmt::format("PRAGMA {} = 0", object.name));
  script.by_hand.push_back("remove " + display(object));
}

void create(SchemaScript& script, const SchemaModel& model, const SchemaObject& object) {
  if (is_on(object, "table")) {
    script.statements.push_back(table_sql(model, object));
    for (const std::string_view kind : {"index", "trigger"})
      for (const SchemaObject& other : model.objects)
        if (other.table == object.name && is_on(other, kind))
          script.statements.emplace_back(other.value("definition"));
  } else if (is_on(object, "column")) {
    script.statements.push_back(
        fmt::format("ALTER TABLE {} ADD COLUMN {}", object.table, column_definition(object)));
  } else if (is_on(object, "pragma")) {
    script.statements.push_back(fmt::format("PRAGMA {} = {}", object.name, object.value("value")));
  } else if (!object.value("definition").empty() && !is_on(object, "constraint")) {
    script.statements.emplace_back(object.value("definition"));
    for (const SchemaObject& other : model.objects)
      if (is_on(object, "view") && other.table == object.name && is_on(other, "trigger"))
        script.statements.emplace_back(other.value("definition"));
  } else {
    script.by_hand.push_back("create " + display(object));
  }
}
} // namespace

SchemaScript sql_between(const SchemaModel& to, std::span<const ObjectChange> changes) {
  SchemaScript script;
  const auto made_anew = [](const ObjectChange& change) {
    const std::string_view kind = change.object().kind;
    return change.before && change.after
           && (kind == "view" || kind == "trigger" || kind == "index" || kind == "pragma");
  };
  for (std::size_t i = changes.size(); i-- > 0;)
    if (!changes[i].after || (made_anew(changes[i]) && changes[i].object().kind != "pragma"))
      drop(script, *changes[i].before);
  for (const ObjectChange& change : changes)
    if (!change.before || made_anew(change)) create(script, to, *change.after);
  for (const ObjectChange& change : changes)
    for (const PropertyChange& property : change.properties)
      if (!made_anew(change))
        script.by_hand.push_back(fmt::format("{}: {}: {} -> {} (a rebuild of the table)",
                                             display(change.object()), property.property, property.before,
                                             property.after));
  return script;
}

} // namespace afloat::sqlite
