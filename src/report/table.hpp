#pragma once

#include <string>
#include <vector>

namespace afloat {

/// Columns aligned with two spaces between them; the last one is not padded. Each line ends with a line feed.
std::string aligned(const std::vector<std::vector<std::string>>& rows, std::size_t indent = 0);

} // namespace afloat
