#include "commands/rows.hpp"
#include "commands/session.hpp"
#include "support/text.hpp"

#include <filesystem>
#include <fstream>

#include <fmt/format.h>

namespace afloat {
namespace {
constexpr std::string_view k_template = R"([project]
name = {name}
migrations = "migrations"

[env.default]
url = {url}

[contract]
quiet = "60s"      # how long the old side must stand still before contract
retention = "7d"   # how long the old shape stays in the attic
)";

std::string toml_text(const std::string& text) {
  return "\"" + replaced(replaced(text, "\\", "\\\\"), "\"", "\\\"") + "\"";
}

/// "." and a name with a slash behind it are the folder's own name as well; the root has none.
std::string name_of(const std::filesystem::path& folder) {
  const std::filesystem::path whole = std::filesystem::absolute(folder / "").lexically_normal();
  const std::string name = whole.parent_path().filename().string();
  return name.empty() ? "project" : name;
}

void write_text(const std::filesystem::path& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file)
    throw Error(ErrorCode::configuration, fmt::format("cannot write {}", path.string()),
                "Check the rights of this user there, or name another folder: `afloat init FOLDER`.");
}

void make_folder(const std::filesystem::path& path) {
  std::error_code failed;
  std::filesystem::create_directories(path, failed);
  if (failed)
    throw Error(ErrorCode::configuration, fmt::format("cannot make {}: {}", path.string(), failed.message()),
                "Check the rights of this user there, or name another folder: `afloat init FOLDER`.");
}

int run_init(const Arguments& arguments) {
  const std::filesystem::path folder = arguments.positionals.empty() ? "." : arguments.positionals.front();
  const std::filesystem::path config = folder / "afloat.toml";
  if (std::filesystem::exists(config))
    throw Error(
        ErrorCode::usage, fmt::format("{} is there already", config.lexically_normal().string()),
        "Go on with `afloat new NAME`, or make a project elsewhere: `afloat init FOLDER`. Nothing was "
        "changed.");
  make_folder(folder / "migrations");
  const std::string url = arguments.value("--url").value_or("sqlite:app.db");
  write_text(config, fmt::format(fmt::runtime(k_template), fmt::arg("name", toml_text(name_of(folder))),
                                 fmt::arg("url", toml_text(url))));
  print(arguments,
        fmt::format("wrote {}\nmade {}\nNext: set the url in afloat.toml, then `afloat new NAME`.\n",
                    config.string(), (folder / "migrations").string()),
        {{"command", "init"}, {"config", config.string()}, {"migrations", (folder / "migrations").string()}});
  return 0;
}
} // namespace

const CommandRow k_init{"init",
                        "[FOLDER]",
                        1,
                        0,
                        "Make afloat.toml and the folder of migrations",
                        "Writes a configuration to begin with. Changes nothing that is there.",
                        "afloat init\nafloat init --url 'postgres://app@db.internal/shop'",
                        {},
                        run_init};

} // namespace afloat
