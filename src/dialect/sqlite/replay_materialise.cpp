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
  return same_name(one.name, other.name) && one.type == other.type && one.not_null == other.not_null
         && one.default_sql == other.default_sql && one.generated == other.generated
         && same_name(one.collation, other.collation);
}

bool same_columns(const Table& one, const Table& other) {
  return std::ranges::equal(one.columns, other.columns, same_column);
}

/// Makes one table, and nothing else of it.
class TableMaker {
 public:
  TableMaker(Database& memory, const Table& wanted) : m_memory(memory), m_wanted(wanted) {}

  void make() {
    if (m_wanted.create_sql.empty()) return make_from_values();
    m_memory.script(m_wanted.create_sql);
    if (is_virtual(m_wanted) || same_columns(look(), m_wanted)) return;
    try {
      fit_columns();
      fit_text();
      if (same_columns(look(), m_wanted)) return;
    } catch (const Error& error) { // a column that SQLite cannot drop, a text that cannot be edited
      if (error.code != ErrorCode::statement) throw;
    }
    m_memory.script("DROP TABLE " + name());
    make_from_values();
  }

 private:
  std::string name() const { return relation(m_wanted); }

  Table look() {
    const std::vector<RelationName> names{m_wanted.name};
    return inspect_sqlite(m_memory, names).tables.at(0);
  }

  void make_from_values() {
    Table bare = m_wanted;
    bare.indexes.clear();
    for (const Statement& statement : create_table(bare).statements) m_memory.script(statement.sql);
  }

  void alter(const std::string& what) { m_memory.script(fmt::format("ALTER TABLE {} {}", name(), what)); }

  /// Renames, drops and adds as the operations did: in place, and at the end.
  void fit_columns() {
    const Table now = look();
    std::size_t next = 0;
    for (const Column& column : now.columns) {
      const bool stays = m_wanted.find_column(column.name) != nullptr;
      const bool made = next < m_wanted.columns.size() && !now.find_column(m_wanted.columns[next].name);
      if (!stays && made)
        alter(fmt::format("RENAME COLUMN {} TO {}", identifier(column.name),
                          identifier(m_wanted.columns[next].name)));
      if (!stays && !made) alter("DROP COLUMN " + identifier(column.name));
      if (stays || made) ++next;
    }
    for (; next < m_wanted.columns.size(); ++next)
      alter("ADD COLUMN " + column_definition(m_wanted, m_wanted.columns[next]));
  }

  /// NOT NULL and defaults, which afloat changes in the text.
  void fit_text() {
    const Table now = look();
    if (same_columns(now, m_wanted) || now.columns.size() != m_wanted.columns.size()) return;
    std::string text = now.create_sql;
    for (std::size_t i = 0; i < now.columns.size(); ++i) {
      const Column &is = now.columns[i], &wanted = m_wanted.columns[i];
      if (is.not_null && !wanted.not_null) text = drop_not_null(text, is.name);
      if (!is.not_null && wanted.not_null) text = add_not_null(text, is.name);
      if (!is.default_sql && wanted.default_sql) text = add_default(text, is.name, *wanted.default_sql);
    }
    m_memory.script("DROP TABLE " + name());
    m_memory.script(text);
  }

  Database& m_memory;
  const Table& m_wanted;
};

class Materialising {
 public:
  Materialising(Database& memory, const Schema& schema, const Selection& selection)
      : m_memory(memory), m_schema(schema), m_selection(selection) {}

  std::set<std::string> run() {
    for (const bool virtual_ones : {true, false}) // virtual tables make other tables
      for (const Table& table : m_schema.tables)
        if (is_selected(table) && is_virtual(table) == virtual_ones && !exists(table.name.name))
          attempt(table.name.name, [&] { TableMaker(m_memory, table).make(); });
    for (const std::string& name : m_selection.names_only)
      if (!exists(name)) make_stranger(name);
    for (const Table& table : m_schema.tables)
      if (is_selected(table) && !m_strangers.contains(lower_case(table.name.name))) make_indexes(table);
    for (const View& view : m_schema.views)
      if (m_selection.views.contains(lower_case(view.name.name)))
        attempt(view.name.name, [&] { m_memory.script(view.sql); });
    for (const Table& table : m_schema.tables)
      if (m_selection.tables.contains(lower_case(table.name.name)))
        for (const Trigger& trigger : table.triggers)
          attempt(table.name.name, [&] { m_memory.script(trigger.sql); });
    return std::move(m_strangers);
  }

 private:
  bool is_selected(const Table& table) const {
    const std::string key = lower_case(table.name.name);
    return m_selection.tables.contains(key) || m_selection.shallow.contains(key);
  }

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
  void attempt(const std::string& name, const Make& make) {
    try {
      make();
    } catch (const Error& error) {
      if (error.code != ErrorCode::statement) throw;
      make_stranger(name);
    }
  }

  void make_indexes(const Table& table) {
    for (const Index& index : table.indexes)
      if (index.constraint.empty())
        attempt(table.name.name, [&] { m_memory.script(index_sql(table, index)); });
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
