#include "dialect/postgres/model_lists.hpp"
#include "dialect/postgres/model_parts.hpp"
#include "dialect/postgres/model_sql.hpp"
#include "dialect/postgres/names.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include <fmt/format.h>

namespace afloat::postgres {
namespace {
using Statements = std::vector<std::string>;

std::string alter(const SchemaObject& object, std::string_view rest) {
  return fmt::format("ALTER {} {} {}", noun_of(object), target_of(object), rest);
}

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

std::string without(std::string text, std::string_view end) {
  if (text.ends_with(end)) text.resize(text.size() - end.size());
  return text;
}

/// ALTER DEFAULT PRIVILEGES of "FOR ROLE r IN SCHEMA s ON TABLES".
std::string default_privilege(const SchemaObject& object, bool grant, const std::string& privilege,
                              const std::string& role, bool grantable) {
  const std::size_t on = object.name.rfind(" ON ");
  return fmt::format("ALTER DEFAULT PRIVILEGES {} {} {}{} {} {}{}", object.name.substr(0, on),
                     grant ? "GRANT" : "REVOKE", privilege, object.name.substr(on), grant ? "TO" : "FROM",
                     role, grantable ? " WITH GRANT OPTION" : "");
}

/// "SELECT to app with grant option, …" as statements.
Statements privileges(const SchemaObject& object, const std::string& list, bool grant) {
  constexpr std::string_view k_option = " with grant option";
  Statements statements;
  for (std::string entry : list_items(list)) {
    const bool grantable = entry.ends_with(k_option);
    entry = without(entry, k_option);
    const std::size_t to = entry.find(" to ");
    if (to == entry.npos) continue;
    if (object.kind == "default privilege") {
      statements.push_back(
          default_privilege(object, grant, entry.substr(0, to), entry.substr(to + 4), grant && grantable));
      continue;
    }
    const bool column = object.kind == "column";
    const std::string_view form = object.value("form");
    const std::string noun = object.kind == "view" || object.kind == "table" || column ? "TABLE"
                             : object.kind == "server"                                 ? "FOREIGN SERVER"
                             : form == "domain"                                        ? "TYPE"
                             : object.kind == "aggregate"                              ? "FUNCTION"
                                                                                       : noun_of(object);
    statements.push_back(fmt::format("{} {}{} ON {} {} {} {}{}", grant ? "GRANT" : "REVOKE",
                                     entry.substr(0, to), column ? fmt::format(" ({})", object.name) : "",
                                     noun, column ? object.table : object.name, grant ? "TO" : "FROM",
                                     entry.substr(to + 4), grant && grantable ? " WITH GRANT OPTION" : ""));
  }
  return statements;
}

Statements change_privileges(const SchemaObject& object, const std::string& before, const std::string& after,
                             bool grants) {
  Statements statements = privileges(object, before, !grants);
  for (std::string& statement : privileges(object, after, grants)) statements.push_back(std::move(statement));
  return statements;
}

/// SET what is there afterwards, RESET what no longer is.
Statements set_options(const std::string& head, const std::string& before, const std::string& after) {
  Statements statements, gone;
  for (const std::string& option :
       before.empty() ? Statements() : split(replaced(before, ", ", "\n"), '\n')) {
    const std::string key = option.substr(0, option.find('='));
    if ((", " + after).find(", " + key + "=") == std::string::npos) gone.push_back(key);
  }
  if (!gone.empty()) statements.push_back(fmt::format("{} RESET ({})", without(head, " "), join(gone, ", ")));
  if (!after.empty()) statements.push_back(fmt::format("{} SET ({})", without(head, " "), after));
  return statements;
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

/// New labels where they belong; a label that went cannot be taken away.
std::optional<Statements> add_labels(const SchemaObject& type, const std::string& before,
                                     const std::string& after) {
  const Statements old_labels = split(replaced(before, "', '", "'\n'"), '\n');
  const Statements new_labels = split(replaced(after, "', '", "'\n'"), '\n');
  Statements statements;
  std::size_t at = 0;
  for (std::size_t i = 0; i < new_labels.size(); ++i) {
    if (at < old_labels.size() && old_labels[at] == new_labels[i]) {
      ++at;
      continue;
    }
    statements.push_back(fmt::format("ALTER TYPE {} ADD VALUE {}{}", type.name, new_labels[i],
                                     i == 0 ? " BEFORE " + old_labels[0] : " AFTER " + new_labels[i - 1]));
  }
  return at == old_labels.size() ? std::optional(statements) : std::nullopt;
}

/// "asciiword WITH english_stem, simple, word WITH simple": the dictionaries of each token.
std::map<std::string, std::string> dictionaries(const std::string& mappings) {
  constexpr std::string_view k_with = " WITH ";
  std::map<std::string, std::string> found;
  std::string token;
  for (const std::string& item : list_items(mappings)) {
    const std::size_t with = item.front() == '"' ? item.npos : item.find(k_with);
    if (with != item.npos) token = item.substr(0, with);
    std::string& list = found[token];
    list += (list.empty() ? "" : ", ") + (with == item.npos ? item : item.substr(with + k_with.size()));
  }
  return found;
}

std::optional<Statements> map_tokens(const SchemaObject& configuration, const std::string& before,
                                     const std::string& after) {
  const auto old_ones = dictionaries(before), new_ones = dictionaries(after);
  Statements statements;
  for (const auto& [token, list] : old_ones)
    if (!new_ones.contains(token)) statements.push_back(alter(configuration, "DROP MAPPING FOR " + token));
  for (const auto& [token, list] : new_ones) {
    const auto old_one = old_ones.find(token);
    if (old_one != old_ones.end() && old_one->second == list) continue;
    statements.push_back(
        alter(configuration, fmt::format("{} MAPPING FOR {} WITH {}",
                                         old_one == old_ones.end() ? "ADD" : "ALTER", token, list)));
  }
  return statements;
}

/// An option without a value is the dictionary's own default again.
std::optional<Statements> set_dictionary(const SchemaObject& dictionary, const std::string& before,
                                         const std::string& after) {
  Statements options = list_items(after);
  for (const std::string& option : list_items(before)) {
    const std::string key = option.substr(0, option.find(" = "));
    if ((", " + after).find(", " + key + " = ") == std::string::npos) options.push_back(key);
  }
  return Statements{alter(dictionary, fmt::format("({})", join(options, ", ")))};
}

std::string of_index(const SchemaObject& object, std::string_view rest) {
  return fmt::format("ALTER INDEX {} {}", index_name(object), rest);
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

/// "CONSTRAINT a CHECK (…), CONSTRAINT b CHECK (…) NOT VALID".
std::optional<Statements> change_checks(const SchemaObject& domain, const std::string& before,
                                        const std::string& after) {
  const Statements old_ones = list_items(before), new_ones = list_items(after);
  Statements statements;
  for (const std::string& check : old_ones)
    if (std::ranges::find(new_ones, check) == new_ones.end())
      statements.push_back(alter(domain, "DROP " + check.substr(0, check.find(" CHECK "))));
  for (const std::string& check : new_ones)
    if (std::ranges::find(old_ones, check) == old_ones.end())
      statements.push_back(alter(domain, "ADD " + check));
  return statements;
}

/// "zip_check IS 'digits', street IS 'and number'": of a domain's checks, or of a composite's attributes.
std::optional<Statements> set_comments(const SchemaObject& type, const std::string& before,
                                       const std::string& after) {
  constexpr std::string_view k_is = " IS ";
  const auto comment = [&](const std::string& name, const std::string& words) {
    return type.value("form") == "domain"
               ? fmt::format("COMMENT ON CONSTRAINT {} ON DOMAIN {} IS {}", name, type.name, words)
               : fmt::format("COMMENT ON COLUMN {}.{} IS {}", type.name, name, words);
  };
  const Statements old_ones = list_items(before), new_ones = list_items(after);
  Statements statements;
  for (const std::string& item : old_ones)
    statements.push_back(comment(item.substr(0, item.find(k_is)), "NULL"));
  for (const std::string& item : new_ones) {
    const std::size_t is = item.find(k_is);
    statements.push_back(comment(item.substr(0, is), item.substr(is + k_is.size())));
  }
  return statements;
}

/// "1: 100, 3: 500", by column.
std::optional<Statements> set_index_statistics(const SchemaObject& index, const std::string& before,
                                               const std::string& after) {
  Statements statements;
  const Statements kept = list_items(after);
  for (const std::string& item : list_items(before)) {
    const std::string column = item.substr(0, item.find(": "));
    if ((", " + after).find(fmt::format(", {}: ", column)) == std::string::npos)
      statements.push_back(of_index(index, fmt::format("ALTER COLUMN {} SET STATISTICS -1", column)));
  }
  for (const std::string& item : kept) {
    const std::size_t colon = item.find(": ");
    statements.push_back(of_index(index, fmt::format("ALTER COLUMN {} SET STATISTICS {}",
                                                     item.substr(0, colon), item.substr(colon + 2))));
  }
  return statements;
}

/// "OPERATOR 1 public.<(a, b) FOR ORDER BY f", "FUNCTION 1 (a, b) public.compare(a, b)": DROP names them by
/// number and types.
std::string member_to_drop(const std::string& member) {
  const std::size_t open = member.find('('), number_end = member.find(' ', member.find(' ') + 1);
  return fmt::format("{} {}", member.substr(0, number_end),
                     member.substr(open, member.find(')', open) - open + 1));
}

std::optional<Statements> change_members(const SchemaObject& family, const std::string& before,
                                         const std::string& after) {
  const Statements old_ones = list_items(before), new_ones = list_items(after);
  const auto beyond = [](const Statements& some, const Statements& others) {
    Statements rest;
    for (const std::string& item : some)
      if (std::ranges::find(others, item) == others.end()) rest.push_back(item);
    return rest;
  };
  Statements gone = beyond(old_ones, new_ones), statements;
  for (std::string& member : gone) member = member_to_drop(member);
  if (!gone.empty()) statements.push_back(alter(family, "DROP " + join(gone, ", ")));
  if (const Statements added = beyond(new_ones, old_ones); !added.empty())
    statements.push_back(alter(family, "ADD " + join(added, ", ")));
  return statements;
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
