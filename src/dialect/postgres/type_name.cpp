#include "dialect/postgres/type_name.hpp"

#include "support/text.hpp"

#include <map>
#include <set>
#include <string_view>

#include <fmt/format.h>

namespace afloat::postgres {
namespace {
// Names of pg_type that format_type prints in SQL's words.
const std::map<std::string_view, std::string_view> k_words{
    {"bit", "bit"},
    {"bool", "boolean"},
    {"bpchar", "character"},
    {"float4", "real"},
    {"float8", "double precision"},
    {"int2", "smallint"},
    {"int4", "integer"},
    {"int8", "bigint"},
    {"interval", "interval"},
    {"numeric", "numeric"},
    {"time", "time without time zone"},
    {"timetz", "time with time zone"},
    {"timestamp", "timestamp without time zone"},
    {"timestamptz", "timestamp with time zone"},
    {"varbit", "bit varying"},
    {"varchar", "character varying"},
    {"char", "\"char\""},
};

// The other types of pg_catalog that a column can have.
const std::set<std::string_view> k_others{"aclitem",
                                          "box",
                                          "bytea",
                                          "cid",
                                          "cidr",
                                          "circle",
                                          "date",
                                          "datemultirange",
                                          "daterange",
                                          "gtsvector",
                                          "inet",
                                          "int2vector",
                                          "int4multirange",
                                          "int4range",
                                          "int8multirange",
                                          "int8range",
                                          "json",
                                          "jsonb",
                                          "jsonpath",
                                          "line",
                                          "lseg",
                                          "macaddr",
                                          "macaddr8",
                                          "money",
                                          "name",
                                          "nummultirange",
                                          "numrange",
                                          "oid",
                                          "oidvector",
                                          "path",
                                          "pg_lsn",
                                          "pg_node_tree",
                                          "pg_snapshot",
                                          "point",
                                          "polygon",
                                          "refcursor",
                                          "regclass",
                                          "regcollation",
                                          "regconfig",
                                          "regdictionary",
                                          "regnamespace",
                                          "regoper",
                                          "regoperator",
                                          "regproc",
                                          "regprocedure",
                                          "regrole",
                                          "regtype",
                                          "text",
                                          "tid",
                                          "tsmultirange",
                                          "tsquery",
                                          "tsrange",
                                          "tstzmultirange",
                                          "tstzrange",
                                          "tsvector",
                                          "txid_snapshot",
                                          "uuid",
                                          "xid",
                                          "xid8",
                                          "xml"};

const std::map<std::string_view, std::string_view> k_serials{
    {"serial", "integer"}, {"serial4", "integer"},      {"bigserial", "bigint"},
    {"serial8", "bigint"}, {"smallserial", "smallint"}, {"serial2", "smallint"},
};

// The masks of interval's fields (datetime.h, 1 << MONTH and so on), as the parser gives them.
const std::map<std::int64_t, std::string_view> k_interval_fields{
    {4, " year"},
    {2, " month"},
    {8, " day"},
    {1024, " hour"},
    {2048, " minute"},
    {4096, " second"},
    {6, " year to month"},
    {1032, " day to hour"},
    {3080, " day to minute"},
    {7176, " day to second"},
    {3072, " hour to minute"},
    {7168, " hour to second"},
    {6144, " minute to second"},
};

std::vector<std::int64_t> modifiers(const ParseNode& type_name) {
  std::vector<std::int64_t> numbers;
  for (const ParseNode& node : type_name.list("typmods")) numbers.push_back(node["ival"].number("ival"));
  return numbers;
}

std::string interval_text(const std::vector<std::int64_t>& numbers) {
  if (numbers.empty()) return "interval";
  const auto fields = k_interval_fields.find(numbers[0]);
  const std::string text = "interval" + std::string(fields == k_interval_fields.end() ? "" : fields->second);
  return numbers.size() > 1 ? fmt::format("{}({})", text, numbers[1]) : text;
}

/// The modifiers stand behind the first word: "timestamp(3) with time zone", but "character varying(40)".
std::string with_modifiers(std::string_view type, std::string_view text, std::vector<std::int64_t> numbers) {
  if (numbers.empty()) return type == "bpchar" ? "bpchar" : std::string(text);
  if (type == "numeric" && numbers.size() == 1) numbers.push_back(0);
  std::vector<std::string> words;
  for (const std::int64_t number : numbers) words.push_back(std::to_string(number));
  const std::string inside = "(" + join(words, ",") + ")";
  const std::size_t zone = text.find(" with");
  if (zone == std::string_view::npos) return std::string(text) + inside;
  return std::string(text.substr(0, zone)) + inside + std::string(text.substr(zone));
}

std::string element_text(const ParseNode& type_name, const UserType& user_type) {
  const std::vector<std::string> parts = type_name.texts("names");
  const bool catalog = parts.size() == 1 || parts.front() == "pg_catalog";
  const std::string& type = parts.back();
  const std::vector<std::int64_t> numbers = modifiers(type_name);
  if (catalog && type == "interval") return interval_text(numbers);
  const auto words = k_words.find(type);
  // "char" in quotes and CHAR differ: the latter is bpchar to the parser.
  if (catalog && words != k_words.end()) return with_modifiers(type, words->second, numbers);
  if (catalog && k_others.contains(type)) return type;
  if (parts.front() == "pg_catalog") return type;
  return with_modifiers(type, user_type(parts), numbers);
}
} // namespace

std::string type_text(const ParseNode& type_name, const UserType& user_type) {
  if (type_name.texts("names").empty()) return {};
  const std::string text = element_text(type_name, user_type);
  return type_name.list("array_bounds").empty() ? text : text + "[]";
}

std::string type_of_literal(std::string type) {
  const bool array = type.ends_with("[]");
  if (const std::size_t open = type.find('('); open != std::string::npos)
    type.erase(open, type.find(')', open) + 1 - open);
  if (type.starts_with("interval")) type = array ? "interval[]" : "interval";
  if (type == "character") type = "bpchar";
  return type;
}

std::string serial_type(const ParseNode& type_name) {
  const std::vector<std::string> parts = type_name.texts("names");
  const auto found = parts.size() == 1 ? k_serials.find(parts.front()) : k_serials.end();
  return found == k_serials.end() ? std::string() : std::string(found->second);
}

} // namespace afloat::postgres
