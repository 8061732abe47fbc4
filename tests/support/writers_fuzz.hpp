#pragma once

#include "support/sync_fuzz.hpp"
#include "support/world.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// Several writers at once, of both releases, over a window that the built program opens while they write;
/// beside them a model that says what each release must read in the end.
///
/// Each row has a number `n` that every write of it raises and returns: the order in which the writes of a
/// row came, whoever made them. A writer has keys of its own too, on which it does what cannot be put in
/// order so.
namespace afloat::test {

using Cells = std::vector<Cell>;

/// Where a release writes.
struct WriterSide {
  std::string table = "items", key = "id";
  std::vector<std::string> columns;
  std::vector<Cells> values; ///< what it writes, for each column
};

/// One operation over one schema: a row of the table of cases.
struct WriterCase {
  std::string name;
  std::string schema;    ///< for both databases, or see `postgres`
  std::string postgres;  ///< added there
  std::string migration; ///< TOML
  WriterSide olds, news;
  std::function<Cells(const Cells&)> up, down;
  bool follow = false;  ///< the new side follows the old one and not the other way round
  bool cross = false;   ///< the new side is in a table of its own, to be joined by its key
  bool beside = false;  ///< cross: the old release inserts a row there too
  bool same = false;    ///< both releases write the same columns
  bool copies = true;   ///< COPY and MERGE reach the table of the old release
  bool parents = false; ///< the old column refers to parents (name), and is cascaded to
  /// A row that comes from another partition is an INSERT to sync: NULLs of the new side of which `down`
  /// makes the old one are left alone.
  bool partitions = false;
  bool moves = true;                   ///< keys change, or rows go to another partition with them
  std::vector<std::string> extras;     ///< statements about a row of one's own: {key}
  std::vector<std::string> invariants; ///< queries that must give 0 in the window
  /// What takes the sync away; empty: all triggers of afloat.
  std::string without_sync;
  std::vector<Dialect> dialects{Dialect::sqlite, Dialect::postgres};
};

std::vector<WriterCase> writer_cases();

/// One acknowledged write of a row.
struct RowWrite {
  enum class Kind { insert, update, erase, move, cascade };
  Kind kind = Kind::update;
  int key = 0;
  long order = 0; ///< n of a row that everybody writes
  bool by_new = false;
  std::vector<std::optional<Cell>> values{}; ///< nothing where a column is left out
  int to = 0;                                ///< move
  Cell from_parent{}, to_parent{};           ///< cascade
  long started = 0, ended = 0;               ///< times, where nothing else gives an order
  bool early = false;                        ///< the window may not have been open yet
};

struct RowCells {
  Cells olds, news;
  bool early = false; ///< of the write that made the cells what they are
};
using RowMap = std::map<int, RowCells>;

/// NULLs of the new side of which `down` makes the old one are left alone by the backfill, and filled by
/// sync: of a row that was written while the window was opened nobody can tell which it was.
enum class Backfill { filled, left_alone };

/// What the row is then, if nothing was written since.
void leave_alone(const WriterCase& one, RowCells& row);

/// Takes a write in, as the sync of that database does.
void take_in(const WriterCase& one, Dialect dialect, Backfill backfill, const RowWrite& write, RowMap& rows);

struct WriterCounts {
  int acknowledged = 0, retried_deadlocks = 0, retried_serializations = 0;
};

struct WriterReport {
  std::string wrong;   ///< a line for each row that differs, and each invariant; empty when all is right
  std::string failure; ///< the first error that an application would not have had
  WriterCounts counts;
};

struct WriterRun {
  int writers = 3;
  int statements = 200; ///< of each writer, in the window
  bool through_pooler = false;
  unsigned seed = 1;
};

/// Fills the table, opens the window beside the old release's writers, then lets both releases write.
/// `proof`: takes the sync away afterwards and goes on until a row is wrong; false if none became so.
WriterReport run_writers(const WriterCase& one, Dialect dialect, const WriterRun& run, bool& proof);

} // namespace afloat::test
