#include "dialect/postgres/server_words.hpp"

#include "sql/parse_tree.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

// Names that mean the same whatever the search path is, because pg_catalog is searched first. The lists are
// not complete: what is left out costs time and nothing else.
namespace afloat::postgres {
namespace {
// clang-format off: it would give each word a line of its own
const std::set<std::string_view> k_functions{
    "abs", "age", "array_append", "array_cat", "array_length", "array_remove", "array_to_json",
    "array_to_string", "ascii", "btrim", "cardinality", "ceil", "ceiling", "char_length", "character_length",
    "chr", "clock_timestamp", "concat", "concat_ws", "date", "date_part", "date_trunc", "decode", "div",
    "encode", "floor", "format", "initcap", "json_build_object", "jsonb_build_object", "left", "length",
    "lower", "lpad", "ltrim", "make_date", "make_interval", "make_timestamp", "md5", "mod", "now",
    "octet_length", "overlay", "position", "power", "quote_literal", "regexp_match", "regexp_replace",
    "repeat", "replace", "reverse", "right", "round", "rpad", "rtrim", "sha256", "sign", "split_part",
    "sqrt", "string_to_array", "strpos", "substr", "substring", "timezone", "to_char", "to_date", "to_hex",
    "to_json", "to_jsonb", "to_number", "to_timestamp", "translate", "trim", "trunc", "upper"};
// clang-format on

const std::set<std::string_view> k_types{
    "bigint",    "bit",         "bool",     "boolean", "box",       "bpchar",    "bytea",     "char",
    "character", "cidr",        "circle",   "date",    "daterange", "decimal",   "double",    "float",
    "float4",    "float8",      "inet",     "int",     "int2",      "int4",      "int4range", "int8",
    "int8range", "integer",     "interval", "json",    "jsonb",     "jsonpath",  "line",      "lseg",
    "macaddr",   "macaddr8",    "money",    "name",    "numeric",   "numrange",  "oid",       "path",
    "pg_lsn",    "point",       "polygon",  "real",    "regclass",  "smallint",  "text",      "time",
    "timestamp", "timestamptz", "timetz",   "tsquery", "tsrange",   "tstzrange", "tsvector",  "uuid",
    "varbit",    "varchar",     "xml"};

const std::set<std::string_view> k_operators{
    "+",  "-",  "*",   "/",  "%",   "^",   "||",   "=",  "<>",  "!=", "<",   ">",  "<=",  ">=", "~",
    "~*", "!~", "!~*", "~~", "!~~", "~~*", "!~~*", "->", "->>", "#>", "#>>", "#-", "@>",  "<@", "&&",
    "?",  "?|", "?&",  "&",  "|",   "#",   "<<",   ">>", "@@",  "@?", "^@",  "|/", "||/", "@"};

const std::set<std::string_view> k_collations{"C", "POSIX", "default", "ucs_basic"};

/// {lower}, {pg_catalog, lower}
bool is_own(const std::vector<std::string>& name, const std::set<std::string_view>& known) {
  if (name.size() == 1) return known.contains(name.front());
  return name.size() == 2 && name.front() == "pg_catalog";
}

bool is_servers(const ParseNode& node) {
  if (node.is("FuncCall")) return is_own(node.texts("funcname"), k_functions);
  if (node.is("A_Expr")) {
    const std::string_view kind = node.word("kind");
    // Of IN, BETWEEN, NULLIF and their like the parser makes the name.
    return kind.starts_with("AEXPR_BETWEEN") || kind.starts_with("AEXPR_NOT_BETWEEN")
           || is_own(node.texts("name"), k_operators);
  }
  if (node.is("TypeName")) return is_own(node.texts("names"), k_types);
  if (node.is("CollateClause")) return is_own(node.texts("collname"), k_collations);
  return !node.is("SubLink") && !node.is("RangeVar") && !node.is("WindowDef");
}

/// The statement that has the expression as its only value; nothing where it cannot be read as such.
ParseNode selected(const ParsedStatement& statement) {
  if (statement.error() || !statement.root().is("SelectStmt")) return {};
  const std::vector<ParseNode> targets = statement.root().list("target_list");
  return targets.size() == 1 ? targets.front() : ParseNode();
}

std::string selecting(std::string_view expression) {
  return "SELECT (" + std::string(expression) + "\n)";
}
} // namespace

bool depends_on_search_path(std::string_view expression) {
  const ParsedStatement statement(selecting(expression));
  const ParseNode value = selected(statement);
  if (!value) return true;
  bool own = true;
  walk(statement.root(), [&](const ParseNode& node) { own = own && is_servers(node); });
  return !own;
}

std::string resolve_path() {
  return "SELECT pg_catalog.set_config('search_path', pg_catalog.concat_ws(', ', (SELECT "
         "pg_catalog.string_agg(pg_catalog.quote_ident(s), ', ' ORDER BY n) FROM "
         "pg_catalog.unnest(pg_catalog.current_schemas(false)) WITH ORDINALITY AS u(s, n)), 'pg_temp'), "
         "true)";
}

bool works_on_columns(std::string_view expression) {
  const ParsedStatement statement(selecting(expression));
  const ParseNode value = selected(statement);
  if (!value) return true;
  bool works = false;
  walk(value, [&](const ParseNode& node) {
    works |= !node.is("ResTarget") && !node.is("ColumnRef") && !node.is("String") && !node.is("A_Const")
             && !node.is("TypeCast") && !node.is("TypeName") && !node.is("CoalesceExpr")
             && !node.is("Integer");
  });
  return works;
}

std::string must_take_null(const std::string& type) {
  return is_servers_type(type) ? std::string() : "SELECT CAST(NULL AS " + type + ")";
}

bool is_servers_type(std::string_view type) {
  const ParsedStatement statement("SELECT NULL::" + std::string(type));
  const ParseNode value = selected(statement);
  bool own = static_cast<bool>(value);
  if (value) walk(value, [&](const ParseNode& node) { own = own && is_servers(node); });
  return own;
}

bool is_equal_by_bytes(std::string_view type) {
  constexpr std::string_view k_equal[] = {"smallint",
                                          "integer",
                                          "bigint",
                                          "boolean",
                                          "text",
                                          "character varying",
                                          "uuid",
                                          "bytea",
                                          "date",
                                          "timestamp without time zone",
                                          "timestamp with time zone"};
  return std::ranges::count(k_equal, type.substr(0, type.find('('))) > 0 && !type.ends_with("[]");
}

} // namespace afloat::postgres
