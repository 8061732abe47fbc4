#include "dialect/discard.hpp"

#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/pieces.hpp"
#include "dialect/sqlite/rebuild.hpp"
#include "support/text.hpp"

#include <utility>

#include <fmt/format.h>

// DROP TABLE puts every page of the table and its indexes on the list of free ones, in one transaction that
// keeps all writers out. Rows that went in batches before have left nothing to put there.
namespace afloat::sqlite {

std::vector<Step> discard_steps(const Table& table, std::string_view called, Phase phase) {
  KeyRanges ranges = key_ranges(table, table.name.name);
  const auto erase = [&](const std::string& range) {
    return fmt::format("DELETE FROM {} WHERE {}", relation(table), range);
  };
  Step empty{.phase = phase, .kind = StepKind::backfill, .title = fmt::format("empty {}", called)};
  empty.work = std::move(ranges.work);
  empty.work->in_range = erase(ranges.condition);
  empty.work->in_range_from_start = erase(ranges.condition_from_start);
  empty.work->count_left = "SELECT 0"; // nobody writes it
  empty.rows = table.rows;
  empty.undo = "not needed: nobody uses it any more";

  Piece piece;
  piece.statements.emplace_back("DROP TABLE IF EXISTS " + relation(table));
  piece.locks = file_lock(table);
  Step drop = combine(phase, fmt::format("drop {}", called), {std::move(piece)});
  drop.undo = "not needed: it is empty";
  return {std::move(empty), std::move(drop)};
}

std::vector<Statement> make_discardable(const Table& table) {
  return schema_edit(
      {fmt::format("DELETE FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = {} COLLATE NOCASE",
                   literal(table.name.name)),
       edit_of("table", table.name.name, "afloat_drop_foreign_keys(sql, '')")});
}

std::pair<Table, std::vector<Statement>> take_name_away(const Table& table, std::string_view id) {
  Table away = table;
  away.name.name = fmt::format("afloat_gone_{}", id);
  std::vector<Statement> statements = make_discardable(table);
  // Else views that read it would read it under the other name, and lose even that.
  statements.emplace_back("PRAGMA legacy_alter_table = ON");
  statements.emplace_back(fmt::format("ALTER TABLE {} RENAME TO {}", relation(table), relation(away)));
  statements.emplace_back("PRAGMA legacy_alter_table = OFF");
  return {std::move(away), std::move(statements)};
}

std::vector<Statement> refuse_writes(const Table& table, const Rebuild& rebuild) {
  return refuse_writes(shape_of(table, rebuild));
}

} // namespace afloat::sqlite
