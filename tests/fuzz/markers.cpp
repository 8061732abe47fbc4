#include "fuzz/finding.hpp"
#include "fuzz/targets.hpp"
#include "load/load.hpp"

namespace afloat::test {

void check_markers(std::string_view input) {
  for (const Dialect dialect : {Dialect::postgres, Dialect::sqlite}) try {
      parse_migration("migrations/0001_x.sql", input, operation_rows(), dialect);
    } catch (const Error& error) {
      require_whole(error);
    }
}

} // namespace afloat::test
