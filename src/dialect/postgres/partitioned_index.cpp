#include "dialect/postgres/sql_writer.hpp"

namespace afloat::postgres {
std::vector<Step> create_index_steps(const Table& table, const Index& index) {
  return {create_index(table, index)};
}
} // namespace afloat::postgres
