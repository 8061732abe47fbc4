#include "dialect/postgres/expressions.hpp"
#include "dialect/postgres/names.hpp"
#include "dialect/postgres/replay_state.hpp"
#include "dialect/postgres/type_name.hpp"
#include "model/domains.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <functional>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

// Columns as the server shows them: what it makes of a definition's words.
namespace afloat::postgres {
namespace {
bool is_number(const std::string& text) {
  return !text.empty()
         && std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0 || c == '.'; });
}

/// A number in the server's print: a negative one is a string with a cast.
std::string number_text(const std::string& number, std::string_view type) {
  return number.starts_with('-') ? fmt::format("'{}'::{}", number, type) : number;
}

std::string constant_text(const ParseNode& constant, const std::string& type) {
  if (const ParseNode value = constant["ival"])
    return number_text(std::to_string(value.number("ival")), "integer");
  if (const ParseNode value = constant["fval"]) {
    const std::string number(value.text("fval"));
    return number_text(number, number.find('.') == std::string::npos ? "bigint" : "numeric");
  }
  if (const ParseNode value = constant["boolval"]) return value.flag("boolval") ? "true" : "false";
  if (const ParseNode value = constant["bsval"]; value.text("bsval").starts_with('b'))
    return fmt::format("{}::\"bit\"", literal(value.text("bsval").substr(1)));
  const ParseNode value = constant["sval"];
  if (!value) return constant.expression_sql();
  const std::string text(value.text("sval"));
  constexpr std::array<std::string_view, 4> k_bare{"smallint", "integer", "bigint", "numeric"};
  if (std::ranges::find(k_bare, type_of_literal(type)) != k_bare.end() && is_number(text)) return text;
  if (type == "boolean")
    return std::string("tTyY1").find(text.substr(0, 1)) != std::string::npos ? "true" : "false";
  return fmt::format("{}::{}", literal(text), type_of_literal(type));
}

/// NULL, with or without a cast, is no default at all.
bool is_null(const ParseNode& expression) {
  if (expression.is("TypeCast")) return is_null(expression["arg"]);
  return expression.is("A_Const") && expression.flag("isnull");
}

/// nextval('s') and nextval('public.s'::regclass), printed alike.
std::string nextval_text(const ParseNode& call, const Replay& replay) {
  const std::vector<ParseNode> arguments = call.list("args");
  const std::vector<std::string> name = call.texts("funcname");
  if (arguments.size() != 1 || name.empty() || name.back() != "nextval") return {};
  const ParseNode constant = arguments[0].is("TypeCast") ? arguments[0]["arg"] : arguments[0];
  const std::string text(constant["sval"].text("sval"));
  const ParsedStatement parsed("SELECT FROM " + text);
  const std::vector<ParseNode> from = parsed.root().list("from_clause");
  if (text.empty() || from.size() != 1) return {};
  return fmt::format("nextval({}::regclass)", literal(replay.printed(replay.meant(relation_of(from[0])))));
}

/// How values of the type are stored if nothing is said. What is not known has values of any length.
std::string own_storage(const std::string& type, const Replay& replay) {
  static const std::set<std::string, std::less<>> k_plain{
      "\"char\"", "bigint",   "boolean",  "box",   "circle", "date", "double precision", "integer", "line",
      "lseg",     "macaddr",  "macaddr8", "money", "name",   "oid",  "pg_lsn",           "point",   "real",
      "regclass", "smallint", "tsquery",  "uuid",  "xid"};
  if (type.ends_with("[]")) return "EXTENDED";
  const std::string bare = trimmed(type.substr(0, type.find('(')));
  if (bare == "numeric" || bare == "inet" || bare == "cidr") return "MAIN";
  const bool of_time = bare.starts_with("time") || bare.starts_with("interval");
  const auto is_enum = [&](const TypeDefinition& one) {
    return one.kind == "enum" && replay.printed(one.name) == type;
  };
  const bool plain = of_time || k_plain.contains(bare) || std::ranges::any_of(replay.schema.types, is_enum);
  return plain ? "PLAIN" : "EXTENDED";
}

