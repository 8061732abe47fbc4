#pragma once

#include "dialect/aside.hpp"
#include "dialect/sql_writer.hpp"

#include <string>
#include <vector>

/// What both databases make of an Aside in the same way.
namespace afloat {

/// Of the columns that go.
std::vector<std::string> names_of(const Aside& aside);
/// The table of afloat's own that keeps them, under this name: the key, and the columns, which may all be
/// NULL.
Table rows_of(const Aside& aside, RelationName name);
/// One of AsideTable::values: `value` with the collation of the column that it is of.
std::string collated(const std::string& value, const Column& column);

/// A table in which other columns take the place of these: in the window, and behind contract.
struct SidesState {
  Sync sync;
  std::vector<SyncColumn> olds, news;
  bool window = false;
};
struct Sides {
  Aside aside; ///< the old columns, by the names that they have in the window
  SidesState window, attic;

  const std::vector<std::string>& keys() const { return aside.table.primary_key; }
};
Sides sides_of(const Sync& window, const Sync& attic);

/// Columns that another table has taken over.
struct Cross {
  Aside aside; ///< the source's columns, by the names that they have in the window
  const CrossSync& window;
  const CrossSync& attic;
  bool keeps = false; ///< what rows of the source had that have lost their target row
};
Cross cross_of(const CrossSync& window, const CrossSync& attic);

} // namespace afloat
