#include "scenario/case_file.hpp"

#include "support/text.hpp"

#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace afloat::test {
namespace {
constexpr std::string_view k_title = "## ", k_on = "on ", k_needs = "needs ", k_file = "file ",
                           k_command = "$ ", k_indent = "    ";

/// The rest of a line behind a word that it begins with.
bool takes(std::string_view line, std::string_view word, std::string& rest) {
  if (!line.starts_with(word)) return false;
  rest = line.substr(word.size());
  return true;
}

std::vector<Dialect> dialects_of(std::string_view word) {
  if (word == "sqlite") return {Dialect::sqlite};
  if (word == "postgres") return {Dialect::postgres};
  if (word == "both") return {Dialect::sqlite, Dialect::postgres};
  throw std::runtime_error(fmt::format("no database \"{}\"", word));
}

std::string_view word_for(const std::vector<Dialect>& dialects) {
  return dialects.size() > 1 ? "both" : name_of(dialects.front());
}

bool is_output(std::string_view line) {
  return line.starts_with("> ") || line == ">" || line.starts_with("! ") || line == "!"
         || line.starts_with("exit ");
}

class Parser {
 public:
  CaseFile parse(std::string_view text) {
    std::vector<std::string> lines = split(text, '\n');
    if (lines.back().empty()) lines.pop_back();
    for (m_line = 0; m_line < lines.size(); ++m_line) take(lines[m_line]);
    return std::move(m_file);
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw std::runtime_error(fmt::format("line {}: {}", m_line + 1, why));
  }

  void take(const std::string& line) {
    std::string rest;
    if (takes(line, k_title, rest)) {
      m_file.cases.push_back({rest, {Dialect::sqlite}, {}, {}});
    } else if (m_file.cases.empty()) {
      m_file.preface += line + "\n";
    } else if (items().empty() && takes(line, k_on, rest)) {
      m_file.cases.back().dialects = dialects_of(rest);
    } else if (items().empty() && takes(line, k_needs, rest)) {
      m_file.cases.back().needs = rest;
    } else if (takes(line, k_file, rest)) {
      items().push_back({CaseItem::Kind::file, rest, {}, {}});
    } else if (takes(line, k_command, rest)) {
      items().push_back({CaseItem::Kind::command, rest, {}, {}});
    } else {
      take_below(line);
    }
  }

  /// A line that belongs to the item before it, or a comment.
  void take_below(const std::string& line) {
    std::string rest;
    CaseItem* last = items().empty() ? nullptr : &items().back();
    const bool indented = takes(line, k_indent, rest);
    if (last && last->kind == CaseItem::Kind::file && (indented || line.empty()))
      last->content += rest + "\n";
    else if (last && last->kind == CaseItem::Kind::command && is_output(line))
      last->expected += line + "\n";
    else if (line.empty() || line.starts_with("#"))
      items().push_back({CaseItem::Kind::text, line, {}, {}});
    else
      fail(fmt::format("cannot read \"{}\"", line));
  }

  std::vector<CaseItem>& items() { return m_file.cases.back().items; }

  CaseFile m_file;
  std::size_t m_line = 0;
};

std::string text_of(const CaseItem& item) {
  switch (item.kind) {
  case CaseItem::Kind::text:
    return item.text + "\n";
  case CaseItem::Kind::command:
    return fmt::format("{}{}\n{}", k_command, item.text, item.expected);
  case CaseItem::Kind::file:
    break;
  }
  std::string text = fmt::format("{}{}\n", k_file, item.text);
  std::vector<std::string> lines = split(item.content, '\n');
  lines.pop_back();
  for (const std::string& line : lines) text += line.empty() ? "\n" : std::string(k_indent) + line + "\n";
  return text;
}
} // namespace

CaseFile parse_cases(std::string_view text) {
  return Parser().parse(text);
}

std::string text_of(const Case& one) {
  std::string text = fmt::format("{}{}\n", k_title, one.title);
  if (one.dialects != std::vector{Dialect::sqlite})
    text += fmt::format("{}{}\n", k_on, word_for(one.dialects));
  if (!one.needs.empty()) text += fmt::format("{}{}\n", k_needs, one.needs);
  for (const CaseItem& item : one.items) text += text_of(item);
  return text;
}

std::string text_of(const CaseFile& file) {
  std::string text = file.preface;
  for (const Case& one : file.cases) text += text_of(one);
  return text;
}

} // namespace afloat::test
