#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/inspector.hpp"
#include "dialect/sqlite/pieces.hpp"
#include "dialect/sqlite/replay_parts.hpp"
#include "dialect/sqlite/scan.hpp"
#include "dialect/sqlite/schema_text.hpp"
#include "support/text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat::sqlite {
namespace {
bool is_virtual(const Table& table) {
  return lower_case(table.create_sql.substr(0, 20)).starts_with("create virtual");
}

bool same_column(const Column& one, const Column& other) {
  return same_name(one.name, other.name) && same_name(one.type, other.type) && one.not_null == other.not_null
         && one.default_sql == other.default_sql && one.generated == other.generated
         && same_name(one.collation, other.collation);
}

bool same_columns(const Table& one, const Table& other) {
  return std::ranges::equal(one.columns, other.columns, same_column);
}

/// The table as it is in memory now: name, text and columns.
Table look(Database& memory, const RelationName& name) {
  Table table;
  table.name = name;
  table.create_sql =
      memory
          .query("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = $1 COLLATE NOCASE",
                 {Value(name.name)})
          .scalar()
          .value_or("");
  inspect_sqlite_columns(memory, table);
  return table;
}

/// Makes a table from the values alone: what only the text says is lost.
void make_from_values(Database& memory, const Table& wanted) {
  Table bare = wanted;
  bare.indexes.clear();
  for (const Statement& statement : create_table(bare).statements) memory.script(statement.sql);
}

class Materialising {
 public:
  Materialising(Database& memory, const Schema& schema, const Selection& selection)
      : m_memory(memory), m_schema(schema), m_selection(selection) {}

  std::set<std::string> run() {
    for (const bool virtual_ones : {true, false}) // virtual tables make other tables
      for (const Table* table : m_selection.all)
        if (is_virtual(*table) == virtual_ones && !exists(table->name.name))
          attempt(*table, [&] { make_table(*table); });
    for (const std::string& name : m_selection.names_only)
      if (!exists(name)) make_stranger(name);
    for (const View& view : m_schema.views)
      if (m_selection.views.contains(lower_case(view.name.name))) m_memory.script(view.sql);
    each_table([&](const Table& table) { make_triggers(table); });
    each_table([&](const Table& table) { bring_up_to_date(table); });
    each_table([&](const Table& table) { make_indexes(table); });
    return std::move(m_strangers);
  }

 private:
  bool exists(const std::string& name) {
    return m_memory
               .query(
                   "SELECT count(*) FROM sqlite_schema WHERE type IN ('table', 'view') AND name = $1 COLLATE "
                   "NOCASE",
                   {Value(name)})
               .scalar()
           != "0";
  }

  void make_stranger(const std::string& name) {
    m_strangers.insert(lower_case(name));
    if (!exists(name)) m_memory.script(fmt::format("CREATE TABLE {} (afloat_unknown)", identifier(name)));
  }

  /// A function, module or collation of the application's own may be missing here.
  template <typename Make>
  void attempt(const Table& table, const Make& make) {
    try {
      make();
    } catch (const Error& error) {
      if (error.code != ErrorCode::statement) throw;
      make_stranger(table.name.name);
    }
  }

  template <typename Work>
  void each_table(const Work& work) {
    for (const Table* table : m_selection.all)
      if (!m_strangers.contains(lower_case(table->name.name))) attempt(*table, [&] { work(*table); });
  }

  void make_table(const Table& table) {
    if (table.create_sql.empty())
      make_from_values(m_memory, table);
    else
      m_memory.script(table.create_sql);
  }

  void make_triggers(const Table& table) {
    if (!m_selection.tables.contains(lower_case(table.name.name))) return;
    for (const Trigger& trigger : table.triggers) m_memory.script(trigger.sql);
  }

  /// Views and triggers are there: renaming a column changes them too.
  void bring_up_to_date(const Table& table) {
    for (const std::string& sql : table.changes_since) m_memory.script(sql);
    if (table.create_sql.empty() || is_virtual(table)) return;
    const Table now = look(m_memory, table.name);
    if (same_columns(now, table)) return;
    if (make_anew(now, table) && same_columns(look(m_memory, table.name), table)) return;
    m_memory.script("DROP TABLE IF EXISTS " + relation(table));
    make_from_values(m_memory, table);
    make_triggers(table);
  }

  /// With all that the text says beside the columns. False where it cannot be made to fit.
  bool make_anew(const Table& now, const Table& wanted) {
    try {
      const std::string text = fitted_text(now, wanted);
      m_memory.script("DROP TABLE " + relation(wanted));
      m_memory.script(text);
      make_triggers(wanted);
      return true;
    } catch (const Error& error) {
      if (error.code != ErrorCode::statement) throw;
      return false;
    }
  }

  void make_indexes(const Table& table) {
    for (const Index& index : table.indexes)
      if (index.constraint.empty()) m_memory.script(index_sql(table, index));
  }

  Database& m_memory;
  const Schema& m_schema;
  const Selection& m_selection;
  std::set<std::string> m_strangers;
};
} // namespace

std::set<std::string> materialise(Database& memory, const Schema& schema, const Selection& selection) {
  return Materialising(memory, schema, selection).run();
}

} // namespace afloat::sqlite
