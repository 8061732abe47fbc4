#pragma once

#include <cstddef>
#include <string_view>

namespace afloat {

/// The program for which a comment line, with its "--", begins the statements that lead back, as in
/// "-- +goose Down"; empty for any other comment. What stands below must not run as part of the migration.
std::string_view whose_way_back(std::string_view comment);

/// Where another program would put a value, and no SQL begins so: `${schema}` of Flyway and Liquibase,
/// `{{ schema }}` and `{% if … %}` of templates. The place behind it; 0 if none begins here.
std::size_t behind_placeholder(std::string_view text, std::size_t begin);

} // namespace afloat
