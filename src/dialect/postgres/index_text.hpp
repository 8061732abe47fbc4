#pragma once

#include "model/schema.hpp"

#include <string>
#include <string_view>

namespace afloat::postgres {

/// CREATE INDEX as the server would write it; `how`: CONCURRENTLY before the name, ONLY before the table.
std::string index_definition(const RelationName& table, const Index& index, std::string_view how);

} // namespace afloat::postgres
