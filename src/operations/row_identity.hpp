#pragma once

#include "model/schema.hpp"
#include "operations/operation.hpp"

#include <string>
#include <string_view>

/// PostgreSQL refuses every UPDATE and DELETE of a table that a publication carries, unless it can tell the
/// subscribers which row it was (14 to 18, "does not have a replica identity and publishes updates").
namespace afloat {

/// Why the index may not go, or empty: it is the REPLICA IDENTITY of a table that a publication carries.
std::string identity_lost_with(const Table& table, const Index& index);
/// The same of all indexes on the column.
std::string identity_lost_with(const Table& table, std::string_view column);

constexpr std::string_view k_keep_identity =
    "Give the table another REPLICA IDENTITY first, or take it out of the publication.";

/// Error invalid_migration at the field, if there is such a reason.
void refuse_lost_identity(const OperationSpec& spec, const OperationContext& context, std::string_view field,
                          const std::string& reason);

} // namespace afloat
