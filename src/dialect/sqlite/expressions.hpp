#pragma once

#include "dialect/sql_writer.hpp"
#include "model/rowid.hpp"

#include <string>
#include <string_view>
#include <vector>

/// The building blocks of sync as SQL text. "Image" means value and storage class, whatever a column's
/// collation says.
namespace afloat::sqlite {

std::string identifier(std::string_view name);
std::string literal(std::string_view text);
std::string changed(std::string_view column); ///< between OLD and NEW, in a trigger

/// All of them, AND between. Many are nested in halves, because SQLite takes expressions up to a depth.
std::string conjunction(const std::vector<std::string>& parts);

enum class Affinity { integer, text, blob, real, numeric };
Affinity affinity_of(std::string_view declared_type, bool strict);

/// What finds a row again: the INTEGER PRIMARY KEY, the primary key WITHOUT ROWID, or else the rowid under a
/// name that no column shadows. Empty when a table without such a key has columns of all three names.
std::vector<std::string> key_of(const Table& table);
/// `"a" = NEW."a" AND …`
std::string key_is(const Table& table, std::string_view row);

/// The statement by which a trigger counts a write under this id. The first thousand are counted one by one,
/// and then at most a hundred a second: each one counted makes the writer's COMMIT write another page, which
/// was half of what sync cost. A clock that is set back does not stop it.
std::string count_write(std::string_view id);

/// What the column of the table would hold if the expression were stored in it: `5` for '5' in a column of
/// numbers.
std::string as_stored(const Table& table, const Column& column, const std::string& expression);

/// What a column of either table holds where it was left to its default: the literal as the column's affinity
/// stores it.
std::string stored_default(const CrossSync& sync, const CrossColumn& column);

/// Expressions of one sync. Those named `row_…` stand where the table's columns resolve by bare name; the
/// others are made of OLD."x" and NEW."x", which have no affinity.
class SyncText {
 public:
  explicit SyncText(const Sync& sync);

  std::string row_agrees() const;
  std::string row_fits_down() const; ///< the old side is what `down` makes of the new one
  std::string row_fits_up() const;   ///< the new side is what `up` makes of the old one
  std::string agrees(std::string_view row) const;
  std::string old_changed() const; ///< between OLD and NEW: any column of the old side
  std::string new_changed() const;
  std::string new_at_default() const;
  std::string old_at_default() const; ///< "1" where no default is a constant: nothing can be told
  std::string down_value(const SyncColumn& old) const; ///< what the old column will hold, from NEW
  std::string all_null(std::string_view row, const std::vector<SyncColumn>& side) const;
  /// This UPDATE is sync's own or the backfill's: one side came to agree with the other, nothing else
  /// changed.
  std::string own_update() const;
  bool plain_copy() const { return m_plain; } ///< both sides hold the same image
  /// Their expressions are those that stand in statements, also where a copy is meant.
  const std::vector<SyncColumn>& old_side() const { return m_old; }
  const std::vector<SyncColumn>& new_side() const { return m_new; }

 private:
  Affinity affinity(const SyncColumn& column) const;
  std::string row_fits(const SyncColumn& column) const;
  std::string row_fits(const std::vector<SyncColumn>& side) const;
  std::string fits(std::string_view row, const SyncColumn& column, std::string_view expression) const;
  std::string fits(std::string_view row, const std::vector<SyncColumn>& side) const;
  std::string stored(std::string_view row, std::string_view expression, Affinity affinity) const;
  bool on_a_side(std::string_view column) const;

  const Sync& m_sync;
  std::vector<SyncColumn> m_old, m_new;
  bool m_strict = false, m_plain = false;
};

} // namespace afloat::sqlite
