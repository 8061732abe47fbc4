#include "dialect/postgres/model_order.hpp"

#include "dialect/postgres/model_inherited.hpp"
#include "dialect/postgres/model_parts.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <cstdlib>
#include <map>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

namespace afloat::postgres {
namespace {
constexpr std::string_view k_operator_letters = "+-*/<>=~!@#%^&|`?";

bool is_operator_letter(char letter) {
  return k_operator_letters.find(letter) != std::string_view::npos;
}

bool is_word_letter(char letter) {
  const auto byte = static_cast<unsigned char>(letter);
  return std::isalnum(byte) != 0 || letter == '_' || letter == '$' || byte >= 0x80;
}

/// Where the identifier that begins at `at` ends; `at` itself where none begins.
std::size_t identifier_end(std::string_view text, std::size_t at) {
  if (at < text.size() && text[at] == '"') {
    for (++at; at < text.size(); ++at) {
      if (text[at] != '"') continue;
      if (at + 1 == text.size() || text[at + 1] != '"') return at + 1;
      ++at; // doubled
    }
    return at;
  }
  while (at < text.size() && is_word_letter(text[at])) ++at;
  return at;
}

/// The end of "schema.name", where name may be an operator; `at` where there is none.
std::size_t qualified_end(std::string_view text, std::size_t at) {
  const std::size_t dot = identifier_end(text, at);
  if (dot == at || dot >= text.size() || text[dot] != '.') return at;
  std::size_t end = identifier_end(text, dot + 1);
  if (end == dot + 1)
    while (end < text.size() && is_operator_letter(text[end])) ++end;
  return end == dot + 1 ? at : end;
}

/// Calls `found` with each name of two parts.
template <typename Found>
void each_name(std::string_view text, const Found& found) {
  for (std::size_t at = 0; at < text.size();) {
    if (!is_word_letter(text[at]) && text[at] != '"') {
      ++at;
      continue;
    }
    const std::size_t end = qualified_end(text, at);
    if (end != at) found(text.substr(at, end - at));
    at = std::max({at + 1, end, identifier_end(text, at)});
  }
}

/// What is said of an object when it is there already.
bool says_what_it_needs(std::string_view property) {
  constexpr std::array<std::string_view, 9> k_others{"comment",         "comments", "index comment",
                                                     "security labels", "owner",    "grants",
                                                     "revoked",         "owned by", "identity sequence"};
  return std::ranges::find(k_others, property) == k_others.end();
}

/// A function without its body, which is not looked at when it is made.
std::string_view without_body(const SchemaObject& object, std::string_view text) {
  if (object.kind != "function") return text;
  for (const std::string_view mark : {"\nAS $function$", "\nAS $procedure$", "\nAS '"})
    if (const std::size_t body = text.find(mark); body != text.npos) return text.substr(0, body);
  return text;
}

std::size_t place_of(std::string_view kind) {
  static const auto places = [] {
    std::map<std::string_view, std::size_t> map;
    for (const KindRow& row : kind_rows()) map.emplace(row.name, map.size());
    return map;
  }();
  return places.at(kind);
}

/// Foreign keys come after the keys that they point at.
bool is_later(const SchemaObject& object) {
  return object.value("definition").starts_with("FOREIGN KEY");
}

/// One that a table has itself and from its parent is made on the table first: the parent's then joins it.
bool is_check(const SchemaObject& object) {
  return object.kind == "constraint" && object.value("definition").starts_with("CHECK");
}

bool comes_before(const SchemaObject* one, const SchemaObject* other) {
  const auto key = [](const SchemaObject* object) {
    const int position =
        object->kind == "column" ? std::atoi(std::string(object->value("position")).c_str()) : 0;
    return std::tuple(place_of(object->kind), is_later(*object), std::string_view(object->table), position,
                      std::string_view(object->name));
  };
  return key(one) < key(other);
}

class Needs {
 public:
  explicit Needs(std::vector<const SchemaObject*> objects)
      : m_objects(std::move(objects)), m_states(m_objects.size()),
        m_shell_functions(functions_of_shells(m_objects)) {
    std::ranges::sort(m_objects, comes_before);
    for (std::size_t i = 0; i < m_objects.size(); ++i) name(i);
  }

  std::vector<const SchemaObject*> run() {
    for (std::size_t i = 0; i < m_objects.size(); ++i) visit(i);
    return std::move(m_sorted);
  }

 private:
  enum class State { waiting, begun };
  using Places = std::vector<std::size_t>;

