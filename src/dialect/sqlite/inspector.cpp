#include "dialect/sqlite/inspector.hpp"

#include "dialect/sqlite/database.hpp"
#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/scan.hpp"
#include "dialect/sqlite/schema_text.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace afloat {
namespace {
using namespace sqlite;

constexpr std::int64_t k_counted_rows = 10'000; ///< tables up to this size are counted, larger ones estimated

std::int64_t number(const Value& value) {
  std::int64_t result = 0;
  if (value) std::from_chars(value->data(), value->data() + value->size(), result);
  return result;
}

/// A literal, with a sign or in parentheses; CURRENT_TIMESTAMP and expressions are not.
bool is_constant(std::string_view default_sql) {
  std::vector<Lexeme> text = scan(default_sql);
  while (text.size() >= 2 && text.front().is("(") && text.back().is(")")) {
    text.erase(text.begin());
    text.pop_back();
  }
  if (text.size() == 2 && (text[0].is("-") || text[0].is("+"))) return text[1].kind == Lexeme::Kind::number;
  if (text.size() == 2 && text[0].is("x")) return text[1].kind == Lexeme::Kind::quoted;
  if (text.size() != 1) return false;
  return text[0].kind == Lexeme::Kind::number || text[0].kind == Lexeme::Kind::quoted || text[0].is("null")
         || text[0].is("true") || text[0].is("false");
}

/// The text between the parentheses behind AS of a generated column, which no PRAGMA tells.
std::string generated_expression(const std::string& create_sql, std::string_view column) {
  const std::vector<Lexeme> text = scan(create_sql);
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (!text[i].is_name() || !same_name(text[i].name(), column)
        || !(text[i - 1].is("(") || text[i - 1].is(",")))
      continue;
    for (std::size_t k = i + 1; k + 1 < text.size() && !text[k].is(","); ++k) {
      if (text[k].is("as") && text[k + 1].is("(")) {
        const std::size_t close = behind_parenthesis(text, k + 1) - 1;
        return trimmed(create_sql.substr(text[k + 1].end, text[close].begin - text[k + 1].end));
      }
      if (text[k].is("(")) k = behind_parenthesis(text, k) - 1;
    }
  }
  return "?";
}

using Texts = std::vector<std::string>;

class Inspection {
 public:
  explicit Inspection(Database& database)
      : m_database(database), m_sqlite(dynamic_cast<SqliteDatabase&>(database)) {}

  Schema run(std::span<const RelationName> tables) {
    Schema schema;
    schema.dialect = Dialect::sqlite;
    schema.server_version = m_database.facts().server_version;
    m_bytes = number(
        m_database.query("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").scalar());
    const std::string own = "(name LIKE 'afloat!_%' ESCAPE '!' OR name LIKE 'sqlite!_%' ESCAPE '!')";
    for (const auto& row :
         m_database
             .query("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND NOT " + own
                    + " ORDER BY name")
             .rows)
      schema.known.push_back({"", *row[0]});
    for (const RelationName& wanted : tables)
      if (const auto found = table_row(wanted.name); found && schema.find({"", found->first}) == nullptr)
        schema.tables.push_back(table(found->first, found->second));
    read_views(schema, tables);
    return schema;
  }

  /// What the texts tell of a table.
  Table shape(const SqliteTableText& text) {
    Table table;
    table.name = {"", text.name};
    table.create_sql = text.create_sql;
    Value kind;
    for (const auto& row : pragma("table_list", text.name)) {
      kind = row[2];
      table.without_rowid = row[4] == "1";
    }
    if (kind == "virtual") table.inheritance = "a virtual table";
    if (kind == "shadow") table.inheritance = "a table in which a virtual table keeps its rows";
    read_columns(table);
    if (kind != "virtual") table.constraints = read_table(text.create_sql).constraints;
    read_indexes(table);
    if (text.has_triggers) table.triggers = triggers_of(text.name);
    return table;
  }

  void read_columns(Table& table) {
    std::vector<std::pair<std::int64_t, std::string>> key;
    for (const auto& row : pragma("table_xinfo", table.name.name)) {
      const auto& [name, type, not_null, default_sql, key_place, kind] =
          std::tie(row[1], row[2], row[3], row[4], row[5], row[6]);
      Column column;
      column.name = *name;
      column.type = type.value_or("");
      const std::int64_t hidden = number(kind);
      if (hidden >= 2) column.type = trimmed(replaced(column.type, "GENERATED ALWAYS", ""));
      column.not_null = not_null == "1";
      column.default_sql = default_sql;
      column.default_is_constant = !default_sql || is_constant(*default_sql);
      if (hidden >= 2) column.generated = generated_expression(table.create_sql, column.name);
      if (const std::string collation = m_sqlite.collation(table.name.name, column.name);
          collation != "BINARY")
        column.collation = collation;
      if (const std::int64_t place = number(key_place); place > 0) key.emplace_back(place, column.name);
      table.columns.push_back(std::move(column));
    }
    std::sort(key.begin(), key.end());
    for (auto& [place, name] : key) table.primary_key.push_back(std::move(name));
  }

