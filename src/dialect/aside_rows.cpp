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

std::string collated(const std::string& value, const Column& column) {
  return "(" + value + (column.collation.empty() ? "" : " COLLATE " + column.collation) + ")";
}

Sides sides_of(const Sync& window, const Sync& attic) {
  Sides sides{{window.id, window.table, {}},
              {window, old_side(window), new_side(window), true},
              {attic, old_side(attic), new_side(attic), false}};
  for (const SyncColumn& old : sides.window.olds)
    sides.aside.columns.push_back({*window.table.find_column(old.name), {}});
  return sides;
}

Cross cross_of(const CrossSync& window, const CrossSync& attic) {
  Cross cross{{window.id, window.source, {}}, window, attic, !window.owns_target};
  for (const CrossColumn& pair : window.columns)
    cross.aside.columns.push_back({*window.source.find_column(pair.source), {}});
  return cross;
}

} // namespace afloat
