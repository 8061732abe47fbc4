#include "report/drift_text.hpp"

#include "support/text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat {
namespace {
constexpr std::size_t k_longest = 100;

std::string properties_of(const ObjectChange& change) {
  std::vector<std::string> names;
  for (const PropertyChange& property : change.properties) names.push_back(property.property);
  return names.empty() ? "" : fmt::format(" ({})", join(names, ", "));
}

std::string shown(const std::string& value) {
  return value.empty() ? "(none)" : value;
}

/// Lines that one side has and the other lacks, by the longest common part.
std::string line_difference(const std::string& before, const std::string& after) {
  const std::vector<std::string> a = split(before, '\n'), b = split(after, '\n');
  std::vector<std::vector<std::size_t>> common(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = a.size(); i-- > 0;)
    for (std::size_t k = b.size(); k-- > 0;)
      common[i][k] = a[i] == b[k] ? common[i + 1][k + 1] + 1 : std::max(common[i + 1][k], common[i][k + 1]);
  std::string text;
  std::size_t i = 0, k = 0;
  while (i < a.size() || k < b.size()) {
    if (i < a.size() && k < b.size() && a[i] == b[k]) {
      ++i, ++k;
    } else if (k == b.size() || (i < a.size() && common[i + 1][k] >= common[i][k + 1])) {
      text += fmt::format("      - {}\n", a[i++]);
    } else {
      text += fmt::format("      + {}\n", b[k++]);
    }
  }
  return text;
}

std::string property_text(const PropertyChange& change) {
  constexpr std::size_t k_most_lines = 2'000;
  const auto lines = [](const std::string& text) {
    return static_cast<std::size_t>(std::ranges::count(text, '\n'));
  };
  const bool long_text = lines(change.before) + lines(change.after) > 0
                         || change.before.size() + change.after.size() > k_longest;
  if (!long_text)
    return fmt::format("    {}: {} -> {}\n", change.property, shown(change.before), shown(change.after));
  if (lines(change.before) > k_most_lines || lines(change.after) > k_most_lines)
    return fmt::format("    {}: a long text\n", change.property);
  return fmt::format("    {}:\n{}", change.property, line_difference(change.before, change.after));
}

std::string in_cell(const std::string& text) {
  return replaced(replaced(shown(text), "|", "\\|"), "\n", "<br>");
}
} // namespace

std::string drift_lines(std::span<const ObjectChange> changes, std::size_t most) {
  std::string text;
  for (const ObjectChange& change : changes.first(std::min(most, changes.size())))
    text += fmt::format("\n    {} {}{}", change.verb(), display(change.object()), properties_of(change));
  if (changes.size() > most) text += fmt::format("\n    and {} more", changes.size() - most);
  return text;
}

std::string changes_text(std::span<const ObjectChange> changes) {
  std::string text;
  for (const ObjectChange& change : changes) {
    text += fmt::format("  {} {}\n", change.verb(), display(change.object()));
    for (const PropertyChange& property : change.properties) text += property_text(property);
    if (!change.before && !change.object().value("owner").empty())
      text += fmt::format("    its owner is {}\n", change.object().value("owner"));
  }
  return text;
}

std::string changes_markdown(std::span<const ObjectChange> changes) {
  std::string text = "| object | property | before | after |\n|---|---|---|---|\n";
  for (const ObjectChange& change : changes) {
    const std::string name = in_cell(fmt::format("{} {}", change.verb(), display(change.object())));
    if (change.properties.empty()) text += fmt::format("| {} | | | |\n", name);
    for (const PropertyChange& property : change.properties)
      text += fmt::format("| {} | {} | {} | {} |\n", name, in_cell(property.property),
                          in_cell(property.before), in_cell(property.after));
  }
  return text;
}

Node::List changes_node(std::span<const ObjectChange> changes) {
  Node::List list;
  for (const ObjectChange& change : changes) {
    Node::List properties;
    for (const PropertyChange& property : change.properties)
      properties.push_back(Node::Object{
          {"property", property.property}, {"before", property.before}, {"after", property.after}});
    const SchemaObject& object = change.object();
    list.push_back(Node::Object{{"change", std::string(change.verb())},
                                {"kind", std::string(object.kind)},
                                {"table", object.table},
                                {"name", object.name},
                                {"properties", std::move(properties)}});
  }
  return list;
}

} // namespace afloat
