#pragma once

#include "dialect/sql_writer.hpp"

#include <memory>

namespace afloat {

std::unique_ptr<SqlWriter> make_sqlite_writer();

} // namespace afloat
