#pragma once

#include "operations/operation.hpp"

#include <span>
#include <vector>

/// Which tables must be known to tell what an author's own statements do to a schema.
namespace afloat {

/// All that the statements of an operation of type "sql" make, change or remove; on SQLite, where the columns
/// of a new table come from a query, also each word of it that may be a table's name.
std::vector<RelationName> named_in_sql(const OperationSpec& spec, const SqlWriter& sql);

/// SQLite goes through the views and triggers around a table when something of it is renamed or dropped: all
/// tables and views that are reached from `names`, themselves included, by views that read them and by what
/// views and triggers read, as far as `schema` tells. `names` that it does not have reach nothing. None on
/// PostgreSQL.
std::vector<RelationName> read_around(std::span<const RelationName> names, const Schema& schema);

} // namespace afloat
