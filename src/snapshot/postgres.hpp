#pragma once

#include "dialect/copy_session.hpp"
#include "snapshot/snapshot.hpp"
#include "support/checksum.hpp"

#include <string>
#include <string_view>
#include <vector>

// What making and restoring on PostgreSQL share.
namespace afloat::postgres_copy {

std::string sql_name(std::string_view name);
std::string sql_name(const RelationName& name);
std::string literal(std::string_view text);
std::string column_list(const std::vector<std::string>& columns); ///< " (a, b)", or nothing for none

/// COPY of the table's rows in binary form, all of its stored columns.
std::string copy_out_statement(const StoredTable& table);
std::string copy_in_statement(const StoredTable& table);

/// Takes the messages of a COPY and sums up the rows among them, without header and trailer.
class CopySum {
 public:
  void add(std::string_view message);
  const RowSum& sum() const { return m_sum; }

 private:
  RowSum m_sum;
  bool m_first = true;
};

} // namespace afloat::postgres_copy
