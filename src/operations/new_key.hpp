#pragma once

#include "operations/common.hpp"

#include <string>
#include <vector>

/// What UNIQUE and PRIMARY KEY share.
namespace afloat {

/// The index that backs the constraint: its name and columns.
Index index_for(const Constraint& constraint);
/// Refuses a parent of others.
void refuse_unfit_key_table(const OperationSpec& spec, const OperationContext& context, const Table& table);
/// Refuses the key of a partitioned table that does not contain the columns of each partition key.
void refuse_without_partition_key(const OperationSpec& spec, const OperationContext& context,
                                  const Table& table, const Constraint& constraint);
/// What such a constraint does besides, as sentences.
std::vector<std::string> key_notes(const Table& table, const Index& index, const Constraint& constraint,
                                   const OperationContext& context);

} // namespace afloat
