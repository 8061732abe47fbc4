#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/pieces.hpp"
#include "support/text.hpp"

#include <fmt/format.h>

namespace afloat::sqlite {
namespace {
std::string notes_table(const Sync& sync) {
  return identifier("afloat_filled_" + sync.id);
}

/// "a, b, value" with something before each column of the key.
std::string key_list(const Sync& sync, std::string_view before) {
  std::string text;
  for (const std::string& key : sync.table.primary_key)
    text += fmt::format("{}{}, ", before, identifier(key));
  return text;
}

std::string trigger_name(const Sync& sync) {
  return identifier(fmt::format("afloat_{}_note", sync.id));
}
} // namespace

// A trigger of TEMP is this connection's alone: it sees the backfill's updates and nobody else's.
std::string note_trigger(const Sync& sync) {
  const std::string column = identifier(sync.new_column);
  return fmt::format("CREATE TEMP TRIGGER IF NOT EXISTS {} AFTER UPDATE OF {} ON main.{} WHEN OLD.{} IS NULL "
                     "AND NEW.{} IS NOT NULL BEGIN INSERT INTO {} VALUES ({}NEW.{}); END",
                     trigger_name(sync), column, relation(sync.table), column, column, notes_table(sync),
                     key_list(sync, "NEW."), column);
}

Piece drop_fill_notes(const Sync& sync) {
  Piece piece;
  piece.statements.emplace_back("DROP TRIGGER IF EXISTS temp." + trigger_name(sync));
  piece.statements.emplace_back("DROP TABLE IF EXISTS " + notes_table(sync));
  piece.locks = file_lock(sync.table);
  return piece;
}

Piece fill_notes(const Sync& sync) {
  const std::string table = relation(sync.table), column = identifier(sync.new_column);
  std::string same;
  for (const std::string& key : sync.table.primary_key)
    same += fmt::format("{}.{} = afloat_f.{} AND ", table, identifier(key), identifier(key));
  Piece piece;
  piece.statements.emplace_back(
      fmt::format("CREATE TABLE {} ({}afloat_value)", notes_table(sync), key_list(sync, "")));
  piece.inverse.emplace_back("DROP TRIGGER IF EXISTS temp." + trigger_name(sync));
  piece.inverse.emplace_back("SELECT afloat_silence_triggers()");
  piece.inverse.emplace_back(fmt::format("UPDATE {0} SET {1} = NULL FROM {2} AS afloat_f WHERE {3}{0}.{1} IS "
                                         "afloat_f.afloat_value COLLATE BINARY "
                                         "AND typeof({0}.{1}) IS typeof(afloat_f.afloat_value)",
                                         table, column, notes_table(sync), same));
  piece.inverse.emplace_back("DROP TABLE IF EXISTS " + notes_table(sync));
  piece.locks = file_lock(sync.table);
  return piece;
}

} // namespace afloat::sqlite
