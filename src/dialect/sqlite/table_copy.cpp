#include "dialect/file_copy.hpp"
#include "dialect/sqlite/handle.hpp"
#include "dialect/sqlite/stored_columns.hpp"
#include "sql/script.hpp"
#include "support/checksum.hpp"
#include "support/error.hpp"
#include "support/source_text.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include <fmt/format.h>
#include <sqlite3.h>

// Tables of a SQLite file, copied through an attached database "other".
namespace afloat {
namespace {
using sqlite::Handle;
using sqlite::quoted_name;
using sqlite::quoted_text;
using sqlite::text_at;

std::string column_list(Handle& database, std::string_view schema, const std::string& table) {
  return sqlite::stored_columns(database, schema, table).list();
}

void attach(Handle& database, const std::string& file) {
  database.each("ATTACH ?1 AS other", file, [](sqlite3_stmt*) {});
}

bool has_sequences(Handle& database, std::string_view schema) {
  return database.text(fmt::format("SELECT 1 FROM {}.sqlite_schema WHERE name = 'sqlite_sequence'", schema))
         == "1";
}

constexpr const char* k_count = "afloat_count";

/// Makes k_count(), which is true, count rows.
void count_rows(Handle& database, std::int64_t& rows) {
  const auto count = [](sqlite3_context* context, int, sqlite3_value**) {
    ++*static_cast<std::int64_t*>(sqlite3_user_data(context));
    sqlite3_result_int(context, 1);
  };
  // Not SQLITE_DETERMINISTIC, which would be asked once for all rows.
  sqlite3_create_function_v2(database.raw(), k_count, 0, SQLITE_UTF8, &rows, count, nullptr, nullptr,
                             nullptr);
}

/// Rows of one table, from the attached database, and where its AUTOINCREMENT stands; for count_rows().
void copy_rows(Handle& database, const std::string& table) {
  const std::string name = quoted_name(table);
  database.run(fmt::format("INSERT INTO main.{0} ({1}) SELECT {1} FROM other.{0} WHERE {2}()", name,
                           column_list(database, "other", table), k_count));
  if (!has_sequences(database, "other") || !has_sequences(database, "main")) return;
  database.run(fmt::format("DELETE FROM main.sqlite_sequence WHERE name = {}", quoted_text(table)));
  database.run(
      fmt::format("INSERT INTO main.sqlite_sequence SELECT * FROM other.sqlite_sequence WHERE name = {}",
                  quoted_text(table)));
}

void append(std::string& row, const void* bytes, std::size_t size) {
  row.append(static_cast<const char*>(bytes), size);
}

void append_value(std::string& row, sqlite3_stmt* statement, int column) {
  const int type = sqlite3_column_type(statement, column);
  row += static_cast<char>(type);
  if (type == SQLITE_INTEGER) {
    const std::int64_t number = sqlite3_column_int64(statement, column);
    append(row, &number, sizeof number);
  } else if (type == SQLITE_FLOAT) {
    const double number = sqlite3_column_double(statement, column);
    append(row, &number, sizeof number);
  } else if (type != SQLITE_NULL) {
    const void* const bytes = sqlite3_column_blob(statement, column);
    const auto size = static_cast<std::uint64_t>(sqlite3_column_bytes(statement, column));
    append(row, &size, sizeof size);
    if (size > 0) append(row, bytes, size);
  }
}

/// `rows` is counted up.
CopiedTable contents_of(Handle& database, const std::string& table, std::int64_t& rows) {
  RowSum sum;
  std::string row;
  database.each(
      fmt::format("SELECT {} FROM main.{}", column_list(database, "main", table), quoted_name(table)), {},
      [&](sqlite3_stmt* statement) {
        row.clear();
        for (int i = 0; i < sqlite3_column_count(statement); ++i) append_value(row, statement, i);
        sum.add(row);
        ++rows;
      });
  return {table, sum.rows(), sum.hex()};
}

std::int64_t size_of(const std::filesystem::path& file) {
  return static_cast<std::int64_t>(std::filesystem::file_size(file));
}

std::string statement_of(Handle& database, const std::string& table) {
  const std::string sql = database.text(
      "SELECT sql FROM other.sqlite_schema WHERE type = 'table' AND lower(name) = lower(?1)", table);
  if (lower_case(sql.substr(0, 14)) == "create virtual")
    throw Error(ErrorCode::configuration,
                fmt::format("{} is a virtual table: its rows cannot be copied alone", table),
                "Make a snapshot of the whole database: kind \"full\". Nothing was changed.");
  return sql;
}
} // namespace

std::vector<CopiedTable> copy_tables(const std::string& from, std::span<const std::string> tables,
                                     const std::filesystem::path& to, const TellBytes& tell) {
  std::string encoding;
  {
    Handle source(from, Handle::Mode::existing);
    encoding = source.text("PRAGMA encoding");
  }
  std::int64_t rows = 0;
  {
    Handle target(to.string(), Handle::Mode::create);
    target.run(fmt::format("PRAGMA encoding = {}; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF",
                           quoted_text(encoding)));
    attach(target, from);
    target.watch([&] { tell(size_of(to) / 2); });
    count_rows(target, rows);
    target.run("BEGIN");
    for (const std::string& table : tables) {
      target.run(statement_of(target, table));
      copy_rows(target, table);
    }
    target.run("COMMIT");
  }
  // Summing the rows up is the other half of the work.
  const auto half = static_cast<double>(size_of(to)) / 2;
  return file_contents(to, tables, [&](std::int64_t read) {
    tell(std::llround(half + half * static_cast<double>(read) / static_cast<double>(std::max(rows, 1L))));
  });
}

void put_tables_back(const std::filesystem::path& from, std::span<const std::string> tables,
                     const std::string& to, std::chrono::milliseconds lock_timeout,
                     const std::function<void()>& locked, const TellRows& tell) {
  Handle target(to, Handle::Mode::existing);
  target.wait_for_locks(lock_timeout);
  std::int64_t rows = 0;
  target.watch([&] { tell(rows); });
  count_rows(target, rows);
  sqlite3_db_config(target.raw(), SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  attach(target, from.string());
  target.run("BEGIN IMMEDIATE");
  locked();
  const auto violations = [&] {
    return std::stoll("0" + target.text("SELECT count(*) FROM pragma_foreign_key_check"));
  };
  const std::int64_t before = violations();
  for (const std::string& table : tables) {
    target.run(fmt::format("DELETE FROM main.{}", quoted_name(table)));
    copy_rows(target, table);
  }
  if (violations() > before)
    throw Error(ErrorCode::refused, "rows of other tables would refer to nothing, or rows of these would",
                "Restore into a new file, and take from it what you need. Nothing was changed.");
  target.run("COMMIT");
}

void build_file(const std::string& schema, const std::filesystem::path& tables_file,
                std::span<const std::string> tables, const std::filesystem::path& to, const TellRows& tell) {
  Handle target(to.string(), Handle::Mode::create);
  std::int64_t rows = 0;
  target.watch([&] { tell(rows); });
  count_rows(target, rows);
  if (!tables.empty()) {
    Handle source(tables_file.string(), Handle::Mode::existing);
    target.run(fmt::format("PRAGMA encoding = {}", quoted_text(source.text("PRAGMA encoding"))));
  }
  if (!tables.empty()) attach(target, tables_file.string());
  target.run("BEGIN");
  const SourceText source("schema.sql", schema);
  const std::vector<ScriptItem> items = read_script(source, Dialect::sqlite);
  const auto makes_table = [](const ScriptItem& item) {
    return !item.marker && lower_case(item.text.substr(0, 12)) == "create table";
  };
  for (const ScriptItem& item : items)
    if (makes_table(item)) target.run(std::string(item.text));
  for (const std::string& table : tables) copy_rows(target, table);
  for (const ScriptItem& item : items)
    if (!item.marker && !makes_table(item)) target.run(std::string(item.text));
  target.run("COMMIT");
}

std::string file_schema(const std::string& file, bool stored) {
  Handle database(file, stored ? Handle::Mode::stored : Handle::Mode::existing);
  std::string text;
  database.each(
      "SELECT s.sql FROM main.sqlite_schema s WHERE s.sql IS NOT NULL AND s.name NOT LIKE 'sqlite~_%' ESCAPE "
      "'~' AND NOT EXISTS (SELECT 1 FROM pragma_table_list t WHERE t.schema = 'main' AND t.name = s.name "
      "AND t.type = 'shadow') ORDER BY CASE s.type WHEN 'table' THEN 0 WHEN 'view' THEN 1 WHEN 'index' THEN "
      "2 ELSE 3 "
      "END, s.name",
      {}, [&](sqlite3_stmt* row) { text += text_at(row, 0) + ";\n"; });
  for (const char* setting : {"user_version", "application_id"})
    text += fmt::format("PRAGMA {} = {};\n", setting, database.text(fmt::format("PRAGMA {}", setting)));
  return text;
}

std::vector<std::string> file_tables(const std::string& file) {
  Handle database(file, Handle::Mode::existing);
  std::vector<std::string> names;
  database.each(
      "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE "
      "'sqlite~_%' ESCAPE '~' ORDER BY name",
      {}, [&](sqlite3_stmt* row) { names.push_back(text_at(row, 0)); });
  return names;
}

std::vector<FileColumn> file_columns(const std::string& file, const std::string& table) {
  Handle database(file, Handle::Mode::existing);
  std::vector<FileColumn> columns;
  const bool with_rowid =
      database.text("SELECT wr FROM pragma_table_list WHERE schema = 'main' AND lower(name) = lower(?1)",
                    table)
      != "1";
  database.each(
      fmt::format("SELECT name, \"notnull\" AND dflt_value IS NULL AND NOT (pk AND {} AND lower(type) = "
                  "'integer') FROM pragma_table_xinfo({}) WHERE hidden = 0",
                  with_rowid ? 1 : 0, quoted_text(table)),
      {}, [&](sqlite3_stmt* row) { columns.push_back({text_at(row, 0), sqlite3_column_int(row, 1) != 0}); });
  return columns;
}

std::vector<CopiedTable> file_contents(const std::filesystem::path& file, std::span<const std::string> tables,
                                       const TellRows& tell) {
  Handle database(file.string(), Handle::Mode::existing);
  std::int64_t rows = 0;
  database.watch([&] { tell(rows); });
  std::vector<CopiedTable> contents;
  for (const std::string& table : tables) contents.push_back(contents_of(database, table, rows));
  return contents;
}

} // namespace afloat
