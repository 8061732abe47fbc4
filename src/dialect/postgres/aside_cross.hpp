#pragma once

#include "dialect/sql_writer.hpp"

namespace afloat::postgres {

/// See afloat::aside_cross().
AsideTable aside_cross(const CrossSync& window, const CrossSync& attic);

} // namespace afloat::postgres
