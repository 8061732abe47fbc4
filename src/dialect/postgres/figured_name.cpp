#include "dialect/postgres/replay_state.hpp"
#include "support/text.hpp"

#include <array>
#include <utility>

// The name that the server gives to an expression (FigureColnameInternal in parse_target.c).
namespace afloat::postgres {
namespace {
struct Figured {
  std::string name;
  int strength = 0; ///< 2 beats what stands around it
};

Figured figure(const ParseNode& node);

Figured figure_sublink(const ParseNode& node) {
  const std::string_view kind = node.word("sub_link_type");
  if (kind == "EXISTS_SUBLINK") return {"exists", 2};
  if (kind == "ARRAY_SUBLINK") return {"array", 2};
  const std::vector<ParseNode> targets = node["subselect"].list("target_list");
  if (kind != "EXPR_SUBLINK" || targets.empty()) return {};
  const std::string name(targets[0].text("name"));
  return name.empty() ? figure(targets[0]["val"]) : Figured{name, 2};
}

Figured figure_cast(const ParseNode& node) {
  const Figured inner = figure(node["arg"]);
  const std::vector<std::string> type = node["type_name"].texts("names");
  return inner.strength > 1 || type.empty() ? inner : Figured{type.back(), 1};
}

Figured figure_case(const ParseNode& node) {
  const Figured inner = figure(node["defresult"]);
  return inner.strength > 1 ? inner : Figured{"case", 1};
}

Figured figure_last(const ParseNode& node, std::string_view field) {
  const std::vector<std::string> names = node.texts(field);
  return names.empty() ? Figured{} : Figured{names.back(), 2};
}

/// SVFOP_CURRENT_TIMESTAMP_N -> current_timestamp
Figured figure_value_function(const ParseNode& node) {
  std::string name = lower_case(node.word("op"));
  name.erase(0, std::string_view("svfop_").size());
  if (name.ends_with("_n")) name.resize(name.size() - 2);
  return {name, 2};
}

Figured figure(const ParseNode& node) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> k_fixed{
      {{"A_ArrayExpr", "array"},
       {"CoalesceExpr", "coalesce"},
       {"RowExpr", "row"},
       {"GroupingFunc", "grouping"}}};
  for (const auto& [type, name] : k_fixed)
    if (node.is(type)) return {std::string(name), 2};
  if (node.is("ColumnRef")) return figure_last(node, "fields");
  if (node.is("FuncCall")) return figure_last(node, "funcname");
  if (node.is("TypeCast")) return figure_cast(node);
  if (node.is("CaseExpr")) return figure_case(node);
  if (node.is("SubLink")) return figure_sublink(node);
  if (node.is("CollateClause")) return figure(node["arg"]);
  if (node.is("SQLValueFunction")) return figure_value_function(node);
  if (node.is("MinMaxExpr")) return {node.word("op") == "IS_GREATEST" ? "greatest" : "least", 2};
  if (node.is("A_Expr") && node.word("kind") == "AEXPR_NULLIF") return {"nullif", 2};
  if (node.is("A_Indirection")) {
    const Figured field = figure_last(node, "indirection");
    return field.name.empty() ? figure(node["arg"]) : field;
  }
  return {};
}
} // namespace

std::string figured_name(const ParseNode& expression) {
  return figure(expression).name;
}

} // namespace afloat::postgres
