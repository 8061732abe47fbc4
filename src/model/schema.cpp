#include "model/schema.hpp"

#include <algorithm>
#include <utility>

namespace afloat {

namespace {
/// A dot inside a part would be taken for the one between the parts.
std::string shown_part(const std::string& part) {
  if (part.find('.') == std::string::npos) return part;
  std::string text = "\"";
  for (const char c : part) text += c == '"' ? std::string("\"\"") : std::string(1, c);
  return text + "\"";
}
} // namespace

std::string display(const RelationName& name) {
  return name.schema.empty() ? name.name : shown_part(name.schema) + "." + shown_part(name.name);
}

namespace {
/// Takes a part in double quotes, written as in SQL, off the front; nothing where there is none.
std::optional<std::string> take_quoted(std::string_view& text) {
  if (!text.starts_with('"')) return std::nullopt;
  std::string part;
  for (std::size_t i = 1; i < text.size(); ++i) {
    const bool quote = text[i] == '"';
    if (quote && !text.substr(i + 1).starts_with('"')) {
      text.remove_prefix(i + 1);
      return part;
    }
    part += text[i];
    if (quote) ++i;
  }
  return std::nullopt;
}

/// A name of one or two parts of which at least one is in quotes.
std::optional<RelationName> quoted_relation(std::string_view text) {
  std::vector<std::string> parts;
  bool quoted = false;
  while (true) {
    if (std::optional<std::string> part = take_quoted(text)) {
      parts.push_back(std::move(*part));
      quoted = true;
    } else {
      const std::size_t end = std::min(text.find('.'), text.size());
      parts.emplace_back(text.substr(0, end));
      text.remove_prefix(end);
    }
    if (text.empty()) break;
    if (text.front() != '.') return std::nullopt;
    text.remove_prefix(1);
  }
  if (!quoted || parts.size() > 2) return std::nullopt;
  return parts.size() == 1 ? RelationName{"", parts[0]} : RelationName{parts[0], parts[1]};
}
} // namespace

RelationName parse_relation(std::string_view text) {
  if (std::optional<RelationName> quoted = quoted_relation(text)) return *quoted;
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return {"", std::string(text)};
  return {std::string(text.substr(0, dot)), std::string(text.substr(dot + 1))};
}

const Column* Table::find_column(std::string_view column) const {
  const auto found = std::ranges::find(columns, column, &Column::name);
  return found == columns.end() ? nullptr : &*found;
}

Column* Table::find_column(std::string_view column) {
  const auto found = std::ranges::find(columns, column, &Column::name);
  return found == columns.end() ? nullptr : &*found;
}

RelationName Schema::resolved(RelationName name) const {
  if (name.schema.empty()) name.schema = default_schema;
  return name;
}

const Table* Schema::find(const RelationName& name) const {
  const auto found = std::ranges::find(tables, resolved(name), &Table::name);
  return found == tables.end() ? nullptr : &*found;
}

Table* Schema::find(const RelationName& name) {
  const auto found = std::ranges::find(tables, resolved(name), &Table::name);
  return found == tables.end() ? nullptr : &*found;
}

bool is_own_name(std::string_view name) {
  while (!name.empty() && std::string_view("!~_ ").find(name.front()) != std::string_view::npos)
    name.remove_prefix(1);
  return name.starts_with("afloat_");
}

} // namespace afloat