std::string default_text(const ParseNode& expression, const std::string& type, const Replay& replay) {
  if (expression.is("A_Const")) return constant_text(expression, type);
  if (expression.is("TypeCast") && expression["arg"].is("A_Const") && expression["arg"]["sval"])
    return fmt::format("{}::{}", literal(expression["arg"]["sval"].text("sval")),
                       replay.type(expression["type_name"]));
  if (expression.is("FuncCall"))
    if (std::string text = nextval_text(expression, replay); !text.empty()) return text;
  return expression.expression_sql();
}
} // namespace

void set_storage(Column& column, std::string_view word, const Replay& replay) {
  std::string type = column.type;
  for (const TypeDefinition* domain = domain_of(replay.schema, type); domain;
       domain = domain_of(replay.schema, type))
    type = domain->base;
  const std::string own = own_storage(type, replay);
  column.storage.clear();
  for (const std::string_view storage : {"PLAIN", "EXTERNAL", "MAIN", "EXTENDED"})
    if (lower_case(storage) == lower_case(word) && storage != own) column.storage = storage;
}

void set_default(Column& column, const ParseNode& expression, const Replay& replay) {
  column.default_sql.reset();
  column.default_is_constant = true;
  column.default_of = DefaultOf::column;
  if (!expression) return take_domains_default(column, replay);
  if (is_null(expression)) {
    if (domain_of(replay.schema, column.type)) column.default_of = DefaultOf::null;
    return;
  }
  column.default_sql = default_text(expression, column.type, replay);
  column.default_is_constant = is_constant(*column.default_sql);
}

void add_sequence(const RelationName& table, Column& column, std::string_view type, bool serial,
                  Replay& replay) {
  const RelationName name{table.schema,
                          replay.free_relation_name(table.schema, table.name, column.name, "seq")};
  replay.schema.sequences.push_back({name, std::string(type), table, column.name});
  if (!serial) return;
  column.not_null = true;
  column.default_of = DefaultOf::column;
  column.default_sql = fmt::format("nextval({}::regclass)", literal(replay.printed(name)));
  column.default_is_constant = false;
}

namespace {
/// GENERATED … AS IDENTITY (options): a name for the sequence may be among them.
void add_identity(const ParseNode& constraint, const RelationName& table, Column& column, Replay& replay) {
  column.identity = constraint.text("generated_when") == "a" ? "ALWAYS" : "BY DEFAULT";
  column.not_null = true;
  add_sequence(table, column, column.type, false, replay);
  const ParseNode name = option(constraint.list("options"), "sequence_name");
  if (name) replay.schema.sequences.back().name = replay.made(relation_of(parts_of(name["arg"])));
}
} // namespace

Column column_of(const ParseNode& definition, const RelationName& table, Replay& replay) {
  Column column{.name = std::string(definition.text("colname"))};
  const std::string serial = serial_type(definition["type_name"]);
  column.type = serial.empty() ? replay.type(definition["type_name"]) : serial;
  column.collation = replay.collation(definition["coll_clause"]);
  set_default(column, {}, replay);
  if (!serial.empty()) add_sequence(table, column, serial, true, replay);
  for (const ParseNode& constraint : definition.list("constraints")) {
    const std::string_view kind = constraint.word("contype");
    if (kind == "CONSTR_NOTNULL" || kind == "CONSTR_PRIMARY") column.not_null = true;
    if (kind == "CONSTR_DEFAULT") set_default(column, constraint["raw_expr"], replay);
    if (kind == "CONSTR_GENERATED") {
      column.generated = constraint["raw_expr"].expression_sql();
      column.default_of = DefaultOf::column;
      column.default_sql.reset();
    }
    if (kind == "CONSTR_IDENTITY") add_identity(constraint, table, column, replay);
  }
  return column;
}

} // namespace afloat::postgres
