#include "sql/deparsed.hpp"

#include "sql/parse_tree.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace afloat {
namespace {
bool alike(const ParseNode& written, const ParseNode& server);

bool alike(const std::vector<ParseNode>& written, const std::vector<ParseNode>& server) {
  return std::ranges::equal(written, server,
                            [](const ParseNode& one, const ParseNode& other) { return alike(one, other); });
}

/// The text of a constant, whatever its kind: the server writes -1 as '-1'::integer.
std::string constant(const ParseNode& node) {
  if (node.flag("isnull")) return "NULL";
  for (const ParseNode& value : node.children()) {
    if (value.is("Integer")) return std::to_string(value.number("ival"));
    if (value.is("Float")) return std::string(value.text("fval"));
    if (value.is("Boolean")) return value.flag("boolval") ? "true" : "false";
    if (value.is("String")) return std::string(value.text("sval"));
    if (value.is("BitString")) return std::string(value.text("bsval"));
  }
  return {};
}

std::string operator_of(const ParseNode& expression) {
  const std::vector<std::string> name = expression.texts("name");
  return name.empty() ? std::string() : name.back();
}

/// a IN (b, c) is a = ANY (ARRAY[b, c]), and of one element a = b; NOT IN likewise with <> ALL.
bool alike_in(const ParseNode& written, const ParseNode& server) {
  if (!server.is("A_Expr") || operator_of(written) != operator_of(server)) return false;
  if (!alike(written["lexpr"], server["lexpr"])) return false;
  const std::vector<ParseNode> elements = written["rexpr"].list("items");
  if (server.word("kind") == "AEXPR_OP") return elements.size() == 1 && alike(elements[0], server["rexpr"]);
  ParseNode array = server["rexpr"];
  while (array.is("TypeCast")) array = array["arg"];
  return array.is("A_ArrayExpr") && alike(elements, array.list("elements"));
}

bool is_between(const ParseNode& node) {
  return node.is("A_Expr") && node.word("kind") == "AEXPR_BETWEEN";
}

/// a BETWEEN b AND c is a >= b AND a <= c.
bool alike_between(const ParseNode& written, const ParseNode& lower, const ParseNode& upper) {
  const std::vector<ParseNode> bounds = written["rexpr"].list("items");
  const auto is_bound = [&](const ParseNode& server, std::string_view sign, const ParseNode& bound) {
    return server.is("A_Expr") && operator_of(server) == sign && alike(written["lexpr"], server["lexpr"])
           && alike(bound, server["rexpr"]);
  };
  return bounds.size() == 2 && is_bound(lower, ">=", bounds[0]) && is_bound(upper, "<=", bounds[1]);
}

/// The server's list of what AND joins has two members for a BETWEEN.
bool alike_and(const std::vector<ParseNode>& written, const std::vector<ParseNode>& server) {
  std::size_t at = 0;
  for (const ParseNode& node : written) {
    const bool two = is_between(node);
    if (at + (two ? 2 : 1) > server.size()) return false;
    if (!(two ? alike_between(node, server[at], server[at + 1]) : alike(node, server[at]))) return false;
    at += two ? 2 : 1;
  }
  return at == server.size();
}

bool is_and(const ParseNode& node) {
  return node.is("BoolExpr") && node.word("boolop") == "AND_EXPR";
}

bool alike_operators(const ParseNode& written, const ParseNode& server) {
  const std::string_view kind = written.word("kind");
  if (kind == server.word("kind") || (kind == "AEXPR_LIKE" || kind == "AEXPR_ILIKE"))
    return operator_of(written) == operator_of(server) && alike(written["lexpr"], server["lexpr"])
           && alike(written["rexpr"], server["rexpr"]);
  return kind == "AEXPR_IN" && alike_in(written, server);
}

std::vector<ParseNode> without_catalog(std::vector<ParseNode> names) {
  if (names.size() > 1 && names.front().is("String") && names.front().text("sval") == "pg_catalog")
    names.erase(names.begin());
  return names;
}

/// Calls but for the schema pg_catalog, and for the form of SQL (EXTRACT … FROM …).
bool alike_calls(const ParseNode& written, const ParseNode& server) {
  return alike(without_catalog(written.list("funcname")), without_catalog(server.list("funcname")))
         && alike(written.list("args"), server.list("args"));
}

bool alike_types(const ParseNode& written, const ParseNode& server) {
  return alike(without_catalog(written.list("names")), without_catalog(server.list("names")))
         && alike(written.list("typmods"), server.list("typmods"))
         && written.list("array_bounds").size() == server.list("array_bounds").size();
}

bool alike(const ParseNode& written, const ParseNode& server) {
  if (!written || !server) return !written && !server;
  if (written.is("TypeCast") && server.is("TypeCast")
      && alike_types(written["type_name"], server["type_name"]) && alike(written["arg"], server["arg"]))
    return true;
  if (server.is("TypeCast")) return alike(written, server["arg"]);
  if (written.is("TypeCast")) return alike(written["arg"], server);
  if (is_between(written)) return is_and(server) && alike_and({written}, server.list("args"));
  if (is_and(written) && is_and(server)) return alike_and(written.list("args"), server.list("args"));
  if (written.type() != server.type()) return false;
  if (written.is("A_Expr")) return alike_operators(written, server);
  if (written.is("A_Const")) return constant(written) == constant(server);
  if (written.is("FuncCall")) return alike_calls(written, server);
  if (written.is("TypeName")) return alike_types(written, server);
  if (written.is("ColumnRef"))
    return !written.list("fields").empty() && !server.list("fields").empty()
           && alike(written.list("fields").back(), server.list("fields").back());
  return written.values() == server.values() && alike(written.children(), server.children());
}
} // namespace

bool may_be_deparsed(const std::string& written, const std::string& server) {
  if (written == server) return true;
  const ParsedStatement one(written), other(server);
  return one.root() && other.root() && alike(one.root(), other.root());
}

} // namespace afloat
