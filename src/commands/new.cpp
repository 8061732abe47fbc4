#include "commands/rows.hpp"
#include "commands/session.hpp"
#include "load/file_name.hpp"
#include "load/load.hpp"

#include <fstream>

#include <fmt/format.h>

namespace afloat {
namespace {
constexpr std::string_view k_template = R"(description = "{description}"

[[operation]]
type  = "rename_column"
table = "users"
from  = "user_name"
to    = "username"
)";

int run_new(const Arguments& arguments) {
  const std::string& name = arguments.positionals.front();
  if (!is_migration_name(name))
    throw Error(ErrorCode::usage, fmt::format("\"{}\" is not a name for a migration", name),
                "Use letters, digits, \"_\" and \"-\", such as rename_user_name.");
  const auto path = next_migration_path(config_of(arguments).migrations_dir, name);
  std::string description = name;
  for (char& c : description)
    if (c == '_' || c == '-') c = ' ';
  std::ofstream file(path, std::ios::binary);
  file << fmt::format(fmt::runtime(k_template), fmt::arg("description", description));
  file.close();
  if (!file)
    throw Error(ErrorCode::configuration, fmt::format("cannot write {}", path.string()),
                "Check the rights of this user on the folder, and that the disk is not full.");
  print(arguments,
        fmt::format("wrote {}\nNext: put your operations into it, then `afloat plan`.\n", path.string()),
        {{"command", "new"}, {"path", path.string()}});
  return 0;
}
} // namespace

const CommandRow k_new{"new",
                       "NAME",
                       1,
                       1,
                       "Make the next migration file",
                       "Writes a file with the next version and an operation to begin with.",
                       "afloat new rename_user_name",
                       {},
                       run_new};

} // namespace afloat
