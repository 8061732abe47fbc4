#include "sql/shell_command.hpp"

#include <algorithm>
#include <iterator>
#include <span>

namespace afloat {
namespace {
constexpr std::string_view k_include = "Paste that file's text here, or make it a migration of its own.";
constexpr std::string_view k_connect =
    "Remove it: afloat connects by itself; the URL stands in afloat.toml or in AFLOAT_URL.";
constexpr std::string_view k_data = "Write INSERT statements here, or load the data outside of migrations.";
constexpr std::string_view k_variable = "Write the value itself: afloat has no variables.";
constexpr std::string_view k_display = "Remove it: it only changes what the shell shows.";
constexpr std::string_view k_semicolon = "End the statement with a semicolon.";
constexpr std::string_view k_condition =
    "Write a DO block with IF, or IF EXISTS and IF NOT EXISTS in the statements.";
constexpr std::string_view k_result = "Write the statements themselves, or a DO block with EXECUTE.";
constexpr std::string_view k_own_program = "Remove it, and run it outside of migrations.";
constexpr std::string_view k_only_sql = "Remove it: only SQL can stand in a migration.";

struct CommandRow {
  std::string_view names; ///< with a space around each
  std::string_view instead;
};

constexpr CommandRow k_psql[] = {
    {" i ir include include_relative ", k_include},
    {" c connect conninfo ", k_connect},
    {" copy . lo_import lo_export ", k_data},
    {" restrict unrestrict ", "Remove it: pg_dump writes it for psql only."},
    {" set unset getenv setenv prompt ", k_variable},
    {" gexec gset ", k_result},
    {" g gx gdesc crosstabview watch bind bind_named parse sendpipeline ; ", k_semicolon},
    {" if elif else endif ", k_condition},
    {" echo qecho warn o out w write timing pset x a t T C H f r p d l z encoding errverbose ", k_display},
    {" ! cd password s q quit ", k_own_program},
};

constexpr CommandRow k_sqlite[] = {
    {" read ", k_include},
    {" open connection cd ", k_connect},
    {" import ", k_data},
    {" parameter ", k_variable},
    {" bail ", "Remove it: afloat stops at the first error."},
    {" backup restore save clone dump recover load shell system exit quit vfsname ", k_own_program},
    {" headers header mode width print echo timer output once nullvalue separator explain show prompt "
     "tables schema changes stats eqp databases indexes binary trace excel www ",
     k_display},
};

bool is_name_part(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool holds(std::string_view names, std::string_view name) {
  for (std::size_t at = names.find(name); at != std::string_view::npos; at = names.find(name, at + 1))
    if (names[at - 1] == ' ' && names[at + name.size()] == ' ') return true;
  return false;
}
} // namespace

std::string_view shell_command_name(std::string_view text) {
  std::size_t end = 1;
  while (end < text.size() && is_name_part(text[end])) ++end;
  // \! and \. and the like are a single character.
  if (end == 1 && end < text.size() && text[end] > ' ' && text[end] < '\x7f') ++end;
  return text.substr(0, end);
}

std::string_view instead_of_shell_command(std::string_view command, Dialect dialect) {
  const std::string_view name = command.substr(1);
  const std::span<const CommandRow> rows = dialect == Dialect::postgres
                                               ? std::span<const CommandRow>(k_psql)
                                               : std::span<const CommandRow>(k_sqlite);
  const auto row = std::ranges::find_if(
      rows, [&](const CommandRow& each) { return !name.empty() && holds(each.names, name); });
  return row == rows.end() ? k_only_sql : row->instead;
}

} // namespace afloat
