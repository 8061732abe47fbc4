#include "dialect/postgres/model_list_changes.hpp"
#include "dialect/postgres/model_parts.hpp"
#include "dialect/postgres/model_sql.hpp"
#include "dialect/postgres/names.hpp"
#include "support/text.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>

namespace afloat::postgres {
namespace {
std::string of_table(const SchemaObject& object, std::string_view rest) {
  return fmt::format("ALTER TABLE {} {}", object.table, rest);
}

std::string of_column(const SchemaObject& object, std::string_view rest) {
  return fmt::format("ALTER TABLE {} ALTER COLUMN {} {}", object.table, object.name, rest);
}

/// What tables that inherit from it have is told by their own columns.
std::string of_column_only(const SchemaObject& object, std::string_view rest) {
  return fmt::format("ALTER TABLE ONLY {} ALTER COLUMN {} {}", object.table, object.name, rest);
}

std::string quoted_role(const std::string& role) {
  return fmt::format("\"{}\"", replaced(role, "\"", "\"\""));
}

std::string enabled(const std::string& value) {
  return value == "no"        ? "DISABLE"
         : value == "always"  ? "ENABLE ALWAYS"
         : value == "replica" ? "ENABLE REPLICA"
                              : "ENABLE";
}

std::string in_front(std::string text, std::string_view prefix) {
  return replaced(", " + std::move(text), ", ", fmt::format(", {}", prefix)).substr(2);
}

std::optional<Statements> attach(const SchemaObject& object, const std::string&, const std::string& after) {
  return after.empty() ? std::nullopt : std::optional(Statements{attachment(object)});
}

/// That of a partitioned table is valid once those of all partitions are attached; a key of others always is.
std::optional<Statements> validity(const SchemaObject& object, const std::string&, const std::string&) {
  if (object.kind == "index" && object.value("definition").find(" ON ONLY ") == std::string_view::npos)
    return std::nullopt;
  return Statements();
}

struct Row {
  std::string_view kind, property; ///< kind empty: any
  std::optional<Statements> (*sql)(const SchemaObject&, const std::string& before, const std::string& after);
};
using Text = const std::string&;
using Object = const SchemaObject&;
using Answer = std::optional<Statements>;

Answer one(std::string statement) {
  return Statements{std::move(statement)};
}

constexpr std::array k_rows{
    Row{"", "owner", [](Object o, Text, Text v) { return one(alter(o, "OWNER TO " + quoted_role(v))); }},
    Row{"", "comment",
        [](Object o, Text, Text v) {
          return one(fmt::format("COMMENT ON {} {} IS {}", noun_of(o), target_of(o),
                                 v.empty() ? "NULL" : literal(v)));
        }},
    Row{"", "grants", [](Object o, Text b, Text v) { return Answer(change_privileges(o, b, v, true)); }},
    Row{"", "revoked", [](Object o, Text b, Text v) { return Answer(change_privileges(o, b, v, false)); }},
    Row{"trigger", "enabled",
        [](Object o, Text, Text v) { return one(of_table(o, enabled(v) + " TRIGGER " + o.name)); }},
    Row{"rule", "enabled",
        [](Object o, Text, Text v) { return one(of_table(o, enabled(v) + " RULE " + o.name)); }},
    Row{"event trigger", "enabled", [](Object o, Text, Text v) { return one(alter(o, enabled(v))); }},
    Row{"type", "labels", add_labels},
    Row{"type", "checks", change_checks},
    Row{"type", "comments", set_comments},
    Row{"type", "default",
        [](Object o, Text, Text v) {
          return one(alter(o, v.empty() ? "DROP DEFAULT" : "SET DEFAULT " + v));
        }},
    Row{"type", "not null",
        [](Object o, Text, Text v) { return one(alter(o, v.empty() ? "DROP NOT NULL" : "SET NOT NULL")); }},
    Row{"extension", "version",
        [](Object o, Text, Text v) { return one(alter(o, fmt::format("UPDATE TO '{}'", v))); }},
    Row{"sequence", "type", [](Object o, Text, Text v) { return one(alter(o, "AS " + v)); }},
    Row{"sequence", "start", [](Object o, Text, Text v) { return one(alter(o, "START WITH " + v)); }},
    Row{"sequence", "increment", [](Object o, Text, Text v) { return one(alter(o, "INCREMENT BY " + v)); }},
    Row{"sequence", "minimum", [](Object o, Text, Text v) { return one(alter(o, "MINVALUE " + v)); }},
    Row{"sequence", "maximum", [](Object o, Text, Text v) { return one(alter(o, "MAXVALUE " + v)); }},
    Row{"sequence", "cache", [](Object o, Text, Text v) { return one(alter(o, "CACHE " + v)); }},
    Row{"sequence", "cycle",
        [](Object o, Text, Text v) { return one(alter(o, v.empty() ? "NO CYCLE" : "CYCLE")); }},
    Row{"sequence", "owned by",
        [](Object o, Text, Text v) { return one(alter(o, "OWNED BY " + (v.empty() ? "NONE" : v))); }},
    Row{"table", "persistence",
        [](Object o, Text, Text v) { return one(alter(o, v.empty() ? "SET LOGGED" : "SET UNLOGGED")); }},
    Row{"table", "options",
        [](Object o, Text b, Text v) { return Answer(set_options("ALTER TABLE " + o.name, b, v)); }},
    Row{"table", "toast options",
        [](Object o, Text b, Text v) {
          return Answer(set_options("ALTER TABLE " + o.name, b.empty() ? b : in_front(b, "toast."),
                                    v.empty() ? v : in_front(v, "toast.")));
        }},
    Row{"table", "tablespace",
        [](Object o, Text, Text v) {
          return one(alter(o, "SET TABLESPACE " + (v.empty() ? "pg_default" : v)));
        }},
    Row{"table", "row security",
        [](Object o, Text, Text v) {
          return one(alter(o, v.empty() ? "DISABLE ROW LEVEL SECURITY" : "ENABLE ROW LEVEL SECURITY"));
        }},
    Row{"table", "forced row security",
        [](Object o, Text, Text v) {
          return one(alter(o, v.empty() ? "NO FORCE ROW LEVEL SECURITY" : "FORCE ROW LEVEL SECURITY"));
        }},
    Row{"table", "replica identity",
        [](Object o, Text, Text v) {
          return one(alter(o, "REPLICA IDENTITY "
                                  + (v.empty()                 ? "DEFAULT"
                                     : v.starts_with("index ") ? "USING INDEX " + v.substr(6)
                                                               : v)));
        }},
    Row{"table", "clustered on",
        [](Object o, Text, Text v) {
          return one(alter(o, v.empty() ? "SET WITHOUT CLUSTER" : "CLUSTER ON " + v));
        }},
    Row{"column", "type",
        [](Object o, Text, Text v) {
          const std::string_view collation = o.value("collation");
          return one(of_column(o, fmt::format("TYPE {}{}{} USING {}::{}", v,
                                              collation.empty() ? "" : " COLLATE ", collation, o.name, v)));
        }},
    Row{"column", "collation",
        [](Object o, Text, Text v) {
          return one(of_column(o, fmt::format("TYPE {} COLLATE {}", o.value("type"),
                                              v.empty() ? "pg_catalog.\"default\"" : v)));
        }},
    Row{"column", "default",
        [](Object o, Text, Text v) {
          return one(of_column_only(o, v.empty() ? "DROP DEFAULT" : "SET DEFAULT " + v));
        }},
    Row{"column", "not null",
        [](Object o, Text, Text v) {
          return one(of_column(o, v.empty() ? "DROP NOT NULL" : "SET NOT NULL"));
        }},
    Row{"column", "identity",
        [](Object o, Text b, Text v) {
          if (v.empty()) return one(of_column(o, "DROP IDENTITY"));
          if (!b.empty()) return one(of_column(o, "SET GENERATED " + v));
          return one(of_column(
              o, fmt::format("ADD GENERATED {} AS IDENTITY ({})", v, o.value("identity sequence"))));
        }},
    Row{"column", "generated",
        [](Object o, Text, Text v) {
          return v.empty() ? one(of_column(o, "DROP EXPRESSION")) : std::nullopt;
        }},
    Row{"column", "storage",
        [](Object o, Text, Text v) {
          return v.empty() ? std::nullopt : one(of_column_only(o, "SET STORAGE " + v));
        }},
    Row{"column", "compression",
        [](Object o, Text, Text v) {
          return one(of_column_only(o, "SET COMPRESSION " + (v.empty() ? "default" : v)));
        }},
    Row{"column", "statistics",
        [](Object o, Text, Text v) {
          return one(of_column_only(o, "SET STATISTICS " + (v.empty() ? "-1" : v)));
        }},
    Row{"column", "options",
        [](Object o, Text b, Text v) { return Answer(set_options(of_column_only(o, ""), b, v)); }},
    Row{"constraint", "index options",
        [](Object o, Text b, Text v) { return Answer(set_options(of_index(o, ""), b, v)); }},
    Row{"constraint", "disabled triggers",
        [](Object o, Text, Text v) {
          return v.empty() ? one(of_table(o, "ENABLE TRIGGER ALL")) : std::nullopt;
        }},
    Row{"constraint", "index tablespace",
        [](Object o, Text, Text v) {
          return one(of_index(o, "SET TABLESPACE " + (v.empty() ? "pg_default" : v)));
        }},
    Row{"constraint", "attached to", attach},
    Row{"constraint", "index comment",
        [](Object o, Text, Text v) {
          return one(
              fmt::format("COMMENT ON INDEX {} IS {}", index_name(o), v.empty() ? "NULL" : literal(v)));
        }},
    Row{"column", "identity persistence",
        [](Object o, Text, Text v) {
          const std::string_view sequence = o.value("identity sequence");
          constexpr std::string_view k_name = "SEQUENCE NAME ";
          if (v.empty() || !sequence.starts_with(k_name)) return Answer();
          return one(fmt::format("ALTER SEQUENCE {} SET {}",
                                 sequence.substr(k_name.size(), sequence.find(" START ") - k_name.size()),
                                 v == "logged" ? "LOGGED" : "UNLOGGED"));
        }},
    Row{"index", "attached to", attach},
    Row{"constraint", "valid", validity},
    Row{"index", "valid", validity},
    Row{"index", "tablespace",
        [](Object o, Text, Text v) {
          return one(of_index(o, "SET TABLESPACE " + (v.empty() ? "pg_default" : v)));
        }},
    Row{"index", "statistics", set_index_statistics},
    Row{"operator family", "members", change_members},
    Row{"subscription", "enabled",
        [](Object o, Text, Text v) { return one(alter(o, v.empty() ? "ENABLE" : "DISABLE")); }},
    Row{"subscription", "publications",
        [](Object o, Text, Text v) {
          return one(alter(o, fmt::format("SET PUBLICATION {} WITH (refresh = false)", v)));
        }},
    Row{"view", "options",
        [](Object o, Text b, Text v) {
          return Answer(set_options(fmt::format("ALTER {} {}", noun_of(o), o.name), b, v));
        }},
    Row{"function", "definition", [](Object, Text, Text v) { return one(without(v, "\n")); }},
    Row{"text search configuration", "mappings", map_tokens},
    Row{"text search dictionary", "options", set_dictionary},
    Row{"statistics", "target",
        [](Object o, Text, Text v) { return one(alter(o, "SET STATISTICS " + (v.empty() ? "-1" : v))); }},
};

struct Noun {
  std::string_view kind, form, noun;
};
constexpr std::array k_nouns{
    Noun{"table", "foreign table", "FOREIGN TABLE"},
    Noun{"view", "materialized view", "MATERIALIZED VIEW"},
    Noun{"function", "procedure", "PROCEDURE"},
    Noun{"type", "domain", "DOMAIN"},
};
} // namespace

std::string noun_of(const SchemaObject& object) {
  for (const Noun& row : k_nouns)
    if (row.kind == object.kind && row.form == object.value("form")) return std::string(row.noun);
  std::string noun(object.kind);
  for (char& letter : noun)
    if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
  return noun;
}

std::string target_of(const SchemaObject& object) {
  if (object.kind == "column") return fmt::format("{}.{}", object.table, object.name);
  if (object.kind == "aggregate" && object.name.ends_with("()"))
    return object.name.substr(0, object.name.size() - 1) + "*)";
  if (object.table.empty() || object.kind == "index") return object.name;
  return fmt::format("{} ON {}", object.name, object.table);
}

std::optional<std::vector<std::string>> alteration(const SchemaObject& object, std::string_view property,
                                                   const std::string& before, const std::string& after) {
  for (const Row& row : k_rows)
    if ((row.kind.empty() || row.kind == object.kind) && row.property == property)
      return row.sql(object, before, after);
  if (object.kind == "subscription")
    for (const SubscriptionOption& option : subscription_options())
      if (option.property == property) return one(alter(object, fmt::format("SET ({})", option.sql(after))));
  return std::nullopt;
}

} // namespace afloat::postgres
