#include "dialect/postgres/sides.hpp"

#include "dialect/postgres/names.hpp"
#include "dialect/postgres/server_words.hpp"
#include "support/text.hpp"

#include <fmt/format.h>

namespace afloat::postgres {

namespace {
bool is_in_record(const SyncColumn& column) {
  return !is_servers_type(column.type);
}
} // namespace

std::vector<std::string> numbered(const std::vector<SyncColumn>& side, std::string_view name) {
  if (side.size() == 1) return {std::string(name)};
  std::vector<std::string> names;
  for (std::size_t i = 0; i < side.size(); ++i) names.push_back(fmt::format("{}_{}", name, i + 1));
  return names;
}

std::vector<std::string> variables(const std::vector<SyncColumn>& side, std::string_view name) {
  std::vector<std::string> names = numbered(side, name);
  for (std::size_t i = 0; i < side.size(); ++i)
    if (is_in_record(side[i])) names[i] += "." + in_quotes(side[i].name);
  return names;
}

std::vector<std::string> cells(const std::vector<SyncColumn>& side, std::string_view row) {
  std::vector<std::string> texts;
  for (const SyncColumn& column : side) texts.push_back(fmt::format("{}.{}", row, in_quotes(column.name)));
  return texts;
}

std::string declared(const std::vector<SyncColumn>& side, std::string_view name,
                     const std::vector<std::string>& values) {
  const std::vector<std::string> names = numbered(side, name);
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < side.size(); ++i)
    lines.push_back(is_in_record(side[i]) ? names[i] + " record := NEW;"
                                          : fmt::format("{} {}{};", names[i], side[i].type,
                                                        values.empty() ? "" : " := " + values[i]));
  return join(lines, "\n  ");
}

std::string assigned(const std::vector<SyncColumn>& side, std::string_view name,
                     const std::vector<std::string>& values) {
  const std::vector<std::string> names = variables(side, name);
  std::string all;
  for (std::size_t i = 0; i < side.size(); ++i)
    if (is_in_record(side[i])) all += fmt::format("\n  {} := {};", names[i], values[i]);
  return all;
}

std::string put(const std::vector<SyncColumn>& side, std::string_view name) {
  const std::vector<std::string> targets = cells(side, "NEW"), values = variables(side, name);
  std::vector<std::string> assignments;
  for (std::size_t i = 0; i < side.size(); ++i)
    assignments.push_back(fmt::format("{} := {};", targets[i], values[i]));
  return join(assignments, " ");
}

std::string listed(const std::vector<SyncColumn>& side) {
  std::vector<std::string> names;
  for (const SyncColumn& column : side) names.push_back(in_quotes(column.name));
  return join(names, ", ");
}

std::string images_differ(const std::vector<std::string>& some, const std::vector<std::string>& others) {
  return fmt::format("pg_catalog.record_image_ne(ROW({}), ROW({}))", join(some, ", "), join(others, ", "));
}

} // namespace afloat::postgres
