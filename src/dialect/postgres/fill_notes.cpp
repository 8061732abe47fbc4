#include "dialect/postgres/names.hpp"
#include "dialect/postgres/sql_writer.hpp"
#include "support/text.hpp"

#include <fmt/format.h>

namespace afloat::postgres {
namespace {
std::string notes_table(const Sync& sync) {
  return own_object("filled_" + sync.id);
}

std::string key_and_value(const Sync& sync) {
  std::vector<std::string> columns;
  for (const std::string& key : sync.table.primary_key) columns.push_back(in_quotes(key));
  columns.push_back(in_quotes(sync.new_column));
  return join(columns, ", ");
}
} // namespace

std::string with_notes(const Sync& sync, std::string update) {
  if (!sync.note_fills) return update;
  // A user trigger may have put NULL back.
  return fmt::format(
      "WITH filled AS ({} RETURNING {}) INSERT INTO {} SELECT * FROM filled WHERE {} IS NOT NULL", update,
      key_and_value(sync), notes_table(sync), in_quotes(sync.new_column));
}

Piece drop_fill_notes(const Sync& sync) {
  return {.statements = {"DROP TABLE IF EXISTS " + notes_table(sync)}};
}

Piece fill_notes(const Sync& sync) {
  const std::string column = in_quotes(sync.new_column);
  std::vector<std::string> same;
  for (const std::string& key : sync.table.primary_key)
    same.push_back(fmt::format("t.{} = f.{}", in_quotes(key), in_quotes(key)));
  Piece piece;
  piece.statements.emplace_back(fmt::format("CREATE TABLE {} AS SELECT {} FROM {} WITH NO DATA",
                                            notes_table(sync), key_and_value(sync),
                                            in_quotes(sync.table.name)));
  piece.inverse.emplace_back(fmt::format(
      "UPDATE {} AS t SET {} = NULL FROM {} AS f WHERE {} AND NOT pg_catalog.record_image_ne(ROW(t.{}), "
      "ROW(f.{}))",
      in_quotes(sync.table.name), column, notes_table(sync), join(same, " AND "), column, column));
  piece.inverse.push_back(drop_fill_notes(sync).statements.front());
  return piece;
}

} // namespace afloat::postgres
