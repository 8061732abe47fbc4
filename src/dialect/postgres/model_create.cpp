#include "dialect/postgres/model_sql.hpp"
#include "dialect/postgres/names.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace afloat::postgres {
namespace {
using Columns = std::vector<const SchemaObject*>;

std::string clause(std::string_view words, std::string_view value) {
  return value.empty() ? std::string() : fmt::format(" {} {}", words, value);
}

std::string in_parentheses(std::string_view words, std::string_view value) {
  return value.empty() ? std::string() : fmt::format(" {} ({})", words, value);
}

std::string type_sql(const SchemaObject& type, const Columns&) {
  const std::string_view form = type.value("form");
  if (form == "enum") return fmt::format("CREATE TYPE {} AS ENUM ({})", type.name, type.value("labels"));
  if (form == "composite") return fmt::format("CREATE TYPE {} AS ({})", type.name, type.value("attributes"));
  if (form == "domain")
    return fmt::format("CREATE DOMAIN {} AS {}{}{}{}{}", type.name, type.value("base"),
                       clause("COLLATE", type.value("collation")), clause("DEFAULT", type.value("default")),
                       type.value("not null").empty() ? "" : " NOT NULL", clause("", type.value("checks")));
  if (form != "range") return {};
  std::string options = fmt::format("subtype = {}", type.value("subtype"));
  constexpr std::array<std::array<std::string_view, 2>, 5> k_options{
      {{"subtype operator class", "subtype_opclass"},
       {"subtype collation", "collation"},
       {"canonical", "canonical"},
       {"subtype difference", "subtype_diff"},
       {"multirange", "multirange_type_name"}}};
  for (const auto& [property, option] : k_options)
    if (!type.value(property).empty()) options += fmt::format(", {} = {}", option, type.value(property));
  return fmt::format("CREATE TYPE {} AS RANGE ({})", type.name, options);
}

std::string collation_sql(const SchemaObject& collation, const Columns&) {
  const std::string locale =
      collation.value("ctype").empty()
          ? "locale = " + literal(collation.value("locale"))
          : fmt::format("lc_collate = {}, lc_ctype = {}", literal(collation.value("locale")),
                        literal(collation.value("ctype")));
  return fmt::format(
      "CREATE COLLATION {} (provider = {}, {}{}{})", collation.name, collation.value("provider"), locale,
      collation.value("deterministic").empty() ? "" : ", deterministic = false",
      collation.value("rules").empty() ? "" : ", rules = " + literal(collation.value("rules")));
}

std::string sequence_sql(const SchemaObject& sequence, const Columns&) {
  return fmt::format(
      "CREATE {}SEQUENCE {} AS {} INCREMENT BY {} MINVALUE {} MAXVALUE {} START WITH {} CACHE {}{}",
      sequence.value("persistence").empty() ? "" : "UNLOGGED ", sequence.name, sequence.value("type"),
      sequence.value("increment"), sequence.value("minimum"), sequence.value("maximum"),
      sequence.value("start"), sequence.value("cache"), sequence.value("cycle").empty() ? "" : " CYCLE");
}

std::string column_definition(const SchemaObject& column) {
  std::string text =
      fmt::format("{} {}{}", column.name, column.value("type"), clause("COLLATE", column.value("collation")));
  text += in_parentheses("OPTIONS", column.value("server options"));
  if (const std::string_view name = column.value("not null name"); !name.empty())
    text += fmt::format(" CONSTRAINT {}", name);
  if (!column.value("not null").empty())
    text += column.value("not null") == "no inherit" ? " NOT NULL NO INHERIT" : " NOT NULL";
  if (!column.value("default").empty()) text += fmt::format(" DEFAULT {}", column.value("default"));
  if (!column.value("identity").empty())
    text += fmt::format(" GENERATED {} AS IDENTITY ({})", column.value("identity"),
                        column.value("identity sequence"));
  if (!column.value("generated").empty())
    text += fmt::format(" GENERATED ALWAYS AS ({}) {}", column.value("generated"),
                        column.value("virtual").empty() ? "STORED" : "VIRTUAL");
  return text;
}

std::string table_sql(const SchemaObject& table, const Columns& columns) {
  std::vector<std::string> definitions;
  for (const SchemaObject* column : columns)
    if (column->value("inherited").empty()) definitions.push_back("\n  " + column_definition(*column));
  const bool foreign = table.value("form") == "foreign table";
  std::string text = fmt::format("CREATE {}{}TABLE {}", table.value("persistence").empty() ? "" : "UNLOGGED ",
                                 foreign ? "FOREIGN " : "", table.name);
  if (const std::string_view parent = table.value("partition of"); !parent.empty())
    text += fmt::format(" PARTITION OF {} {}", parent, table.value("bound"));
  else if (!table.value("of type").empty())
    text += fmt::format(" OF {}", table.value("of type"));
  else
    text += fmt::format(" ({})", join(definitions, ","));
  text += in_parentheses("INHERITS", table.value("inherits"))
          + clause("PARTITION BY", table.value("partition by"));
  text += clause("USING", table.value("access method")) + in_parentheses("WITH", table.value("options"));
  text += clause("TABLESPACE", table.value("tablespace")) + clause("SERVER", table.value("server"));
  return text + (foreign ? in_parentheses("OPTIONS", table.value("server options")) : "");
}

std::string view_sql(const SchemaObject& view, const Columns&) {
  const bool stored = !view.value("form").empty();
  std::string query(view.value("definition"));
  while (!query.empty() && (query.back() == ';' || query.back() == '\n')) query.pop_back();
  return fmt::format("CREATE {}VIEW {} ({}){}{} AS\n{}{}", stored ? "MATERIALIZED " : "", view.name,
                     view.value("columns"), in_parentheses("WITH", view.value("options")),
                     clause("TABLESPACE", view.value("tablespace")), query,
                     view.value("populated").empty() ? "" : "\nWITH NO DATA");
}

std::string policy_sql(const SchemaObject& policy, const Columns&) {
  return fmt::format("CREATE POLICY {} ON {}{} FOR {} TO {}{}{}", policy.name, policy.table,
                     policy.value("restrictive").empty() ? "" : " AS RESTRICTIVE", policy.value("command"),
                     policy.value("roles"), in_parentheses("USING", policy.value("using")),
                     in_parentheses("WITH CHECK", policy.value("check")));
}

std::string definition(const SchemaObject& object, const Columns&) {
  std::string text(object.value("definition"));
  while (!text.empty() && (text.back() == ';' || text.back() == '\n')) text.pop_back();
  return text;
}

std::string publication_sql(const SchemaObject& publication, const Columns&) {
  std::vector<std::string> parts;
  if (!publication.value("tables").empty())
    parts.push_back(fmt::format("TABLE {}", publication.value("tables")));
  if (!publication.value("schemas").empty())
    parts.push_back(fmt::format("TABLES IN SCHEMA {}", publication.value("schemas")));
  const std::string what = publication.value("all tables").empty() ? join(parts, ", ") : "ALL TABLES";
  return fmt::format("CREATE PUBLICATION {}{} WITH (publish = '{}'{})", publication.name, clause("FOR", what),
                     publication.value("publish"),
                     publication.value("via root").empty() ? "" : ", publish_via_partition_root = true");
}

struct Row {
  std::string_view kind;
  std::string (*sql)(const SchemaObject&, const Columns&);
};

constexpr std::array k_rows{
    Row{"schema",
        [](const SchemaObject& o, const Columns&) { return "CREATE SCHEMA IF NOT EXISTS " + o.name; }},
    Row{"extension",
        [](const SchemaObject& o, const Columns&) {
          return fmt::format("CREATE EXTENSION IF NOT EXISTS {} WITH SCHEMA {}", o.name, o.value("schema"));
        }},
    Row{"collation", collation_sql},
    Row{"type", type_sql},
    Row{"sequence", sequence_sql},
    Row{"function", definition},
    Row{"aggregate",
        [](const SchemaObject& o, const Columns&) {
          return fmt::format("CREATE AGGREGATE {} ({})", o.name, o.value("definition"));
        }},
    Row{"cast",
        [](const SchemaObject& o, const Columns&) {
          return fmt::format("CREATE CAST {} {}{}", o.name, o.value("method"),
                             clause("AS", o.value("context")));
        }},
    Row{"operator",
        [](const SchemaObject& o, const Columns&) {
          return fmt::format("CREATE OPERATOR {} ({})", o.name.substr(0, o.name.find(" (")),
                             o.value("definition"));
        }},
    Row{"text search dictionary",
        [](const SchemaObject& o, const Columns&) {
          return fmt::format("CREATE TEXT SEARCH DICTIONARY {} (TEMPLATE = {}{})", o.name,
                             o.value("template"),
                             o.value("options").empty() ? "" : fmt::format(", {}", o.value("options")));
        }},
    Row{"text search configuration",
        [](const SchemaObject& o, const Columns&) {
          return fmt::format("CREATE TEXT SEARCH CONFIGURATION {} (PARSER = {})", o.name, o.value("parser"));
        }},
    Row{"user mapping",
        [](const SchemaObject& o, const Columns&) { return "CREATE USER MAPPING " + o.name; }},
    Row{"foreign data wrapper",
        [](const SchemaObject& o, const Columns&) {
          return fmt::format("CREATE FOREIGN DATA WRAPPER {}{}{}{}", o.name,
                             clause("HANDLER", o.value("handler")), clause("VALIDATOR", o.value("validator")),
                             in_parentheses("OPTIONS", o.value("options")));
        }},
    Row{"server",
        [](const SchemaObject& o, const Columns&) {
          return fmt::format("CREATE SERVER {}{}{} FOREIGN DATA WRAPPER {}{}", o.name,
                             o.value("type").empty() ? "" : " TYPE " + literal(o.value("type")),
                             o.value("version").empty() ? "" : " VERSION " + literal(o.value("version")),
                             o.value("wrapper"), in_parentheses("OPTIONS", o.value("options")));
        }},
    Row{"table", table_sql},
    Row{"column",
        [](const SchemaObject& o, const Columns&) {
          return o.value("type").empty()
                     ? std::string() // of a view: it comes with it
                     : fmt::format("ALTER TABLE {} ADD COLUMN {}", o.table, column_definition(o));
        }},
    Row{"constraint",
        [](const SchemaObject& o, const Columns&) {
          return fmt::format("ALTER TABLE {} ADD CONSTRAINT {} {}", o.table, o.name, o.value("definition"));
        }},
    Row{"index", definition},
    Row{"view", view_sql},
    Row{"statistics", definition},
    Row{"rule", definition},
    Row{"trigger", definition},
    Row{"policy", policy_sql},
    Row{"event trigger",
        [](const SchemaObject& o, const Columns&) {
          return fmt::format("CREATE EVENT TRIGGER {} ON {}{} EXECUTE FUNCTION {}()", o.name,
                             o.value("event"), in_parentheses("WHEN TAG IN", o.value("tags")),
                             o.value("function"));
        }},
    Row{"publication", publication_sql},
};

/// What can be given by a statement of its own afterwards; all else comes with the object.
constexpr std::array<std::string_view, 23> k_afterwards{"owner",
                                                        "mappings",
                                                        "grants",
                                                        "revoked",
                                                        "comment",
                                                        "security labels",
                                                        "owned by",
                                                        "toast options",
                                                        "storage",
                                                        "row security",
                                                        "forced row security",
                                                        "replica identity",
                                                        "clustered on",
                                                        "statistics",
                                                        "compression",
                                                        "enabled",
                                                        "target",
                                                        "attached to",
                                                        "disabled triggers",
                                                        "index options",
                                                        "not valid",
                                                        "valid",
                                                        "index tablespace"};
} // namespace

std::optional<std::string> creation(const SchemaObject& object, const Columns& columns) {
  for (const Row& row : k_rows)
    if (row.kind == object.kind)
      if (std::string sql = row.sql(object, columns); !sql.empty()) return sql;
  return std::nullopt;
}

bool is_created_with(std::string_view kind, std::string_view property) {
  if (kind == "column" && property == "options") return false;
  return std::ranges::find(k_afterwards, property) == k_afterwards.end();
}

} // namespace afloat::postgres
