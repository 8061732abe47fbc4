#pragma once

#include "dialect/sql_writer.hpp"

#include <string>
#include <string_view>
#include <vector>

/// The sides of a sync as parts of plpgsql: of one column as of several.
namespace afloat::postgres {

/// The side's variables, one a column: afloat_old; afloat_old_1, afloat_old_2. One of a type that is not the
/// server's own is a field of a record that begins as NEW: afloat_old."mood". So nobody looks the type up by
/// its name, for which the writer may have no right and no search path, and a domain that takes no NULL may
/// have a value before it is assigned.
std::vector<std::string> variables(const std::vector<SyncColumn>& side, std::string_view name);
/// The same as plain names without fields.
std::vector<std::string> numbered(const std::vector<SyncColumn>& side, std::string_view name);
/// NEW."a", NEW."b"
std::vector<std::string> cells(const std::vector<SyncColumn>& side, std::string_view row);
/// One declaration a line for the variables, with these values, none if empty. `values` of a record must be
/// NEW's own, or be put there by assigned().
std::string declared(const std::vector<SyncColumn>& side, std::string_view name,
                     const std::vector<std::string>& values = {});
/// Assignments, each behind a line's end, of the values that declared() cannot put into records.
std::string assigned(const std::vector<SyncColumn>& side, std::string_view name,
                     const std::vector<std::string>& values);
/// Assignments to NEW's columns from the variables.
std::string put(const std::vector<SyncColumn>& side, std::string_view name);
/// Quoted names.
std::string listed(const std::vector<SyncColumn>& side);
/// pg_catalog.record_image_ne(ROW(…), ROW(…)): other stored bytes in any of them.
std::string images_differ(const std::vector<std::string>& some, const std::vector<std::string>& others);

} // namespace afloat::postgres
