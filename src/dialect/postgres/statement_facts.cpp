#include "dialect/postgres/sql_writer.hpp"

namespace afloat::postgres {

StatementFacts facts(std::string_view) {
  return {};
}

} // namespace afloat::postgres
