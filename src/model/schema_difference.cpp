#include "model/schema_difference.hpp"

#include "support/text.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

namespace afloat {
namespace {
using Key = std::tuple<std::string_view, std::string_view, std::string_view>;
using Objects = std::map<Key, const SchemaObject*>;

Key key_of(const SchemaObject& object) {
  return {object.kind, object.table, object.name};
}

Objects index_of(const SchemaModel& model) {
  Objects objects;
  for (const SchemaObject& object : model.objects) objects.emplace(key_of(object), &object);
  return objects;
}

/// Up to 15 the server writes the table before each column of a view on one table, from 16 on it does not.
std::string unqualified(std::string_view definition) {
  const std::size_t from = definition.find("\n   FROM ");
  if (from == definition.npos) return std::string(definition);
  const std::string_view rest = definition.substr(from + 9);
  std::string source(rest.substr(0, rest.find_first_of("\n;")));
  if (source.find(',') != source.npos || source.find('(') != source.npos || rest.find("JOIN") != rest.npos)
    return std::string(definition);
  const std::size_t space = source.rfind(' ');
  const std::size_t dot = source.rfind('.');
  const std::string alias =
      space != source.npos ? source.substr(space + 1) : source.substr(dot == source.npos ? 0 : dot + 1);
  std::string result;
  for (std::size_t at = 0; at < definition.size();) {
    const bool word_before = at > 0
                             && (std::isalnum(static_cast<unsigned char>(definition[at - 1])) != 0
                                 || definition[at - 1] == '_' || definition[at - 1] == '.');
    if (!word_before && definition.substr(at).starts_with(alias + "."))
      at += alias.size() + 1;
    else
      result += definition[at++];
  }
  return result;
}

/// Text of a definition that two servers write alike.
std::string comparable(std::string_view kind, std::string_view value, bool versions_differ) {
  return versions_differ && kind == "view" ? unqualified(value) : std::string(value);
}

std::vector<PropertyChange> changes_between(const SchemaObject& before, const SchemaObject& after,
                                            bool versions_differ) {
  std::set<std::string_view> names;
  for (const SchemaObject* object : {&before, &after})
    for (const auto& [name, value] : object->properties) names.insert(name);
  std::vector<PropertyChange> changes;
  for (const std::string_view name : names) {
    const std::string_view old_value = before.value(name), new_value = after.value(name);
    if (old_value == new_value
        || (name == "definition"
            && comparable(before.kind, old_value, versions_differ)
                   == comparable(after.kind, new_value, versions_differ)))
      continue;
    changes.push_back({std::string(name), std::string(old_value), std::string(new_value)});
  }
  return changes;
}

int number_of(const SchemaObject& column) {
  return std::atoi(std::string(column.value("position")).c_str());
}

/// Columns of one table that both sides have, in the order of one side.
std::vector<std::string_view> order_of(const std::vector<const SchemaObject*>& columns,
                                       const Objects& other) {
  std::vector<const SchemaObject*> common;
  for (const SchemaObject* column : columns)
    if (other.contains(key_of(*column))) common.push_back(column);
  std::ranges::sort(common, {}, [](const SchemaObject* column) { return number_of(*column); });
  std::vector<std::string_view> names;
  for (const SchemaObject* column : common) names.push_back(column->name);
  return names;
}

using ByTable = std::map<std::string_view, std::vector<const SchemaObject*>>;

ByTable columns_of(const SchemaModel& model) {
  ByTable tables;
  for (const SchemaObject& object : model.objects)
    if (object.kind == "column") tables[object.table].push_back(&object);
  return tables;
}

/// The tables whose common columns stand in another order.
std::set<std::string_view> reordered_tables(const SchemaModel& before, const SchemaModel& after,
                                            const Objects& old_objects, const Objects& new_objects) {
  std::set<std::string_view> reordered;
  const ByTable new_tables = columns_of(after);
  for (const auto& [table, columns] : columns_of(before)) {
    const auto found = new_tables.find(table);
    if (found != new_tables.end() && order_of(columns, new_objects) != order_of(found->second, old_objects))
      reordered.insert(table);
  }
  return reordered;
}

/// The table at the top of the partitions that this one is below; empty where it is no partition.
std::string_view root_of(const SchemaObject& partition, const Objects& objects) {
  std::string_view above = partition.value("partition of");
  for (auto found = objects.find({"table", "", above}); found != objects.end();
       found = objects.find({"table", "", above})) {
    const std::string_view next = found->second->value("partition of");
    if (next.empty()) return above;
    above = next;
  }
  return {};
}

bool has_relation(const Objects& objects, std::string_view name) {
  return objects.contains({"table", "", name}) || objects.contains({"view", "", name});
}
} // namespace

std::vector<ObjectChange> compare(const SchemaModel& before, const SchemaModel& after) {
  constexpr int k_in_major = 10'000;
  const bool versions_differ = before.server_version / k_in_major != after.server_version / k_in_major;
  std::vector<ObjectChange> changes;
  if (before.objects == after.objects) return changes;
  const Objects old_objects = index_of(before), new_objects = index_of(after);
  const std::set<std::string_view> reordered = reordered_tables(before, after, old_objects, new_objects);
  const auto goes_with_table = [](const SchemaObject& object, const Objects& own, const Objects& other) {
    return !object.table.empty() && has_relation(own, object.table) && !has_relation(other, object.table);
  };
  for (const SchemaObject& object : before.objects) {
    const auto found = new_objects.find(key_of(object));
    if (found == new_objects.end()) {
      if (!goes_with_table(object, old_objects, new_objects)) changes.push_back({object, std::nullopt, {}});
      continue;
    }
    std::vector<PropertyChange> properties = changes_between(object, *found->second, versions_differ);
    if (object.kind == "column" && !reordered.contains(object.table))
      std::erase_if(properties, [](const PropertyChange& change) { return change.property == "position"; });
    if (!properties.empty()) changes.push_back({object, *found->second, std::move(properties)});
  }
  for (const SchemaObject& object : after.objects)
    if (!old_objects.contains(key_of(object)) && !goes_with_table(object, new_objects, old_objects))
      changes.push_back({std::nullopt, object, {}});
  std::map<std::string_view, std::size_t> places;
  for (const KindRow& row : kind_rows()) places.emplace(row.name, places.size());
  std::ranges::stable_sort(changes, {}, [&](const ObjectChange& change) {
    const SchemaObject& object = change.object();
    return std::tuple(places.at(object.kind), std::string_view(object.table), std::string_view(object.name));
  });
  return changes;
}

std::vector<ObjectChange> take_partitions(std::vector<ObjectChange>& changes, const SchemaModel& before,
                                          const SchemaModel& after) {
  const Objects old_objects = index_of(before), new_objects = index_of(after);
  const auto stays = [&](const ObjectChange& change) {
    if ((change.before && change.after) || change.object().kind != "table") return true;
    const std::string_view root = root_of(change.object(), change.after ? new_objects : old_objects);
    return root.empty() || !(change.after ? old_objects : new_objects).contains({"table", "", root});
  };
  const auto taken = std::ranges::stable_partition(changes, stays);
  std::vector<ObjectChange> partitions(std::make_move_iterator(taken.begin()),
                                       std::make_move_iterator(taken.end()));
  changes.erase(taken.begin(), taken.end());
  return partitions;
}

bool matches(std::string_view pattern, std::string_view text) {
  const std::size_t star = pattern.find('*');
  if (star == pattern.npos) return pattern == text;
  if (!text.starts_with(pattern.substr(0, star))) return false;
  const std::string_view rest = pattern.substr(star + 1);
  for (std::size_t at = star; at <= text.size(); ++at)
    if (matches(rest, text.substr(at))) return true;
  return false;
}

std::vector<ObjectChange> without_ignored(std::vector<ObjectChange> changes,
                                          std::span<const std::string> patterns) {
  std::erase_if(changes, [&](ObjectChange& change) {
    const std::string name = display(change.object());
    for (const std::string& pattern : patterns) {
      const std::size_t colon = pattern.rfind(": ");
      if (colon == pattern.npos && matches(pattern, name)) return true;
      if (colon == pattern.npos || !matches(std::string_view(pattern).substr(0, colon), name)) continue;
      std::erase_if(change.properties, [&](const PropertyChange& property) {
        return matches(std::string_view(pattern).substr(colon + 2), property.property);
      });
      if (change.before && change.after && change.properties.empty()) return true;
    }
    return false;
  });
  return changes;
}

} // namespace afloat
