#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Lists as properties write them. Internal to dialect/postgres.
namespace afloat::postgres {

/// Split at ", " outside of quotes of both kinds and of parentheses.
std::vector<std::string> list_items(std::string_view list);

} // namespace afloat::postgres
