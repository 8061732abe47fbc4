#pragma once

#include "model/migration.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace afloat {

/// Readers of an operation's fields, whose types were checked when the file was read. An absent field gives
/// the empty value.
const Field* find(const Record& fields, std::string_view name);
std::string text(const Record& fields, std::string_view name);
bool flag(const Record& fields, std::string_view name, bool otherwise);
std::vector<std::string> list(const Record& fields, std::string_view name);
const std::vector<Record>& records(const Record& fields, std::string_view name); ///< of `fields`

/// Where the field stands in its file; of the operation if it has no such field.
SourcePosition where(const OperationSpec& spec, std::string_view name);

} // namespace afloat
