#include "operations/sql_tables.hpp"

#include "operations/sql_blocks.hpp"
#include "operations/sql_judged.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace afloat {
namespace {
using Names = std::set<std::string>; ///< in lower case, as SQLite compares them

void add_words(const std::string& sql, Names& names) {
  for (const Token& token : solid(sql))
    if (token.kind == TokenKind::word || token.kind == TokenKind::quoted_word)
      names.insert(lower_case(token.name()));
}

/// The relations of a SQLite schema and what each of them reads.
class Around {
 public:
  explicit Around(const Schema& schema) : m_schema(schema) {
    for (const RelationName& name : schema.known) m_known.emplace(lower_case(name.name), name);
  }

  std::vector<RelationName> of(std::span<const RelationName> names) {
    Names wanted;
    for (const RelationName& name : names) wanted.insert(lower_case(name.name));
    const auto reach_wanted = [&](const auto& one) {
      if (const std::string name = lower_case(one.name.name); wanted.contains(name)) reach(name);
    };
    std::ranges::for_each(m_schema.tables, reach_wanted);
    std::ranges::for_each(m_schema.views, reach_wanted);
    for (std::size_t i = 0; i < m_reached.size(); ++i) {
      const std::string name = lower_case(m_reached[i].name);
      for (const Table& table : m_schema.tables)
        if (lower_case(table.name.name) == name) reach_from(table);
      for (const View& view : m_schema.views)
        if (lower_case(view.name.name) == name || reads(view, name) || writes(view, name)) reach_from(view);
    }
    return std::move(m_reached);
  }

 private:
  void reach(const std::string& name) {
    const auto found = m_known.find(name);
    if (found == m_known.end()) return;
    m_reached.push_back(found->second);
    m_known.erase(found);
  }

  void reach_from(const Table& table) {
    Names names;
    for (const Trigger& trigger : table.triggers) add_words(trigger.sql, names);
    for (const std::string& name : names) reach(name);
  }

  void reach_from(const View& view) {
    Names names;
    for (const auto& [table, column] : view.reads) names.insert(lower_case(table.name));
    if (has_triggers(view)) add_words(view.sql, names);
    for (const std::string& name : names) reach(name);
  }

  static bool reads(const View& view, const std::string& name) {
    return std::ranges::any_of(view.reads,
                               [&](const auto& read) { return lower_case(read.first.name) == name; });
  }

  static bool writes(const View& view, const std::string& name) {
    Names names;
    if (has_triggers(view)) add_words(view.sql, names);
    return names.contains(name);
  }

  /// Its text has them, too.
  static bool has_triggers(const View& view) { return view.sql.find(";\n") != std::string::npos; }

  const Schema& m_schema;
  std::map<std::string, RelationName> m_known; ///< not reached yet
  std::vector<RelationName> m_reached;
};
} // namespace

std::vector<RelationName> named_in_sql(const OperationSpec& spec, const SqlWriter& sql) {
  std::vector<RelationName> names;
  const auto add = [&](RelationName name) {
    if (std::ranges::count(names, name) == 0) names.push_back(std::move(name));
  };
  for (const SqlBlock& block : sql_blocks(spec, sql.dialect()))
    for (const Record& record : *block.statements) {
      const std::string text = written(record).statement.sql;
      const StatementFacts facts = sql.facts(text);
      for (const RelationName& relation : facts.relations) add(relation);
      if (sql.dialect() != Dialect::sqlite || !facts.scans || !facts.what.starts_with("CREATE TABLE"))
        continue;
      Names words;
      add_words(text, words);
      for (const std::string& word : words) add({"", word});
    }
  return names;
}

std::vector<RelationName> read_around(std::span<const RelationName> names, const Schema& schema) {
  const auto has_triggers = [](const Table& table) { return !table.triggers.empty(); };
  if (schema.dialect != Dialect::sqlite
      || (schema.views.empty() && std::ranges::none_of(schema.tables, has_triggers)))
    return {};
  return Around(schema).of(names);
}

} // namespace afloat
