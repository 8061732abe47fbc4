#include "dialect/postgres/index_columns.hpp"

#include "dialect/postgres/names.hpp"
#include "dialect/postgres/replay_state.hpp"
#include "sql/tokens.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

namespace afloat::postgres {
namespace {
constexpr std::size_t k_longest = 63;

std::string figured(const std::string& expression) {
  const ParsedStatement statement("SELECT " + expression);
  const auto targets = statement.root().list("target_list");
  const std::string name = targets.empty() ? "" : figured_name(targets[0]["val"]);
  return name.empty() ? "expr" : name;
}

/// Cut between two characters.
std::string cut(std::string name, std::size_t bytes) {
  if (name.size() <= bytes) return name;
  while (bytes > 0 && (static_cast<unsigned char>(name[bytes]) & 0xC0U) == 0x80U) --bytes;
  name.resize(bytes);
  return name;
}

/// The index when all names are what they are in the end.
Index in_the_end(const Index& index, const Succession& s) {
  Index end = index;
  for (IndexPart& part : end.parts) {
    if (part.column == s.from) part.column = s.name;
    part.expression = replace_columns(
        part.expression, s.table.name.name, [&](std::string_view name) -> std::optional<std::string> {
          return name == s.from ? std::optional(in_quotes(s.name)) : std::nullopt;
        });
  }
  std::ranges::replace(end.include, s.from, s.name);
  return end;
}
} // namespace

std::vector<std::string> index_column_names(const Index& index) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& base) {
    std::string name = base;
    for (int number = 1; std::ranges::count(names, name) > 0; ++number) {
      const std::string digits = std::to_string(number);
      name = cut(base, k_longest - digits.size()) + digits;
    }
    names.push_back(std::move(name));
  };
  for (const IndexPart& part : index.parts) add(part.column.empty() ? figured(part.expression) : part.column);
  for (const std::string& column : index.include) add(column);
  return names;
}

std::vector<IndexColumnName> index_columns_to_name(const TwinIndex& index, const Succession& succession) {
  const std::vector<std::string> made = index_column_names(index.twin),
                                 wanted = index_column_names(in_the_end(index.of, succession));
  std::vector<IndexColumnName> names;
  for (std::size_t i = 0; i < made.size(); ++i)
    if (made[i] != wanted[i] && std::ranges::count(made, wanted[i]) == 0)
      names.push_back({made[i], wanted[i]});
  return names;
}

std::vector<std::string> name_index_columns(const TwinIndex& index, const Succession& succession) {
  std::vector<std::string> statements;
  for (const IndexColumnName& name : index_columns_to_name(index, succession))
    statements.push_back(fmt::format("ALTER TABLE {} RENAME COLUMN {} TO {}",
                                     in_quotes(RelationName{succession.table.name.schema, index.twin.name}),
                                     in_quotes(name.now), in_quotes(name.wanted)));
  return statements;
}

} // namespace afloat::postgres
