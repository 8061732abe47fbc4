#include "dialect/postgres/replay_state.hpp"

#include <algorithm>
#include <map>
#include <vector>

// Table::partitions, from what each table says of the one above it.
namespace afloat::postgres {
namespace {
using ByParent = std::map<RelationName, std::vector<Partition>>;

bool is_known_otherwise(const Partition& partition, const ByParent& below) {
  const auto beside = below.find(partition.parent);
  return beside != below.end()
         && std::ranges::find(beside->second, partition.name, &Partition::name) != beside->second.end();
}

/// All partitions, by the table right above them. Of foreign tables, and of those that nobody asked the
/// server for, the model has nothing but these entries.
ByParent all_partitions(const Replay& replay) {
  std::map<std::string, RelationName> parents;
  for (const Table& table : replay.schema.tables)
    if (table.partitioned) parents.emplace(replay.printed(table.name), table.name);
  ByParent below;
  std::vector<RelationName> tables;
  for (const Table& table : replay.schema.tables) {
    if (!parents.empty()) tables.push_back(table.name);
    for (const std::string& parent : partition_parents(table))
      if (const auto above = parents.find(parent); above != parents.end())
        below[above->second].push_back({table.name, above->second, table.partitioned, false});
  }
  std::ranges::sort(tables);
  for (const Table& table : replay.schema.tables)
    for (const Partition& partition : table.partitions)
      if (!std::ranges::binary_search(tables, partition.name) && !is_known_otherwise(partition, below))
        below[partition.parent].push_back(partition);
  return below;
}

/// Parents first, each level by name: as the inspector reads them.
std::vector<Partition> partitions_of(const RelationName& root, const ByParent& below) {
  std::vector<Partition> all;
  std::vector<RelationName> level{root};
  while (!level.empty()) {
    std::vector<Partition> next;
    for (const RelationName& parent : level)
      if (const auto found = below.find(parent); found != below.end())
        next.insert(next.end(), found->second.begin(), found->second.end());
    std::ranges::sort(next, {}, &Partition::name);
    level.clear();
    for (const Partition& partition : next) level.push_back(partition.name);
    all.insert(all.end(), next.begin(), next.end());
  }
  return all;
}
} // namespace

void follow_partitions(Replay& replay) {
  const auto has_them = [](const Table& table) { return table.partitioned; };
  if (std::ranges::none_of(replay.schema.tables, has_them)) return;
  const ByParent below = all_partitions(replay);
  for (Table& table : replay.schema.tables)
    if (table.partitioned) table.partitions = partitions_of(table.name, below);
}

} // namespace afloat::postgres
