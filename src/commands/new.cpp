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

constexpr std::string_view k_sql_template = R"(-- afloat:description {description}
-- afloat:expand
ALTER TABLE users ADD COLUMN phone text;
-- afloat:backfill table=users
UPDATE users SET phone = '000-000-0000' WHERE phone IS NULL AND {{batch}};
-- afloat:abort
ALTER TABLE users DROP COLUMN phone;
)";

int run_new(const Arguments& arguments) {
  const std::string& name = arguments.positionals.front();
  if (!is_migration_name(name))
    throw Error(ErrorCode::usage, fmt::format("\"{}\" is not a name for a migration", name),
                "Use letters, digits, \"_\" and \"-\", such as rename_user_name.");
  const bool sql = arguments.has("--sql");
  const auto path = next_migration_path(config_of(arguments).migrations_dir, name, sql ? ".sql" : ".toml");
  std::string description = name;
  for (char& c : description)
    if (c == '_' || c == '-') c = ' ';
  std::ofstream file(path, std::ios::binary);
  file << fmt::format(fmt::runtime(sql ? k_sql_template : k_template), fmt::arg("description", description));
  file.close();
  if (!file)
    throw Error(ErrorCode::configuration, fmt::format("cannot write {}", path.string()),
                "Check the rights of this user on the folder, and that the disk is not full.");
  print(arguments,
        fmt::format("wrote {}\nNext: put your {} into it, then `afloat plan`.\n", path.string(),
                    sql ? "statements" : "operations"),
        {{"command", "new"}, {"path", path.string()}});
  return 0;
}

constexpr OptionRow k_options[] = {
    {"--sql", "", "", "A file in SQL, with phases as comments"},
};
} // namespace

const CommandRow k_new{"new",
                       "NAME",
                       1,
                       1,
                       "Make the next migration file",
                       "Writes a file with the next version, and an operation or statements to begin with.",
                       "afloat new rename_user_name\nafloat new add_phone --sql",
                       k_options,
                       run_new};

} // namespace afloat
