#include "dialect/aside_rows.hpp"

#include <utility>

namespace afloat {

std::vector<std::string> names_of(const Aside& aside) {
  std::vector<std::string> names;
  for (const AsideColumn& one : aside.columns) names.push_back(one.column.name);
  return names;
}

Table rows_of(const Aside& aside, RelationName name) {
  Table rows;
  rows.name = std::move(name);
  rows.primary_key = aside.table.primary_key;
  const auto add = [&](const Column& column, bool key) {
    Column copy;
    copy.name = column.name;
    copy.type = column.type;
    copy.collation = column.collation;
    copy.not_null = key;
    rows.columns.push_back(std::move(copy));
  };
  for (const std::string& key : aside.table.primary_key)
    if (const Column* column = aside.table.find_column(key)) add(*column, true);
  for (const AsideColumn& one : aside.columns) add(one.column, false);
  return rows;
}

} // namespace afloat
