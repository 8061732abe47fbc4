#include "dialect/postgres/sql_writer.hpp"

namespace afloat::postgres {

void replay(std::span<const Statement>, Schema&) {}

} // namespace afloat::postgres
