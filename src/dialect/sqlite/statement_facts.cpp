#include "dialect/sqlite/pieces.hpp"

namespace afloat::sqlite {

StatementFacts facts(std::string_view) {
  return {};
}

} // namespace afloat::sqlite
