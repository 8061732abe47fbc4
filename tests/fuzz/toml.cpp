#include "config/config.hpp"
#include "fuzz/finding.hpp"
#include "fuzz/planned.hpp"
#include "fuzz/targets.hpp"
#include "load/load.hpp"
#include "support/temp_folder.hpp"

#include <fstream>

namespace afloat::test {

void check_toml(std::string_view input) {
  for (const Dialect dialect : {Dialect::postgres, Dialect::sqlite}) try {
      check_planned(parse_migration("migrations/0001_x.toml", input, operation_rows(), dialect), dialect);
    } catch (const Error& error) {
      require_whole(error);
    }
  static const TempFolder folder;
  std::ofstream(folder / "afloat.toml", std::ios::binary) << input;
  try {
    load_config({.config = folder / "afloat.toml"});
  } catch (const Error& error) {
    require(error.code == ErrorCode::configuration || error.code == ErrorCode::usage,
            "another error than configuration: " + describe(error));
  }
}

} // namespace afloat::test
