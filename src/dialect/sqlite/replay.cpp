#include "dialect/sqlite/pieces.hpp"

namespace afloat::sqlite {

void replay(std::span<const Statement>, Schema&) {}

} // namespace afloat::sqlite
