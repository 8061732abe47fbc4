#include "dialect/sqlite/stored_columns.hpp"

#include "support/text.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <sqlite3.h>

namespace afloat::sqlite {
std::string StoredColumns::list() const {
  const std::string all = join(names, ", ");
  return rowid.empty() || rowid_is_column ? all : rowid + ", " + all;
}

StoredColumns stored_columns(Handle& database, std::string_view schema, const std::string& table) {
  StoredColumns columns;
  std::vector<std::string> taken;
  int keys = 0;
  bool integer_key = false;
  database.each(fmt::format("SELECT name, hidden, pk, type FROM pragma_table_xinfo({}, {})",
                            quoted_text(table), quoted_text(schema)),
                {}, [&](sqlite3_stmt* row) {
                  const std::string name = text_at(row, 0);
                  taken.push_back(lower_case(name));
                  if (sqlite3_column_int(row, 1) == 0) columns.names.push_back(quoted_name(name));
                  if (sqlite3_column_int(row, 2) == 0) return;
                  ++keys;
                  integer_key = lower_case(text_at(row, 3)) == "integer";
                });
  const bool has_rowid =
      database.text(fmt::format("SELECT wr FROM pragma_table_list WHERE schema = {} AND name = ?1",
                                quoted_text(schema)),
                    table)
      != "1";
  columns.rowid_is_column = has_rowid && keys == 1 && integer_key;
  for (const char* name : {"rowid", "_rowid_", "oid"})
    if (has_rowid && columns.rowid.empty() && std::ranges::count(taken, name) == 0) columns.rowid = name;
  return columns;
}

} // namespace afloat::sqlite
