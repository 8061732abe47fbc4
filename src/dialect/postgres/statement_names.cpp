#include "dialect/postgres/statement_names.hpp"

#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace afloat::postgres {
namespace {
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> k_object_words{{
    {"OBJECT_MATVIEW", "MATERIALIZED VIEW"},
    {"OBJECT_FDW", "FOREIGN DATA WRAPPER"},
    {"OBJECT_FOREIGN_SERVER", "SERVER"},
    {"OBJECT_STATISTIC_EXT", "STATISTICS"},
    {"OBJECT_TABCONSTRAINT", "CONSTRAINT"},
    {"OBJECT_DOMCONSTRAINT", "CONSTRAINT"},
    {"OBJECT_OPCLASS", "OPERATOR CLASS"},
}};

constexpr std::array<std::string_view, 6> k_relation_types{
    "OBJECT_TABLE", "OBJECT_VIEW",     "OBJECT_MATVIEW",
    "OBJECT_INDEX", "OBJECT_SEQUENCE", "OBJECT_FOREIGN_TABLE",
};
} // namespace

RelationName relation_of(const ParseNode& range_var) {
  return {std::string(range_var.text("schemaname")), std::string(range_var.text("relname"))};
}

RelationName relation_of(std::span<const std::string> parts, std::size_t cut) {
  if (parts.size() <= cut) return {};
  const std::size_t last = parts.size() - cut - 1;
  return {last > 0 ? parts[last - 1] : std::string(), parts[last]};
}

std::vector<std::string> parts_of(const ParseNode& name) {
  if (name.is("String")) return {std::string(name.text("sval"))};
  if (name.is("TypeName")) return name.texts("names");
  if (name.is("ObjectWithArgs")) return name.texts("objname");
  std::vector<std::string> parts;
  for (const ParseNode& item : name.list("items"))
    for (std::string& part : parts_of(item)) parts.push_back(std::move(part));
  return parts;
}

std::string object_words(std::string_view object_type) {
  for (const auto& [type, words] : k_object_words)
    if (type == object_type) return std::string(words);
  constexpr std::string_view prefix = "OBJECT_";
  if (object_type.starts_with(prefix)) object_type.remove_prefix(prefix.size());
  return replaced(std::string(object_type), "_", " ");
}

bool is_relation_type(std::string_view object_type) {
  return std::ranges::find(k_relation_types, object_type) != k_relation_types.end();
}

std::string option_text(const ParseNode& def_element) {
  const ParseNode value = def_element["arg"];
  if (!value) return "true";
  if (value.is("String")) return std::string(value.text("sval"));
  if (value.is("Integer")) return std::to_string(value.number("ival"));
  if (value.is("Boolean")) return value.flag("boolval") ? "true" : "false";
  if (value.is("Float")) return std::string(value.text("fval"));
  return join(parts_of(value), ".");
}

ParseNode option(const std::vector<ParseNode>& options, std::string_view name) {
  const auto found = std::ranges::find_if(
      options, [&](const ParseNode& node) { return lower_case(node.text("defname")) == name; });
  return found == options.end() ? ParseNode() : *found;
}

bool is_on(const std::vector<ParseNode>& options, std::string_view name, bool otherwise) {
  const ParseNode node = option(options, name);
  if (!node) return otherwise;
  const std::string value = lower_case(option_text(node));
  return value == "true" || value == "on" || value == "1";
}

std::vector<RelationName> relations_read(const ParseNode& query) {
  std::set<std::string, std::less<>> local;
  std::vector<RelationName> read;
  walk(query, [&](const ParseNode& node) {
    if (node.is("CommonTableExpr")) local.emplace(node.text("ctename"));
  });
  walk(query, [&](const ParseNode& node) {
    if (!node.is("RangeVar")) return;
    const RelationName name = relation_of(node);
    const bool is_local = name.schema.empty() && local.contains(name.name);
    if (!is_local && std::ranges::find(read, name) == read.end()) read.push_back(name);
  });
  return read;
}

} // namespace afloat::postgres
