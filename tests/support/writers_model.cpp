#include "support/writers_fuzz.hpp"

#include <utility>

namespace afloat::test {
namespace {
bool agrees(const WriterCase& one, const RowCells& row) {
  return one.up(row.olds) == row.news || one.down(row.news) == row.olds;
}

void assign(Cells& cells, const RowWrite& write) {
  for (std::size_t i = 0; i < write.values.size(); ++i)
    if (write.values[i]) cells[i] = *write.values[i];
}

bool all_null(const Cells& cells) {
  return cells == Cells(cells.size());
}

RowCells inserted(const WriterCase& one, const RowWrite& write) {
  RowCells row{Cells(one.olds.columns.size()), Cells(one.news.columns.size())};
  row.early = write.early;
  assign(write.by_new ? row.news : row.olds, write);
  if (one.up(row.olds) == row.news) return row;
  if (one.partitions && all_null(row.news) && one.down(row.news) == row.olds) return row;
  if (all_null(row.news))
    row.news = one.up(row.olds);
  else if (!one.follow)
    row.olds = one.down(row.news);
  return row;
}

/// On SQLite an update that leaves the sides in agreement lets the other one be; else it is derived anew.
void update(const WriterCase& one, Dialect dialect, const RowWrite& write, RowCells& row) {
  Cells& own = write.by_new ? row.news : row.olds;
  const Cells before = own;
  assign(own, write);
  if (own == before || (one.follow && write.by_new)) return;
  row.early = write.early;
  if (dialect == Dialect::sqlite && !one.follow && agrees(one, row)) return;
  if (write.by_new)
    row.olds = one.down(row.news);
  else
    row.news = one.up(row.olds);
}
} // namespace

void leave_alone(const WriterCase& one, RowCells& row) {
  const Cells nulls(row.news.size());
  if (row.early && one.down && one.down(nulls) == row.olds) row.news = nulls;
}

void take_in(const WriterCase& one, Dialect dialect, Backfill backfill, const RowWrite& write, RowMap& rows) {
  const auto row = rows.find(write.key);
  if (row != rows.end() && write.by_new && backfill == Backfill::left_alone) leave_alone(one, row->second);
  switch (write.kind) {
  case RowWrite::Kind::erase:
    rows.erase(write.key);
    return;
  case RowWrite::Kind::move:
    rows[write.to] = row->second;
    rows.erase(write.key);
    return;
  case RowWrite::Kind::cascade:
    for (auto& [key, cells] : rows)
      if (cells.olds[0] == write.from_parent)
        update(one, dialect, {.key = key, .values = {write.to_parent}}, cells);
    return;
  default:
    if (row == rows.end())
      rows[write.key] = inserted(one, write);
    else
      update(one, dialect, write, row->second);
  }
}

} // namespace afloat::test
