#include "dialect/postgres/identifier.hpp"
#include "dialect/postgres/replay_users.hpp"
#include "sql/foreign_key.hpp"
#include "sql/tokens.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include <fmt/format.h>

// Users of columns that the tables themselves tell. There are more of them than of all others, and after
// statements they are told anew of the tables that these touch.
namespace afloat::postgres {
namespace {
constexpr std::array<std::string_view, 3> k_kinds{"foreign key", "constraint", "sequence"};
constexpr std::string_view k_generated = " (a generated column)";
constexpr std::string_view k_partition_key = "partition key";

bool is_touched(const RelationName& name, const Replay& replay) {
  return !replay.touched || replay.touched->contains(name);
}

/// What uses a column is the other column up to PostgreSQL 14, and its expression later.
bool shows_generated_columns(const Replay& replay) {
  return replay.schema.server_version > 0 && replay.schema.server_version < 150'000;
}

/// Partition keys of partitions below are told by their own.
bool is_told(const ColumnUser& user, const Table& table) {
  return std::ranges::count(k_kinds, user.kind) > 0 || user.words.ends_with(k_generated)
         || (user.kind == k_partition_key && user.relation != table.name);
}

class Telling {
 public:
  explicit Telling(Replay& replay) : m_replay(replay) {
    for (Table& table : replay.schema.tables) m_tables[table.name] = &table;
  }

  void run() {
    for (Table& table : m_replay.schema.tables) {
      tell_keys(table);
      if (is_touched(table.name, m_replay)) tell_generated(table);
    }
    for (Table& table : m_replay.schema.tables) tell_partition_keys(table);
    for (const Sequence& sequence : m_replay.schema.sequences)
      if (is_touched(sequence.table, m_replay)) tell(sequence);
    const auto order = [](const ColumnUser& user) {
      return std::tie(user.column, user.depth, user.kind, user.words);
    };
    for (Table& table : m_replay.schema.tables)
      if (!std::ranges::is_sorted(table.users, {}, order)) std::ranges::stable_sort(table.users, {}, order);
  }

 private:
  Table* find(const RelationName& name) const {
    const auto found = m_tables.find(name);
    return found == m_tables.end() ? nullptr : found->second;
  }

  void tell_keys(Table& table) {
    for (const Constraint& key : table.constraints) {
      if (key.kind != ConstraintKind::foreign_key
          || !(is_touched(table.name, m_replay) || is_touched(key.references, m_replay)))
        continue;
      Table* target = find(key.references);
      if (!target || is_inherited(key, table)) continue;
      ColumnUser user{.kind = target == &table ? "constraint" : "foreign key",
                      .relation = target->name,
                      .words = words_of("constraint", key.name, table.name, m_replay),
                      .create = {key.definition}};
      for (const std::string& column : parse_foreign_key(key.definition).referenced)
        add_user(*target, column, user);
      // The server makes one for each partition that it points at.
      user.kind = "constraint";
      user.relation = table.name;
      for (const Partition& partition : target->partitions) {
        user.words = words_of("constraint", fmt::format("{} for {}", key.name, partition.name.name),
                              table.name, m_replay);
        for (const std::string& column : key.columns) add_user(table, column, user);
      }
    }
  }

  /// Its table's key stands for it.
  bool is_inherited(const Constraint& key, const Table& table) const {
    return !partition_parents(table).empty()
           && std::ranges::any_of(m_replay.schema.tables, [&](const Table& above) {
                return std::ranges::count(above.partitions, table.name, &Partition::name) > 0
                       && std::ranges::count(above.constraints, key.definition, &Constraint::definition) > 0;
              });
  }

  void tell_generated(Table& table) {
    for (const Column& generated : table.columns) {
      if (generated.generated.empty()) continue;
      const std::string_view what = shows_generated_columns(m_replay) ? "column" : "default value for column";
      const ColumnUser user{.kind = "other",
                            .relation = table.name,
                            .words = words_of(what, generated.name, table.name, m_replay)
                                     + std::string(k_generated)};
      for (const Column& column : table.columns)
        if (mentions(generated.generated, table.name.name, column.name)) add_user(table, column.name, user);
    }
  }

  void tell_partition_keys(Table& table) {
    for (const Partition& partition : table.partitions)
      if (const Table* below = find(partition.name))
        for (const ColumnUser& user : below->users)
          if (user.kind == k_partition_key && user.relation == below->name)
            add_user(table, user.column, user);
  }

  void tell(const Sequence& sequence) {
    Table* table = sequence.column.empty() ? nullptr : find(sequence.table);
    if (!table) return;
    add_user(*table, sequence.column,
             {.kind = "sequence",
              .relation = sequence.table,
              .words = "sequence " + m_replay.printed(sequence.name),
              .create = {fmt::format("ALTER SEQUENCE {} OWNED BY {}.{}", called(sequence.name),
                                     called(sequence.table), as_printed(sequence.column))}});
  }

  Replay& m_replay;
  std::map<RelationName, Table*> m_tables;
};
} // namespace

void forget_told_users(Replay& replay) {
  std::vector<std::string> endings; // of keys that were of tables that were touched
  for (const RelationName& name : replay.touched.value_or(std::set<RelationName>()))
    endings.push_back(" on table " + replay.printed(name));
  const auto is_of_touched = [&](const ColumnUser& user) {
    return std::ranges::any_of(endings,
                               [&](const std::string& ending) { return user.words.ends_with(ending); });
  };
  for (Table& table : replay.schema.tables) {
    const bool touched = is_touched(table.name, replay);
    std::erase_if(table.users, [&](const ColumnUser& user) {
      return is_told(user, table) && (touched || user.kind == k_partition_key || is_of_touched(user));
    });
  }
}

void tell_users(Replay& replay) {
  Telling(replay).run();
}

} // namespace afloat::postgres
