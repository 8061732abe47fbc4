#pragma once

#include "dialect/postgres/carry_twins.hpp"
#include "dialect/sql_writer.hpp"

#include <string>
#include <string_view>
#include <vector>

/// What a column and its successor need besides where their table is partitioned. A key cannot be there
/// twice, nor be made of an index of the whole: it waits as unique indexes of the partitions, of which the
/// swap makes it in the catalogs alone. Other indexes are there twice, whole. All of them get the names that
/// the old ones have in each partition.
namespace afloat::postgres {

/// Why the column cannot have a successor for what its table is part of, or empty; then `hint` is left alone.
std::string hierarchy_refusal(const SuccessionGroup& group, const Succession& member, std::string& hint);

std::vector<Step> twin_index_steps(const Succession& succession, const TwinIndex& index);

/// Of the swap, before the old indexes go: finds what gives the new ones the names that the old ones have in
/// each partition. Nothing where the table is not partitioned.
void append_search_for_parts(const Succession& succession, const std::vector<TwinIndex>& indexes,
                             std::vector<Statement>& statements);
/// Does it: makes the keys, under the old names of their columns, and renames the other indexes.
void append_parts(const Succession& succession, const std::vector<TwinIndex>& indexes,
                  std::vector<Statement>& statements);
/// PostgreSQL 18: a partition keeps a NOT NULL of its own, which a primary key has made.
void append_drop_not_null(const Table& table, const std::string& column, std::vector<Statement>& statements);
/// SQL: the oid is the table's, or of one of its partitions.
std::string is_part_of(const Table& table, std::string_view oid);
/// Rows name what hangs on the column in single partitions.
std::string partition_obstacle_query(const Table& table, const std::string& column);

} // namespace afloat::postgres
