#pragma once

#include "dialect/sql_writer.hpp"

#include <string>
#include <string_view>
#include <vector>

/// The building blocks of sync as SQL text. "Image" means value and storage class, whatever a column's
/// collation says.
namespace afloat::sqlite {

std::string identifier(std::string_view name);
std::string literal(std::string_view text);
std::string changed(std::string_view column); ///< between OLD and NEW, in a trigger

enum class Affinity { integer, text, blob, real, numeric };
Affinity affinity_of(std::string_view declared_type, bool strict);

/// What finds a row again: the rowid under a name that no column shadows, or the primary key WITHOUT ROWID.
/// Empty when a table has columns of all three names of the rowid.
std::vector<std::string> key_of(const Table& table);
bool is_rowid_alias(const Table& table, std::string_view column);
/// `"a" = NEW."a" AND …`
std::string key_is(const Table& table, std::string_view row);

/// Expressions of one sync. Those named `row_…` stand where the table's columns resolve by bare name; the
/// others are made of OLD."x" and NEW."x", which have no affinity.
class SyncText {
 public:
  explicit SyncText(const Sync& sync);

  std::string row_agrees() const;
  std::string agrees(std::string_view row) const;
  std::string changed(std::string_view column) const; ///< between OLD and NEW
  std::string new_at_default() const;
  std::string old_at_default() const; ///< "1" where the default is not a constant: nothing can be told
  std::string down_value() const;     ///< what the old column will hold, from NEW
  /// This UPDATE is sync's own or the backfill's: one side came to agree with the other, nothing else
  /// changed.
  std::string own_update() const;
  bool plain_copy() const { return m_plain; } ///< both sides hold the same image

 private:
  std::string up() const, down() const;
  std::string row_fits(std::string_view column, std::string_view expression, Affinity affinity) const;
  std::string fits(std::string_view row, std::string_view column, std::string_view expression,
                   Affinity affinity) const;
  std::string stored(std::string_view row, std::string_view expression, Affinity affinity) const;

  const Sync& m_sync;
  Affinity m_old, m_new;
  bool m_plain = false;
};

} // namespace afloat::sqlite
