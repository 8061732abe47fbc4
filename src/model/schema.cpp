#include "model/schema.hpp"

#include <algorithm>

namespace afloat {

std::string display(const RelationName& name) {
  return name.schema.empty() ? name.name : name.schema + "." + name.name;
}

RelationName parse_relation(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return {"", std::string(text)};
  return {std::string(text.substr(0, dot)), std::string(text.substr(dot + 1))};
}

const Column* Table::find_column(std::string_view column) const {
  const auto found = std::ranges::find(columns, column, &Column::name);
  return found == columns.end() ? nullptr : &*found;
}

Column* Table::find_column(std::string_view column) {
  const auto found = std::ranges::find(columns, column, &Column::name);
  return found == columns.end() ? nullptr : &*found;
}

RelationName Schema::resolved(RelationName name) const {
  if (name.schema.empty()) name.schema = default_schema;
  return name;
}

const Table* Schema::find(const RelationName& name) const {
  const auto found = std::ranges::find(tables, resolved(name), &Table::name);
  return found == tables.end() ? nullptr : &*found;
}

Table* Schema::find(const RelationName& name) {
  const auto found = std::ranges::find(tables, resolved(name), &Table::name);
  return found == tables.end() ? nullptr : &*found;
}

bool is_own_name(std::string_view name) {
  while (!name.empty() && std::string_view("!~_ ").find(name.front()) != std::string_view::npos)
    name.remove_prefix(1);
  return name.starts_with("afloat_");
}

} // namespace afloat