  void name(std::size_t i) {
    const SchemaObject& object = *m_objects[i];
    if (object.kind == "column") return m_columns[object.table].push_back(i);
    if (object.value("definition").starts_with("PRIMARY KEY")) m_keys[object.table].push_back(i);
    if (object.value("definition").starts_with("CREATE UNIQUE INDEX")) m_unique[object.table].push_back(i);
    if (object.kind == "constraint") m_named[index_name(object)].push_back(i);
    if (is_check(object)) m_checks[fmt::format("{}\t{}", object.table, object.name)].push_back(i);
    if (object.kind == "table")
      for (const std::string& parent : parents_of(object)) m_children[parent].push_back(object.name);
    if (object.table.empty() || object.kind == "index") m_named[bare_name(object)].push_back(i);
    if (object.kind == "operator class" && !object.value("default").empty())
      m_classes["type " + std::string(object.value("type"))].push_back(i);
  }

  void visit(std::size_t i) {
    if (std::exchange(m_states[i], State::begun) == State::begun) return;
    for (const std::size_t needed : needs_of(i)) visit(needed);
    m_sorted.push_back(m_objects[i]);
  }

  Places needs_of(std::size_t i) const {
    const SchemaObject& object = *m_objects[i];
    Places needs;
    add(needs, m_named, object.table);
    for (const auto& [property, value] : object.properties)
      if (says_what_it_needs(property)) add_names(needs, object, without_body(object, value));
    if (is_check(object))
      if (const auto children = m_children.find(object.table); children != m_children.end())
        for (const std::string& child : children->second)
          add(needs, m_checks, fmt::format("{}\t{}", child, object.name));
    if (object.kind == "cast" || object.kind == "transform") add_names(needs, object, object.name);
    if (object.kind == "table")
      if (const auto columns = m_columns.find(object.name); columns != m_columns.end())
        for (const std::size_t column : columns->second) add_column(needs, *m_objects[column]);
    if (!object.value("subtype").empty())
      add(needs, m_classes, "type " + std::string(object.value("subtype")));
    std::ranges::sort(needs);
    needs.erase(std::unique(needs.begin(), needs.end()), needs.end());
    std::erase(needs, i);
    return needs;
  }

  void add_column(Places& needs, const SchemaObject& column) const {
    for (const auto& [property, value] : column.properties)
      if (says_what_it_needs(property)) add_names(needs, column, value);
  }

  void add_names(Places& needs, const SchemaObject& object, std::string_view text) const {
    each_name(text, [&](std::string_view found) {
      const std::string name(found);
      if (const auto others = m_named.find(name); others != m_named.end())
        for (const std::size_t other : others->second)
          if (is_needed(object, *m_objects[other])) needs.push_back(other);
      if (object.kind == "view") add(needs, m_keys, name); // GROUP BY a primary key
      if (is_later(object)) add(needs, m_unique, name);
    });
  }

  bool is_needed(const SchemaObject& object, const SchemaObject& other) const {
    if (object.kind == "operator" && other.kind == "operator") return false; // it is announced
    return !(object.kind == "function" && needs_shell(other)
             && m_shell_functions.contains(bare_name(object)));
  }

  using Map = std::unordered_map<std::string, Places>;
  static void add(Places& needs, const Map& map, const std::string& key) {
    if (const auto found = map.find(key); found != map.end())
      needs.insert(needs.end(), found->second.begin(), found->second.end());
  }

  std::vector<const SchemaObject*> m_objects, m_sorted;
  std::vector<State> m_states;
  std::set<std::string> m_shell_functions;
  Map m_named, m_columns, m_keys, m_unique, m_checks, m_classes;
  std::unordered_map<std::string, std::vector<std::string>> m_children;
};
} // namespace

std::vector<const SchemaObject*> in_order_of_need(std::vector<const SchemaObject*> objects) {
  return Needs(std::move(objects)).run();
}

bool needs_shell(const SchemaObject& object) {
  return object.kind == "type" && (object.value("form") == "base" || !object.value("canonical").empty());
}

std::set<std::string> functions_of_shells(const std::vector<const SchemaObject*>& objects) {
  std::set<std::string> names;
  for (const SchemaObject* object : objects)
    if (needs_shell(*object))
      for (const std::string_view property : {"functions", "canonical"})
        each_name(object->value(property), [&](std::string_view name) { names.emplace(name); });
  return names;
}

std::string bare_name(const SchemaObject& object) {
  const std::size_t end = qualified_end(object.name, 0);
  return end == 0 ? object.name : object.name.substr(0, end);
}

} // namespace afloat::postgres
