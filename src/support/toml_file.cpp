#include "support/toml_file.hpp"

#include "support/source_text.hpp"
#include "support/text.hpp"
#include "support/toml_text.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>

namespace afloat {
namespace {
struct ProblemRow {
  std::string_view part; ///< of the library's words
  std::string_view message, hint;
};
constexpr std::string_view k_quotes = "Put a text in quotes: name = \"shop\".";
constexpr std::array k_problems{
    ProblemRow{"could not determine value type", "this is no value", k_quotes},
    ProblemRow{"saw '\\n'", "the line ends too early", "A line is key = \"value\", a section [name]."},
    ProblemRow{"encountered end-of-file", "the file ends too early",
               "Look for a quote or a bracket that is not closed."},
    ProblemRow{"cannot redefine existing", "this is there already", "Keep one of the two."},
    ProblemRow{"expected '=', saw", "this is not a line of TOML",
               "A line is key = \"value\", a section [name]."},
    ProblemRow{"expected a comment or whitespace", "there is something behind the value",
               "One line holds one key; a comment begins with #."},
    ProblemRow{"expected ']', saw", "the section's name is not closed",
               "Other letters than A-Z, a-z, 0-9, _ and - need quotes: [env.\"name\"]."},
};

std::string byte_name(char byte) {
  return fmt::format("0x{:02X}", static_cast<unsigned char>(byte));
}

/// What the library calls a control character is mostly a quote that was forgotten.
std::pair<std::string, std::string> control_character(const SourcePosition& where) {
  const std::size_t at =
      offset_of_character(where.source_line, static_cast<std::size_t>(std::max(where.column, 1) - 1));
  if (at >= where.source_line.size())
    return {"the text is not closed on its line",
            "Close it with a quote; a text of several lines has three: \"\"\"…\"\"\"."};
  return {fmt::format("the control character {} stands in a text", byte_name(where.source_line[at])),
          "Take it out, or write it as \\uXXXX."};
}

std::pair<std::string, std::string> explained(const toml::parse_error& error, const SourcePosition& where) {
  std::string_view words = error.description();
  constexpr std::string_view k_lead = "Error while parsing ";
  if (words.starts_with(k_lead) && words.find(": ") != std::string_view::npos)
    words.remove_prefix(words.find(": ") + 2);
  if (words.find("control characters") != std::string_view::npos) return control_character(where);
  for (const ProblemRow& row : k_problems)
    if (words.find(row.part) != std::string_view::npos)
      return {fmt::format("{} ({})", row.message, words), std::string(row.hint)};
  return {std::string(words), "The syntax is described at https://toml.io."};
}

void refuse_invalid_bytes(const std::string& path, std::string_view text, ErrorCode code) {
  const std::size_t at = find_invalid_utf8(text);
  if (at == std::string_view::npos) return;
  const bool utf16 = text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF");
  throw Error(code,
              utf16 ? "the file is UTF-16, not UTF-8"
                    : fmt::format("byte {} is not UTF-8", byte_name(text[at])),
              "Save the file as UTF-8.")
      .at(SourceText(path, text.substr(0, text.find('\n', at))).at(at));
}

void refuse_obstacles(const std::string& path, std::string_view text, ErrorCode code) {
  const SourceText source(path, text);
  const auto obstacle = find_toml_obstacle(source.text());
  if (obstacle) throw Error(code, obstacle->message, obstacle->hint).at(source.at(obstacle->offset));
}
} // namespace

SourcePosition TomlFile::at(const toml::source_region& region) const {
  SourcePosition position{
      path, static_cast<int>(region.begin.line), static_cast<int>(region.begin.column), {}};
  if (region.begin.line >= 1 && region.begin.line <= lines.size())
    position.source_line = lines[region.begin.line - 1];
  return position;
}

TomlFile parse_toml(std::string path, std::string_view text, ErrorCode code) {
  refuse_invalid_bytes(path, text, code);
  refuse_obstacles(path, text, code);
  TomlFile file{std::move(path), split(replaced(std::string(text), "\r\n", "\n"), '\n'), {}};
  try {
    file.root = toml::parse(text, file.path);
  } catch (const toml::parse_error& error) {
    const SourcePosition where = file.at(error.source());
    auto [message, hint] = explained(error, where);
    throw Error(code, fmt::format("not valid TOML: {}", message), std::move(hint)).at(where);
  }
  return file;
}

std::string_view kind_of(const toml::node& node) {
  switch (node.type()) {
  case toml::node_type::string:
    return "a text";
  case toml::node_type::integer:
  case toml::node_type::floating_point:
    return "a number";
  case toml::node_type::boolean:
    return "true or false";
  case toml::node_type::array:
    return "a list";
  case toml::node_type::table:
    return "a table";
  default:
    return "a date or time";
  }
}

} // namespace afloat
