#pragma once

#include "model/plan.hpp"
#include "model/schema.hpp"

#include <string>
#include <vector>

namespace afloat {

/// A column that contract takes out of its table.
struct AsideColumn {
  Column column; ///< as it comes back: with its default, which is a constant, if it has one
  std::string
      down; ///< what a row that comes after contract has there, where there is no default; may be empty
};

/// Values that are kept beside their table, by its primary key, in a table of afloat's own (`attic =
/// "aside"`): the table itself has the new shape alone, and a revert brings the columns back from there. A
/// row of it says that the columns are off their defaults; no row, that they are not.
struct Aside {
  std::string id; ///< as Sync::id
  Table table;    ///< as it is in the window, with the columns
  std::vector<AsideColumn> columns;
};

/// What SQL makes of an Aside. In the window the kept values follow the columns; after contract they follow
/// the key alone, and a new row gets what its `down` says, or nothing where that fails: nobody's write does.
struct AsideTable {
  Table rows;           ///< where they are kept: the key, the columns
  Piece open;           ///< makes it, with the triggers of the window; inverse: takes both away
  RangeWork keep;       ///< backfill of the window: what is not kept yet
  RangeWork compare;    ///< rows of the table that differ from what is kept
  Piece close;          ///< contract, before the columns go: the triggers that stay; no inverse
  Piece reopen;         ///< revert, once the columns are there again: the triggers of the window; no inverse
  RangeWork bring_back; ///< revert: the columns get what is kept
  RangeWork left_out;   ///< rows of the table of which nothing is kept
  Piece drop;           ///< purge; no inverse
  std::vector<Guard> guards; ///< of the window, and of the attic
  std::string refused;       ///< why it cannot be done, or empty; a sentence without full stop
};

} // namespace afloat
