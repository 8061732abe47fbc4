#include "snapshot/postgres.hpp"

#include "support/text.hpp"

#include <fmt/format.h>

namespace afloat::postgres_copy {
namespace {
constexpr std::size_t k_header = 19; // "PGCOPY\n\377\r\n\0", flags, length of the extension
constexpr std::string_view k_trailer = "\xff\xff";
} // namespace

std::string sql_name(std::string_view name) {
  return fmt::format("\"{}\"", replaced(std::string(name), "\"", "\"\""));
}

std::string sql_name(const RelationName& name) {
  return sql_name(name.schema) + "." + sql_name(name.name);
}

std::string literal(std::string_view text) {
  return fmt::format("'{}'", replaced(std::string(text), "'", "''"));
}

std::string column_list(const std::vector<std::string>& columns) {
  std::string list;
  for (const std::string& column : columns) list += (list.empty() ? " (" : ", ") + sql_name(column);
  return list.empty() ? list : list + ")";
}

std::string copy_out_statement(const StoredTable& table) {
  return fmt::format("COPY {}{} TO STDOUT (FORMAT binary)", sql_name(table.name), column_list(table.columns));
}

std::string copy_in_statement(const StoredTable& table) {
  return fmt::format("COPY {}{} FROM STDIN (FORMAT binary)", sql_name(table.name),
                     column_list(table.columns));
}

void CopySum::add(std::string_view message) {
  if (m_first && message.size() >= k_header) message.remove_prefix(k_header);
  m_first = false;
  if (!message.empty() && message != k_trailer) m_sum.add(message);
}

} // namespace afloat::postgres_copy
