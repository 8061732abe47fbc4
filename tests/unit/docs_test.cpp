#include "commands/command.hpp"
#include "config/setting_rows.hpp"
#include "load/load.hpp"
#include "operations/operation.hpp"
#include "support/error.hpp"
#include "support/places.hpp"
#include "support/text.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <catch2/catch.hpp>
#include <fmt/format.h>

// The reference pages are compared with the tables in the code: what is built is described, and nothing else.
namespace afloat {
namespace {
using Names = std::vector<std::string>;

std::filesystem::path root() {
  return test::source_folder();
}

std::string page(const std::string& name) {
  std::ifstream file(root() / "docs/reference" / name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The part of the page below the heading "## NAME …", up to the next one.
std::string section(const std::string& text, std::string_view name) {
  for (std::size_t at = text.find("\n## "); at != std::string::npos; at = text.find("\n## ", at + 1)) {
    const std::string title = text.substr(at + 4, text.find('\n', at + 1) - at - 4);
    const bool two_words = name.find(' ') != std::string_view::npos;
    if (title == name || title.starts_with(std::string(name) + (two_words ? " " : " [")))
      return text.substr(at, text.find("\n## ", at + 1) - at);
    if (name.find(' ') == std::string_view::npos && title.starts_with(std::string(name) + " ")
        && title.find("list") == std::string::npos && title.find("purge") == std::string::npos)
      return text.substr(at, text.find("\n## ", at + 1) - at);
  }
  return {};
}

std::string complaints(const Names& found) {
  return join(found, "\n");
}

TEST_CASE("every command has its section with its options and an example", "[docs]") {
  const std::string text = page("commands.md");
  Names missing;
  for (const CommandRow& row : command_rows()) {
    const std::string part = section(text, row.name);
    if (part.empty()) missing.push_back(fmt::format("no section for {}", row.name));
    for (const OptionRow& option : row.options)
      if (part.find(option.name) == std::string::npos)
        missing.push_back(fmt::format("{}: {}", row.name, option.name));
    if (!row.positionals.empty() && part.find(row.positionals) == std::string::npos)
      missing.push_back(fmt::format("{}: {}", row.name, row.positionals));
    if (part.find(fmt::format("    afloat {}", row.name)) == std::string::npos)
      missing.push_back(fmt::format("{}: an example", row.name));
  }
  CHECK(complaints(missing) == "");
}

TEST_CASE("no command is described that is not built", "[docs]") {
  const std::string text = page("commands.md");
  Names unknown;
  for (const std::string& line : split(text, '\n')) {
    if (!line.starts_with("## ") || line == "## Options of every command") continue;
    const bool known = std::ranges::any_of(command_rows(), [&](const CommandRow& row) {
      return line == fmt::format("## {}", row.name) || line.starts_with(fmt::format("## {} ", row.name));
    });
    if (!known) unknown.push_back(line);
  }
  CHECK(complaints(unknown) == "");
}

TEST_CASE("every option of the program is on the page of commands", "[docs]") {
  const std::string text = page("commands.md");
  Names missing;
  for (const OptionRow& option : global_options())
    for (const std::string_view name : {option.name, option.short_name})
      if (!name.empty() && text.find(fmt::format("`{}", name)) == std::string::npos)
        missing.emplace_back(name);
  CHECK(complaints(missing) == "");
}

TEST_CASE("every setting is on the page of the configuration with its default and meaning", "[docs]") {
  const std::string text = page("configuration.md");
  Names missing;
  for (const SettingRow& row : setting_rows()) {
    const std::string otherwise = row.otherwise.empty() ? "" : fmt::format("`{}` ", row.otherwise);
    const std::string line = fmt::format("| `{}` | {}| {} |", row.key, otherwise, row.meaning);
    if (text.find(line) == std::string::npos) missing.push_back(line);
    if (!row.variable.empty() && text.find(fmt::format("`{}`", row.variable)) == std::string::npos)
      missing.emplace_back(row.variable);
  }
  CHECK(complaints(missing) == "");
}

TEST_CASE("every exit status is on the page of exit statuses", "[docs]") {
  const std::string text = page("exit-statuses.md");
  Names missing;
  for (const ErrorRow& row : error_rows()) {
    if (text.find(fmt::format("\n| {} | ", row.exit_status)) == std::string::npos)
      missing.push_back(fmt::format("exit status {}", row.exit_status));
  }
  CHECK(complaints(missing) == "");
}

void find_fields(std::span<const FieldRow> rows, const std::string& text, const std::string& subject,
                 Names& missing) {
  for (const FieldRow& row : rows) {
    if (text.find(fmt::format("`{}`", row.name)) == std::string::npos)
      missing.push_back(fmt::format("{}: {}", subject, row.name));
    find_fields(row.record, text, subject, missing);
  }
}

TEST_CASE("every operation has a page with its keys and an example that can be run", "[docs]") {
  Names missing;
  for (const OperationRow& row : operation_rows()) {
    const std::string name(row.name);
    const std::string text = page("operations/" + name + ".md");
    if (!text.starts_with("# " + name + "\n")) missing.push_back("docs/reference/operations/" + name + ".md");
    find_fields(row.fields, text, name, missing);
    for (const char* file : {"afloat.toml", "README.md", "schema.sql", "migrations"})
      if (!std::filesystem::exists(root() / "migrations-examples" / name / file))
        missing.push_back(fmt::format("migrations-examples/{}/{}", name, file));
    if (page("migration-files.md").find(fmt::format("[{}](operations/{}.md)", name, name))
        == std::string::npos)
      missing.push_back("a link to " + name);
  }
  CHECK(complaints(missing) == "");
}

TEST_CASE("every marker of SQL files is described with its keys", "[docs]") {
  const std::string text = page("migration-files.md");
  Names missing;
  for (const MarkerRow& row : marker_rows()) {
    if (text.find(fmt::format("| `{}", row.name)) == std::string::npos
        || text.find(row.meaning) == std::string::npos)
      missing.push_back(fmt::format("`{}`: {}", row.name, row.meaning));
    for (const std::string_view key : row.keys)
      if (text.find(fmt::format("| `{}` | ", key)) == std::string::npos)
        missing.push_back(fmt::format("{}: {}", row.name, key));
  }
  CHECK(complaints(missing) == "");
}

TEST_CASE("no operation is described that is not built", "[docs]") {
  Names unknown;
  for (const auto& file : std::filesystem::directory_iterator(root() / "docs/reference/operations"))
    if (!find_operation(file.path().stem().string())) unknown.push_back(file.path().filename().string());
  CHECK(complaints(unknown) == "");
}
} // namespace
} // namespace afloat
