#pragma once

#include "dialect/sql_writer.hpp"

#include <string>
#include <string_view>
#include <vector>

/// The parts of a rebuild, one file a subject. The table keeps its name, its triggers, views and foreign
/// keys: at the swap the two tables exchange their pages in sqlite_schema, so that nothing is renamed.
/// Internal to dialect/sqlite.
namespace afloat::sqlite {

/// A column, or an expression over the columns, as it is found in the old and in the new table.
struct KeyPart {
  std::string from, to; ///< names of columns, or of the rowid
};

/// An index of the old table and what stands for it on the new one until the swap.
struct IndexTwin {
  Index index;
  std::string twin;
};

/// What a rebuild turns into what.
struct RebuildShape {
  Rebuild rebuild;
  Table from, to;                   ///< both under the table's name, with create_sql
  std::string shadow;               ///< name of the new table; after the swap, of the old one
  std::vector<std::string> columns; ///< that are copied
  std::vector<std::string> key;     ///< finds a row of the old table
  std::vector<KeyPart> match;       ///< finds the row of the new table that belongs to one of the old
  bool copies_rowid = false;        ///< and so is the rowid, under the name in `match`
  std::vector<IndexTwin> indexes;   ///< those of CREATE INDEX
  std::vector<IndexTwin> only_old;  ///< uniques that the new table lacks: needed until the swap
  std::vector<std::vector<std::string>> uniques; ///< of the old table: columns as SQL, with COLLATE if needed
  bool other_constraints = false;                ///< the indexes of its constraints are not the same ones
  bool autoincrement = false;                    ///< of the new table
  std::vector<std::string> given_up;             ///< columns that nobody may write any more

  bool same_key() const; ///< `key` and `match` are the same columns
};

/// Error `statement` when an edit does not fit, or the new text is none.
RebuildShape shape_of(const Table& table, const Rebuild& rebuild);

std::string capture_name(const RebuildShape& shape, std::string_view event);
/// CREATE TRIGGER on the old table: whatever happens to a row there, the new table's row is made the same.
std::vector<Statement> capture(const RebuildShape& shape);
std::vector<Statement> drop_capture(const RebuildShape& shape);
/// The part of capture() that keeps writers from columns that are given up; nothing where none is.
std::vector<Statement> refuse_writes(const RebuildShape& shape);

/// `alias.a = row.b AND …` for the row of the new table (`to`) that belongs to one of the old (`from`).
std::string matches(const RebuildShape& shape, std::string_view to, std::string_view from);

/// The columns of the new table that are filled, or what of the old one goes into them.
std::string copied_columns(const RebuildShape& shape, std::string_view prefix, bool into);

/// In the transaction of the swap, which it makes fail if anything is not as it was planned.
std::vector<Statement> swap(const RebuildShape& shape);

// rebuild.cpp
std::vector<Step> rebuild_steps(const Table& table, const Rebuild& rebuild, Phase phase);
Table rebuilt(const Table& table, const Rebuild& rebuild);
std::string rebuild_obstacle(const Table& table, const Rebuild& rebuild);

} // namespace afloat::sqlite
