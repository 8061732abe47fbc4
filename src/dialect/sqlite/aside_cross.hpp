#pragma once

#include "dialect/sql_writer.hpp"

namespace afloat::sqlite {

/// See afloat::aside_cross().
AsideTable aside_cross(const CrossSync& window, const CrossSync& attic);

} // namespace afloat::sqlite
