#include "dialect/postgres/model_list_changes.hpp"

#include "dialect/postgres/model_lists.hpp"
#include "dialect/postgres/model_parts.hpp"
#include "dialect/postgres/model_sql.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

namespace afloat::postgres {
namespace {
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

/// "OPERATOR 1 public.<(a, b) FOR ORDER BY f", "FUNCTION 1 (a, b) public.compare(a, b)": DROP names them by
/// number and types.
std::string member_to_drop(const std::string& member) {
  const std::size_t open = member.find('('), number_end = member.find(' ', member.find(' ') + 1);
  return fmt::format("{} {}", member.substr(0, number_end),
                     member.substr(open, member.find(')', open) - open + 1));
}
} // namespace

std::string alter(const SchemaObject& object, std::string_view rest) {
  return fmt::format("ALTER {} {} {}", noun_of(object), target_of(object), rest);
}

std::string without(std::string text, std::string_view end) {
  if (text.ends_with(end)) text.resize(text.size() - end.size());
  return text;
}

std::string of_index(const SchemaObject& object, std::string_view rest) {
  return fmt::format("ALTER INDEX {} {}", index_name(object), rest);
}

Statements change_privileges(const SchemaObject& object, const std::string& before, const std::string& after,
                             bool grants) {
  Statements statements = privileges(object, before, !grants);
  for (std::string& statement : privileges(object, after, grants)) statements.push_back(std::move(statement));
  return statements;
}

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

} // namespace afloat::postgres