  /// Those that read a table of the schema, or no table at all, and those that are asked for.
  void read_views(Schema& schema, std::span<const RelationName> wanted) {
    for (const auto& row :
         m_database.query("SELECT name, sql FROM sqlite_schema WHERE type = 'view' ORDER BY name").rows) {
      View view;
      view.name = {"", *row[0]};
      view.sql = *row[1];
      for (const Trigger& trigger : triggers_of(*row[0])) view.sql += ";\n" + trigger.sql;
      try {
        for (auto& [table, column] : m_sqlite.columns_read("SELECT * FROM " + identifier(*row[0])))
          if (table_row(table)) view.reads.emplace_back(RelationName{"", table}, std::move(column));
        for (const auto& column :
             m_database.query("SELECT name FROM pragma_table_info($1)", {Value(*row[0])}).rows)
          view.columns.push_back(*column[0]);
      } catch (const Error&) { // what it reads is not there (any more)
        view.reads.clear();
      }
      std::sort(view.reads.begin(), view.reads.end());
      view.reads.erase(std::unique(view.reads.begin(), view.reads.end()), view.reads.end());
      const auto is_read = [&](const auto& read) { return schema.find(read.first) != nullptr; };
      const auto is_it = [&](const RelationName& name) { return same_name(name.name, view.name.name); };
      if (view.reads.empty() || std::ranges::any_of(view.reads, is_read)
          || std::ranges::any_of(wanted, is_it))
        schema.views.push_back(std::move(view));
    }
  }

 private:
  /// Name as it was created, and text.
  std::optional<std::pair<std::string, std::string>> table_row(const std::string& name) {
    const Result result = m_database.query(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name = $1 COLLATE NOCASE",
        {Value(name)});
    if (result.rows.empty()) return std::nullopt;
    return std::pair(*result.rows[0][0], result.rows[0][1].value_or(""));
  }

  /// A pragma is cheaper than the same as a table: that table has to be made first.
  std::vector<std::vector<Value>> pragma(std::string_view word, const std::string& name) {
    return m_database.query(fmt::format("PRAGMA main.{}({})", word, identifier(name))).rows;
  }

  Table table(const std::string& name, const std::string& create_sql) {
    Table table = shape({name, create_sql, true});
    for (const auto& row :
         m_database
             .query("SELECT DISTINCT m.name FROM sqlite_schema m, pragma_foreign_key_list(m.name) f "
                    "WHERE m.type = 'table' AND f.\"table\" = $1 COLLATE NOCASE ORDER BY 1",
                    {Value(name)})
             .rows)
      table.referenced_by.push_back({"", *row[0]});
    table.rows = estimated_rows(table);
    table.bytes = m_bytes;
    return table;
  }

  void read_indexes(Table& table) {
    std::vector<std::vector<Value>> rows = pragma("index_list", table.name.name);
    std::ranges::reverse(rows); // the newest comes first
    for (const auto& row : rows) {
      Index index;
      index.name = *row[1];
      index.unique = row[2] == "1";
      index.primary = row[3] == "pk";
      if (row[3] != "c") index.constraint = index.primary ? "primary key" : "unique";
      read_parts(index, table, row[3] == "c" ? part_texts(index_text(index.name), index.predicate) : Texts());
      table.indexes.push_back(std::move(index));
    }
  }

  std::string index_text(const std::string& name) {
    return m_database.query("SELECT sql FROM sqlite_schema WHERE type = 'index' AND name = $1", {Value(name)})
        .scalar()
        .value_or("");
  }

  /// The parts of CREATE INDEX as they were written, and its WHERE.
  static Texts part_texts(const std::string& sql, std::string& predicate) {
    const std::vector<Lexeme> text = scan(sql);
    Texts parts;
    std::size_t open = 0;
    while (open < text.size() && !text[open].is("(")) ++open;
    if (open >= text.size()) return parts;
    const std::size_t close = behind_parenthesis(text, open) - 1;
    std::size_t begin = open + 1;
    for (std::size_t i = begin; i <= close; ++i) {
      if (i < close && text[i].is("(")) i = behind_parenthesis(text, i) - 1;
      if (i != close && !text[i].is(",")) continue;
      parts.push_back(sql.substr(text[begin].begin, text[i - 1].end - text[begin].begin));
      begin = i + 1;
    }
    if (close + 2 < text.size() && text[close + 1].is("where")) predicate = sql.substr(text[close + 2].begin);
    return parts;
  }

