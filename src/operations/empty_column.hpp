#pragma once

#include "model/dialect.hpp"
#include "model/domains.hpp"
#include "model/schema.hpp"

#include <utility>

namespace afloat {

/// A new column as add_column() takes it, that holds NULL in the rows that are there, so that NULL says "not
/// filled yet". PostgreSQL: it has to be said of a column whose type, a domain, has a default of its own; the
/// writer leaves it out for others.
inline Column empty_column(Column column, Dialect dialect) {
  if (dialect == Dialect::postgres && !column.default_sql && column.generated.empty()
      && column.identity.empty()) {
    column.default_sql = "NULL";
    column.default_is_constant = true;
  }
  return column;
}

/// How such a column stays behind in the schema, where nothing has given it a default since.
inline void stay_empty(Column& column, const Schema& schema) {
  if (!column.default_sql && domain_of(schema, column.type)) column.default_of = DefaultOf::null;
}

} // namespace afloat
