#include "dialect/postgres/model_lists.hpp"
#include "dialect/postgres/model_parts.hpp"
#include "dialect/postgres/model_sql.hpp"
#include "dialect/postgres/names.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace afloat::postgres {
namespace {

/// A check that is not validated has a statement of its own.
bool is_not_valid(const std::string& check) {
  return check.ends_with(" NOT VALID");
}

std::string domain_sql(const SchemaObject& type) {
  std::vector<std::string> checks = list_items(type.value("checks"));
  std::erase_if(checks, is_not_valid);
  return fmt::format("CREATE DOMAIN {} AS {}{}{}{}{}", type.name, type.value("base"),
                     clause("COLLATE", type.value("collation")), clause("DEFAULT", type.value("default")),
                     type.value("not null").empty() ? "" : " NOT NULL",
                     checks.empty() ? "" : " " + join(checks, " "));
}

std::string type_sql(const SchemaObject& type) {
  const std::string_view form = type.value("form");
  if (form == "enum") return fmt::format("CREATE TYPE {} AS ENUM ({})", type.name, type.value("labels"));
  if (form == "composite") return fmt::format("CREATE TYPE {} AS ({})", type.name, type.value("attributes"));
  if (form == "domain") return domain_sql(type);
  if (form == "shell") return "CREATE TYPE " + type.name;
  if (form == "base") return fmt::format("CREATE TYPE {} ({})", type.name, type.value("functions"));
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

std::string collation_sql(const SchemaObject& collation) {
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

std::string sequence_sql(const SchemaObject& sequence) {
  return fmt::format(
      "CREATE {}SEQUENCE {} AS {} INCREMENT BY {} MINVALUE {} MAXVALUE {} START WITH {} CACHE {}{}",
      sequence.value("persistence").empty() ? "" : "UNLOGGED ", sequence.name, sequence.value("type"),
      sequence.value("increment"), sequence.value("minimum"), sequence.value("maximum"),
      sequence.value("start"), sequence.value("cache"), sequence.value("cycle").empty() ? "" : " CYCLE");
}

std::string view_sql(const SchemaObject& view) {
  const bool stored = !view.value("form").empty();
  std::string query(view.value("definition"));
  while (!query.empty() && (query.back() == ';' || query.back() == '\n')) query.pop_back();
  return fmt::format("CREATE {}VIEW {}{}{}{}{} AS\n{}{}", stored ? "MATERIALIZED " : "", view.name,
                     in_parentheses("", view.value("columns")), clause("USING", view.value("access method")),
                     in_parentheses("WITH", view.value("options")),
                     clause("TABLESPACE", view.value("tablespace")), query,
                     view.value("populated").empty() ? "" : "\nWITH NO DATA");
}

std::string policy_sql(const SchemaObject& policy) {
  return fmt::format("CREATE POLICY {} ON {}{} FOR {} TO {}{}{}", policy.name, policy.table,
                     policy.value("restrictive").empty() ? "" : " AS RESTRICTIVE", policy.value("command"),
                     policy.value("roles"), in_parentheses("USING", policy.value("using")),
                     in_parentheses("WITH CHECK", policy.value("check")));
}

std::string definition(const SchemaObject& object) {
  std::string text(object.value("definition"));
  while (!text.empty() && (text.back() == ';' || text.back() == '\n')) text.pop_back();
  return text;
}

std::string publication_sql(const SchemaObject& publication) {
  std::vector<std::string> parts;
  std::vector<std::string> tables = list_items(publication.value("tables"));
  for (std::string& table : tables) table.insert(0, "ONLY "); // children are named themselves
  if (!tables.empty()) parts.push_back(fmt::format("TABLE {}", join(tables, ", ")));
  if (!publication.value("schemas").empty())
    parts.push_back(fmt::format("TABLES IN SCHEMA {}", publication.value("schemas")));
  const std::string what = publication.value("all tables").empty() ? join(parts, ", ") : "ALL TABLES";
  return fmt::format("CREATE PUBLICATION {}{} WITH (publish = '{}'{}{})", publication.name,
                     clause("FOR", what), publication.value("publish"),
                     publication.value("via root").empty() ? "" : ", publish_via_partition_root = true",
                     publication.value("generated columns").empty() ? ""
                                                                    : ", publish_generated_columns = stored");
}

/// A key is of this table alone: those of its partitions are attached to it.
std::string constraint_sql(const SchemaObject& constraint) {
  const std::string_view definition = constraint.value("definition");
  const bool is_key = definition.starts_with("PRIMARY KEY") || definition.starts_with("UNIQUE");
  return fmt::format("ALTER TABLE {}{} ADD CONSTRAINT {} {}", is_key ? "ONLY " : "", constraint.table,
                     constraint.name, definition);
}

/// "public.ops USING btree" is both in one.
std::string operator_class_sql(const SchemaObject& object) {
  const std::size_t method = object.name.rfind(" USING ");
  std::vector<std::string> parts = list_items(object.value("members"));
  if (!object.value("storage").empty()) parts.push_back(fmt::format("STORAGE {}", object.value("storage")));
  if (parts.empty()) parts.push_back(fmt::format("STORAGE {}", object.value("type")));
  return fmt::format("CREATE OPERATOR CLASS {}{} FOR TYPE {}{} FAMILY {} AS {}",
                     object.name.substr(0, method), object.value("default").empty() ? "" : " DEFAULT",
                     object.value("type"), object.name.substr(method), object.value("family"),
                     join(parts, ", "));
}

std::string language_sql(const SchemaObject& language) {
  return fmt::format("CREATE {}LANGUAGE {}{}{}{}", language.value("trusted").empty() ? "" : "TRUSTED ",
                     language.name, clause("HANDLER", language.value("handler")),
                     clause("INLINE", language.value("inline")),
                     clause("VALIDATOR", language.value("validator")));
}

std::string transform_sql(const SchemaObject& transform) {
  std::vector<std::string> ways;
  for (const std::string_view way : {"from SQL", "to SQL"})
    if (!transform.value(way).empty())
      ways.push_back(
          fmt::format("{} SQL WITH FUNCTION {}", way == "to SQL" ? "TO" : "FROM", transform.value(way)));
  return fmt::format("CREATE TRANSFORM {} ({})", transform.name, join(ways, ", "));
}

std::string conversion_sql(const SchemaObject& conversion) {
  return fmt::format("CREATE {}CONVERSION {} FOR '{}' TO '{}' FROM {}",
                     conversion.value("default").empty() ? "" : "DEFAULT ", conversion.name,
                     conversion.value("from"), conversion.value("to"), conversion.value("function"));
}

/// How it connects is not in the model, and it cannot be made without; it does nothing before it is enabled.
std::string subscription_sql(const SchemaObject& subscription) {
  std::string options = "connect = false";
  for (const SubscriptionOption& option : subscription_options()) {
    const std::string_view value = subscription.value(option.property);
    if (!value.empty() || option.always) options += fmt::format(", {}", option.sql(value));
  }
  return fmt::format("CREATE SUBSCRIPTION {} CONNECTION 'password=redacted' PUBLICATION {} WITH ({})",
                     subscription.name, subscription.value("publications"), options);
}

std::string operator_family_sql(const SchemaObject& family) {
  return "CREATE OPERATOR FAMILY " + family.name;
}

std::string access_method_sql(const SchemaObject& method) {
  return fmt::format("CREATE ACCESS METHOD {} TYPE {} HANDLER {}", method.name, method.value("type"),
                     method.value("handler"));
}

template <const std::string_view& k_kind>
std::string text_search_sql(const SchemaObject& object) {
  return fmt::format("CREATE TEXT SEARCH {} {} ({})", k_kind, object.name, object.value("functions"));
}
constexpr std::string_view k_parser = "PARSER", k_template = "TEMPLATE";

struct Row {
  std::string_view kind;
  std::string (*sql)(const SchemaObject&);
};

constexpr std::array k_rows{
    Row{"schema", [](const SchemaObject& o) { return "CREATE SCHEMA IF NOT EXISTS " + o.name; }},
    Row{"extension",
        [](const SchemaObject& o) {
          return fmt::format("CREATE EXTENSION IF NOT EXISTS {} WITH SCHEMA {}", o.name, o.value("schema"));
        }},
    Row{"language", language_sql},
    Row{"access method", access_method_sql},
    Row{"collation", collation_sql},
    Row{"type", type_sql},
    Row{"sequence", sequence_sql},
    Row{"function", definition},
    Row{"aggregate",
        [](const SchemaObject& o) {
          return fmt::format("CREATE AGGREGATE {} ({})", target_of(o), o.value("definition"));
        }},
    Row{"cast",
        [](const SchemaObject& o) {
          return fmt::format("CREATE CAST {} {}{}", o.name, o.value("method"),
                             clause("AS", o.value("context")));
        }},
    Row{"operator",
        [](const SchemaObject& o) {
          return fmt::format("CREATE OPERATOR {} ({})", o.name.substr(0, o.name.find(" (")),
                             o.value("definition"));
        }},
    Row{"operator family", operator_family_sql},
    Row{"operator class", operator_class_sql},
    Row{"transform", transform_sql},
    Row{"conversion", conversion_sql},
    Row{"text search parser", text_search_sql<k_parser>},
    Row{"text search template", text_search_sql<k_template>},
    Row{"text search dictionary",
        [](const SchemaObject& o) {
          return fmt::format("CREATE TEXT SEARCH DICTIONARY {} (TEMPLATE = {}{})", o.name,
                             o.value("template"),
                             o.value("options").empty() ? "" : fmt::format(", {}", o.value("options")));
        }},
    Row{"text search configuration",
        [](const SchemaObject& o) {
          return fmt::format("CREATE TEXT SEARCH CONFIGURATION {} (PARSER = {})", o.name, o.value("parser"));
        }},
    Row{"user mapping", [](const SchemaObject& o) { return "CREATE USER MAPPING " + o.name; }},
    Row{"foreign data wrapper",
        [](const SchemaObject& o) {
          return fmt::format("CREATE FOREIGN DATA WRAPPER {}{}{}{}", o.name,
                             clause("HANDLER", o.value("handler")), clause("VALIDATOR", o.value("validator")),
                             in_parentheses("OPTIONS", o.value("options")));
        }},
    Row{"server",
        [](const SchemaObject& o) {
          return fmt::format("CREATE SERVER {}{}{} FOREIGN DATA WRAPPER {}{}", o.name,
                             o.value("type").empty() ? "" : " TYPE " + literal(o.value("type")),
                             o.value("version").empty() ? "" : " VERSION " + literal(o.value("version")),
                             o.value("wrapper"), in_parentheses("OPTIONS", o.value("options")));
        }},
    Row{"column",
        [](const SchemaObject& o) {
          return o.value("type").empty()
                     ? std::string() // of a view: it comes with it
                     : fmt::format("ALTER TABLE {} ADD COLUMN {}", o.table, column_definition(o));
        }},
    Row{"constraint", constraint_sql},
    Row{"index", definition},
    Row{"view", view_sql},
    Row{"statistics", definition},
    Row{"rule", definition},
    Row{"trigger", definition},
    Row{"policy", policy_sql},
    Row{"event trigger",
        [](const SchemaObject& o) {
          return fmt::format("CREATE EVENT TRIGGER {} ON {}{} EXECUTE FUNCTION {}()", o.name,
                             o.value("event"), in_parentheses("WHEN TAG IN", o.value("tags")),
                             o.value("function"));
        }},
    Row{"publication", publication_sql},
    Row{"subscription", subscription_sql},
};

/// What can be given by a statement of its own afterwards; all else comes with the object.
constexpr std::array<std::string_view, 25> k_afterwards{"owner",
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
                                                        "disabled triggers",
                                                        "index options",
                                                        "not valid",
                                                        "valid",
                                                        "index tablespace",
                                                        "index comment",
                                                        "identity persistence",
                                                        "comments"};
} // namespace

std::optional<std::vector<std::string>> creation(const SchemaObject& object) {
  for (const Row& row : k_rows)
    if (row.kind == object.kind)
      if (std::string sql = row.sql(object); !sql.empty()) {
        std::vector<std::string> statements{std::move(sql)};
        if (!object.value("attached to").empty()) statements.push_back(attachment(object));
        if (object.kind == "operator family" && !object.value("members").empty())
          statements.push_back(
              fmt::format("ALTER OPERATOR FAMILY {} ADD {}", object.name, object.value("members")));
        for (const std::string& check : list_items(object.value("checks")))
          if (is_not_valid(check))
            statements.push_back(fmt::format("ALTER DOMAIN {} ADD {}", object.name, check));
        return statements;
      }
  return std::nullopt;
}

bool is_created_with(std::string_view kind, std::string_view property) {
  if (kind == "column" && property == "options") return false;
  if (kind == "index" && property == "tablespace") return false;
  if (kind == "operator class" && property == "storage") return true;
  return std::ranges::find(k_afterwards, property) == k_afterwards.end();
}

std::vector<std::string> kept_back(const SchemaObject& object) {
  std::vector<std::string> words;
  if (object.kind == "user mapping")
    words.push_back(fmt::format("options of {}: they may hold a password", display(object)));
  if (object.kind == "subscription") {
    words.push_back(fmt::format("connection of {}: it may hold a password", display(object)));
    if (object.value("enabled").empty())
      words.push_back(fmt::format("ALTER SUBSCRIPTION {} ENABLE, once it has its connection", object.name));
  }
  return words;
}

} // namespace afloat::postgres