  void read_parts(Index& index, const Table& table, const Texts& texts) {
    for (const auto& row : pragma("index_xinfo", index.name)) {
      const auto& [column_number, name, descends, collation, is_key] =
          std::tie(row[1], row[2], row[3], row[4], row[5]);
      if (is_key != "1") continue;
      const std::size_t place = index.parts.size();
      IndexPart part;
      Texts suffix;
      if (column_number == "-2" && place < texts.size()) {
        part.expression = without_order(texts[place]);
      } else {
        part.column = name.value_or("rowid");
        const Column* column = table.find_column(part.column);
        const std::string own =
            column != nullptr && !column->collation.empty() ? column->collation : "BINARY";
        if (collation && !same_name(*collation, own)) suffix.push_back("COLLATE " + *collation);
      }
      if (descends == "1") suffix.emplace_back("DESC");
      part.suffix = join(suffix, " ");
      index.parts.push_back(std::move(part));
    }
  }

  /// The bare expression: no ASC or DESC, no parentheses around the whole.
  static std::string without_order(const std::string& part) {
    const std::vector<Lexeme> text = scan(part);
    std::size_t first = 0, last = text.size();
    if (last > 1 && (text.back().is("desc") || text.back().is("asc"))) --last;
    while (last > first + 2 && text[first].is("(") && behind_parenthesis(text, first) == last) {
      ++first;
      --last;
    }
    return part.substr(text[first].begin, text[last - 1].end - text[first].begin);
  }

  std::vector<Trigger> triggers_of(const std::string& table) {
    std::vector<Trigger> triggers;
    for (const auto& row :
         m_database
             .query("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = $1 "
                    "COLLATE NOCASE ORDER BY name",
                    {Value(table)})
             .rows) {
      if (is_own_name(*row[0])) continue;
      const TriggerText text = read_trigger(*row[1]);
      Trigger trigger;
      trigger.name = *row[0];
      trigger.before = text.before;
      trigger.on_insert = text.on_insert;
      trigger.on_update = text.on_update;
      trigger.on_delete = text.on_delete;
      trigger.update_of = text.update_of;
      trigger.has_when = text.has_when;
      trigger.enabled = "O";
      trigger.sql = trigger.body = *row[1];
      triggers.push_back(std::move(trigger));
    }
    return triggers;
  }

  std::optional<std::int64_t> estimated_rows(const Table& table) {
    const std::string name = identifier(table.name.name);
    const std::int64_t counted = number(
        m_database
            .query(fmt::format("SELECT count(*) FROM (SELECT 1 FROM {} LIMIT {})", name, k_counted_rows + 1))
            .scalar());
    if (counted <= k_counted_rows) return counted;
    if (table_row("sqlite_stat1")) {
      const Value stat =
          m_database.query("SELECT stat FROM sqlite_stat1 WHERE tbl = $1 LIMIT 1", {Value(table.name.name)})
              .scalar();
      if (number(stat) > 0) return number(stat);
    }
    const std::vector<std::string> key = key_of(table);
    if (table.without_rowid || key.empty()) return std::nullopt;
    const std::int64_t last =
        number(m_database.query(fmt::format("SELECT max({}) FROM {}", identifier(key[0]), name)).scalar());
    // No more than fit into the file: keys may have large gaps. What fits is told by a few rows alone.
    const std::int64_t fitting = m_bytes / bytes_of_row(table, key[0]);
    return std::max(counted, last > 2 * fitting ? fitting : last);
  }

  /// About what a row takes, by the first and the last twenty: texts are read whole. At least 1.
  std::int64_t bytes_of_row(const Table& table, const std::string& key) {
    std::string bytes = "0";
    for (const Column& column : table.columns)
      if (column.generated.empty())
        bytes += fmt::format(" + 1 + coalesce(length({}), 0)", identifier(column.name));
    const auto rows = [&](std::string_view order) {
      return fmt::format("SELECT * FROM (SELECT {} AS bytes FROM {} ORDER BY {} {} LIMIT 20)", bytes,
                         identifier(table.name.name), identifier(key), order);
    };
    return std::max<std::int64_t>(
        number(m_database
                   .query(fmt::format("SELECT CAST(avg(bytes) AS INTEGER) FROM ({} UNION ALL {})",
                                      rows("ASC"), rows("DESC")))
                   .scalar()),
        1);
  }

  Database& m_database;
  SqliteDatabase& m_sqlite;
  std::int64_t m_bytes = 0;
};
} // namespace

void inspect_sqlite_columns(Database& database, Table& table) {
  Inspection(database).read_columns(table);
}

Schema inspect_sqlite_texts(Database& database, std::span<const SqliteTableText> tables, bool views) {
  Inspection inspection(database);
  Schema schema;
  schema.dialect = Dialect::sqlite;
  for (const SqliteTableText& text : tables) schema.tables.push_back(inspection.shape(text));
  if (views) inspection.read_views(schema, {});
  return schema;
}

Schema inspect_sqlite(Database& database, std::span<const RelationName> tables) {
  return Inspection(database).run(tables);
}

} // namespace afloat
