#include "dialect/aside_cross.hpp"

#include "dialect/postgres/aside_cross.hpp"
#include "dialect/sqlite/aside_cross.hpp"

namespace afloat {

AsideTable aside_cross(Dialect dialect, const CrossSync& window, const CrossSync& attic) {
  return dialect == Dialect::sqlite ? sqlite::aside_cross(window, attic)
                                    : postgres::aside_cross(window, attic);
}

} // namespace afloat
