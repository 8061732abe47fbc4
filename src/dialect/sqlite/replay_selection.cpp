#include "dialect/sqlite/replay_parts.hpp"
#include "dialect/sqlite/scan.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <bitset>

namespace afloat::sqlite {
namespace {
using Names = std::set<std::string>;

/// The names in question. Most of a large schema are none of them, which their length and last letter tell.
class Wanted {
 public:
  explicit Wanted(const Names& names) : m_names(names) {
    for (const std::string& name : names) m_marks.set(mark_of(name));
  }
  /// In any case.
  bool has(std::string_view name) const {
    return m_marks.test(mark_of(name)) && m_names.contains(lower_case(name));
  }

 private:
  static std::size_t mark_of(std::string_view name) {
    constexpr unsigned k_without_case = 0xDF;
    const auto last = name.empty() ? 0U : static_cast<unsigned char>(name.back()) & k_without_case;
    return (name.size() * 32 + last) % k_marks;
  }

  static constexpr std::size_t k_marks = 1024;
  const Names& m_names;
  std::bitset<k_marks> m_marks;
};

/// A text, and what it mentions, which is found out only where it may be one of the names in question.
class Text {
 public:
  explicit Text(std::string_view sql) : m_sql(lower_case(sql)) {}

  const Names& names() {
    if (m_names.empty()) m_names = names_in(m_sql);
    return m_names;
  }
  bool mentions_one_of(const Names& wanted) {
    return std::ranges::any_of(
        wanted, [&](const std::string& name) { return may_have(name) && names().contains(name); });
  }

 private:
  /// Quotes in a name are written twice.
  bool may_have(const std::string& name) const {
    return name.find_first_of("'\"`") != std::string::npos || m_sql.find(name) != std::string::npos;
  }

  std::string m_sql;
  Names m_names;
};

bool mentions_one_of(const Table& table, const Names& wanted) {
  return std::ranges::any_of(table.constraints,
                             [&](const Constraint& constraint) {
                               return constraint.kind == ConstraintKind::foreign_key
                                      && wanted.contains(lower_case(constraint.references.name));
                             })
         || std::ranges::any_of(table.triggers, [&](const Trigger& trigger) {
              return Text(trigger.sql).mentions_one_of(wanted);
            });
}

/// Names that a table's triggers and foreign keys mention.
Names mentioned_by(const Table& table) {
  Names names;
  for (const Trigger& trigger : table.triggers) names.merge(names_in(trigger.sql));
  for (const Constraint& constraint : table.constraints)
    if (constraint.kind == ConstraintKind::foreign_key) names.insert(lower_case(constraint.references.name));
  return names;
}

bool is_named(const Table& table, const Wanted& wanted) {
  const auto named = [&](const auto& object) { return wanted.has(object.name); };
  return named(table.name) || std::ranges::any_of(table.indexes, named)
         || std::ranges::any_of(table.triggers, named);
}

class Selecting {
 public:
  Selecting(const Schema& schema, const Names& names) : m_schema(schema), m_names(names), m_wanted(names) {}

  Selection run(const Names& changed) {
    add_named();
    Names core = m_result.tables;
    core.insert(changed.begin(), changed.end());
    add_dependent_views(core);
    add_dependent_tables();
    add_what_they_need();
    for (const RelationName& name : m_schema.known)
      if (m_wanted.has(name.name) && !has(lower_case(name.name))) m_result.names_only.insert(name.name);
    list_all();
    return std::move(m_result);
  }

 private:
  bool has(const std::string& name) const {
    return m_result.tables.contains(name) || m_result.shallow.contains(name) || m_result.views.contains(name);
  }

  void add_named() {
    for (const Table& table : m_schema.tables)
      if (is_named(table, m_wanted) || !table.changes_since.empty())
        m_result.tables.insert(lower_case(table.name.name));
    for (const View& view : m_schema.views) {
      const std::string key = lower_case(view.name.name);
      const auto text = m_views.emplace(key, Text(view.sql)).first;
      const bool has_trigger = view.sql.find(";\n") != std::string::npos;
      if (m_names.contains(key) || (has_trigger && text->second.mentions_one_of(m_names)))
        m_result.views.insert(key);
    }
  }

  void add_dependent_views(const Names& core) {
    for (bool again = true; std::exchange(again, false);)
      for (auto& [name, text] : m_views)
        if (!m_result.views.contains(name)
            && (text.mentions_one_of(core) || text.mentions_one_of(m_result.views))) {
          m_result.views.insert(name);
          again = true;
        }
  }

  /// Their texts change when what they mention is renamed.
  void add_dependent_tables() {
    Names core = m_result.tables;
    core.insert(m_result.views.begin(), m_result.views.end());
    if (core.empty()) return;
    for (const Table& table : m_schema.tables)
      if (mentions_one_of(table, core)) m_result.tables.insert(lower_case(table.name.name));
  }

  void add_what_they_need() {
    Names needed;
    if (m_result.tables.empty() && m_result.views.empty()) return;
    for (const Table& table : m_schema.tables)
      if (m_result.tables.contains(lower_case(table.name.name))) needed.merge(mentioned_by(table));
    for (bool again = true; std::exchange(again, false);) {
      for (auto& [name, text] : m_views) {
        if (needed.contains(name) && m_result.views.insert(name).second) again = true;
        if (m_result.views.contains(name)) needed.insert(text.names().begin(), text.names().end());
      }
    }
    for (const Table& table : m_schema.tables)
      if (const std::string key = lower_case(table.name.name); needed.contains(key) && !has(key))
        m_result.shallow.insert(key);
  }

  void list_all() {
    const Wanted tables(m_result.tables), shallow(m_result.shallow);
    for (const Table& table : m_schema.tables)
      if (tables.has(table.name.name) || shallow.has(table.name.name)) m_result.all.push_back(&table);
  }

  const Schema& m_schema;
  const Names& m_names;
  const Wanted m_wanted;
  std::map<std::string, Text> m_views;
  Selection m_result;
};
} // namespace

std::set<std::string> names_in(std::string_view sql) {
  Names names;
  for (const Lexeme& lexeme : scan(sql))
    if (lexeme.is_name()) names.insert(lower_case(lexeme.name()));
  return names;
}

Selection select_for(const Schema& schema, const std::set<std::string>& names,
                     const std::set<std::string>& changed) {
  return Selecting(schema, names).run(changed);
}

} // namespace afloat::sqlite
