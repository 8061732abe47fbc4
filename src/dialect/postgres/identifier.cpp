#include "dialect/postgres/identifier.hpp"

#include "dialect/postgres/names.hpp"

#include <algorithm>
#include <cctype>
#include <set>

namespace afloat::postgres {
namespace {
constexpr std::size_t k_most_bytes = 63; // NAMEDATALEN - 1

// All keywords but the unreserved ones (pg_get_keywords of PostgreSQL 15; later ones add json_array and so
// on).
const std::set<std::string_view> k_keywords{"all",
                                            "analyse",
                                            "analyze",
                                            "and",
                                            "any",
                                            "array",
                                            "as",
                                            "asc",
                                            "asymmetric",
                                            "authorization",
                                            "between",
                                            "bigint",
                                            "binary",
                                            "bit",
                                            "boolean",
                                            "both",
                                            "case",
                                            "cast",
                                            "char",
                                            "character",
                                            "check",
                                            "coalesce",
                                            "collate",
                                            "collation",
                                            "column",
                                            "concurrently",
                                            "constraint",
                                            "create",
                                            "cross",
                                            "current_catalog",
                                            "current_date",
                                            "current_role",
                                            "current_schema",
                                            "current_time",
                                            "current_timestamp",
                                            "current_user",
                                            "dec",
                                            "decimal",
                                            "default",
                                            "deferrable",
                                            "desc",
                                            "distinct",
                                            "do",
                                            "else",
                                            "end",
                                            "except",
                                            "exists",
                                            "extract",
                                            "false",
                                            "fetch",
                                            "float",
                                            "for",
                                            "foreign",
                                            "freeze",
                                            "from",
                                            "full",
                                            "grant",
                                            "greatest",
                                            "group",
                                            "grouping",
                                            "having",
                                            "ilike",
                                            "in",
                                            "initially",
                                            "inner",
                                            "inout",
                                            "int",
                                            "integer",
                                            "intersect",
                                            "interval",
                                            "into",
                                            "is",
                                            "isnull",
                                            "join",
                                            "lateral",
                                            "leading",
                                            "least",
                                            "left",
                                            "like",
                                            "limit",
                                            "localtime",
                                            "localtimestamp",
                                            "national",
                                            "natural",
                                            "nchar",
                                            "none",
                                            "normalize",
                                            "not",
                                            "notnull",
                                            "null",
                                            "nullif",
                                            "numeric",
                                            "offset",
                                            "on",
                                            "only",
                                            "or",
                                            "order",
                                            "out",
                                            "outer",
                                            "overlaps",
                                            "overlay",
                                            "placing",
                                            "position",
                                            "precision",
                                            "primary",
                                            "real",
                                            "references",
                                            "returning",
                                            "right",
                                            "row",
                                            "select",
                                            "session_user",
                                            "setof",
                                            "similar",
                                            "smallint",
                                            "some",
                                            "substring",
                                            "symmetric",
                                            "table",
                                            "tablesample",
                                            "then",
                                            "time",
                                            "timestamp",
                                            "to",
                                            "trailing",
                                            "treat",
                                            "trim",
                                            "true",
                                            "union",
                                            "unique",
                                            "user",
                                            "using",
                                            "values",
                                            "varchar",
                                            "variadic",
                                            "verbose",
                                            "when",
                                            "where",
                                            "window",
                                            "with",
                                            "xmlattributes",
                                            "xmlconcat",
                                            "xmlelement",
                                            "xmlexists",
                                            "xmlforest",
                                            "xmlnamespaces",
                                            "xmlparse",
                                            "xmlpi",
                                            "xmlroot",
                                            "xmlserialize",
                                            "xmltable"};

bool is_plain(std::string_view name) {
  const auto fits = [](unsigned char letter) {
    return std::islower(letter) != 0 || std::isdigit(letter) != 0 || letter == '_';
  };
  return !name.empty() && std::isdigit(static_cast<unsigned char>(name.front())) == 0
         && std::ranges::all_of(name, fits) && !k_keywords.contains(name);
}

/// At most `most` bytes, cut at a character's boundary.
std::string clipped(const std::string& name, std::size_t most) {
  if (name.size() <= most) return name;
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0U) == 0x80U) --end;
  return name.substr(0, end);
}
} // namespace

std::string as_printed(std::string_view name) {
  return is_plain(name) ? std::string(name) : in_quotes(name);
}

std::string as_printed(const RelationName& name, std::string_view default_schema) {
  if (name.schema.empty() || name.schema == default_schema || name.schema == "pg_catalog")
    return as_printed(name.name);
  return as_printed(name.schema) + "." + as_printed(name.name);
}

std::string object_name(std::string name1, std::string name2, std::string_view label) {
  const std::size_t signs = (name2.empty() ? 0 : 1) + (label.empty() ? 0 : 1 + label.size());
  const std::size_t room = k_most_bytes - std::min(signs, k_most_bytes);
  std::size_t first = name1.size(), second = name2.size();
  while (first + second > room) --(first > second ? first : second);
  std::string name = clipped(name1, first);
  if (!name2.empty()) name += "_" + clipped(name2, second);
  if (!label.empty()) name += "_" + std::string(label);
  return name;
}

} // namespace afloat::postgres
