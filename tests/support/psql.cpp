#include "support/psql.hpp"

#include "support/error.hpp"
#include "support/program.hpp"
#include "support/temp_folder.hpp"

#include <fstream>

namespace afloat::test {

void run_psql(std::string_view url, std::string_view script) {
  const TempFolder folder;
  const std::string file = (folder / "script.sql").string();
  std::ofstream(file) << script;
  const Outcome outcome = run({"/usr/lib/postgresql/15/bin/psql",
                               {"-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", std::string(url), "-f", file},
                               "/tmp",
                               {}});
  if (outcome.status != 0) throw Error(ErrorCode::statement, "psql: " + outcome.err);
}

} // namespace afloat::test
