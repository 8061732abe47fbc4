#pragma once

#include "dialect/aside.hpp"

#include <string>
#include <vector>

/// What both databases make of an Aside in the same way.
namespace afloat {

/// Of the columns that go.
std::vector<std::string> names_of(const Aside& aside);
/// The table of afloat's own that keeps them, under this name: the key, and the columns, which may all be
/// NULL.
Table rows_of(const Aside& aside, RelationName name);

} // namespace afloat
