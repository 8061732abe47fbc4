#pragma once

#include "model/schema.hpp"

#include <string>

namespace afloat::sqlite {

/// The expression as it would be read from the column if it were stored there: value, and affinity in
/// comparisons. NULL where only the column can tell: text and blobs in a column of numbers.
std::string read_back(const Table& table, const Column& column, const std::string& expression);

} // namespace afloat::sqlite
