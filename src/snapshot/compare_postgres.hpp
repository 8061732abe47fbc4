#pragma once

#include "snapshot/restore.hpp"
#include "support/checksum.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace afloat::postgres_copy {

/// Takes what `pg_restore --data-only` writes, piece by piece, and sums up the rows of each table.
class DumpedRows {
 public:
  struct Table {
    std::string copy; ///< "COPY public.users (id, name)", as pg_dump read it
    RowSum sum;       ///< of the rows in COPY's text form, without line feeds
  };
  void add(std::string_view bytes);
  const std::vector<Table>& tables() const { return m_tables; }
  const std::string& encoding() const { return m_encoding; } ///< of the dump, in quotes

 private:
  void take(std::string_view line);

  std::vector<Table> m_tables;
  std::string m_encoding, m_rest, m_head;
  bool m_in_rows = false;
};

/// What differs between the snapshot and this database, into which it was restored: schema, numbers of rows
/// and contents; a line each. Kind `full`: the rows are those in the dump.
std::vector<std::string> differences_from(const RestoreRequest& request, const std::string& database,
                                          const Restored& restored, const SnapshotWatch& watch);

} // namespace afloat::postgres_copy
