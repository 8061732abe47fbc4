#include "fuzz/finding.hpp"
#include "fuzz/planned.hpp"
#include "fuzz/targets.hpp"
#include "load/load.hpp"

namespace afloat::test {

void check_markers(std::string_view input) {
  for (const Dialect dialect : {Dialect::postgres, Dialect::sqlite}) try {
      check_planned(parse_migration("migrations/0001_x.sql", input, operation_rows(), dialect), dialect);
    } catch (const Error& error) {
      require_whole(error);
    }
}

} // namespace afloat::test
