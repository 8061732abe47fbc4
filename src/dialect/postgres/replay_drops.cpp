#include "dialect/postgres/identifier.hpp"
#include "dialect/postgres/replay_users.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include <fmt/format.h>

// DROP and COMMENT.
namespace afloat::postgres {
namespace {
/// Columns of the type go with it, and domains that are made on it. `name` is empty for one that the model
/// does not have.
void drop_type(const std::string& printed, const RelationName& name, Replay& replay) {
  std::vector<std::pair<RelationName, std::string>> columns;
  for (const Table& table : replay.schema.tables)
    for (const Column& column : table.columns)
      if (column.type == printed || column.type == printed + "[]")
        columns.push_back({table.name, column.name});
  for (const auto& [table, column] : columns) replay.drop_column(table, column);
  std::vector<RelationName> above;
  for (const TypeDefinition& type : replay.schema.types)
    if (type.base == printed || type.base == printed + "[]") above.push_back(type.name);
  for (const RelationName& domain : above) drop_type(replay.printed(domain), domain, replay);
  std::erase_if(replay.schema.types, [&](const TypeDefinition& type) { return type.name == name; });
}

void drop_written_type(const std::vector<std::string>& parts, Replay& replay) {
  const TypeDefinition* known = find_type(parts, replay);
  drop_type(replay.type_name(parts), known ? known->name : RelationName(), replay);
}

void drop_named_schema(const std::string& place, Replay& replay) {
  const auto is_there = [&](const auto& thing) { return thing.name.schema == place; };
  std::vector<RelationName> names, types;
  for (const RelationName& name : replay.schema.known)
    if (name.schema == place) names.push_back(name);
  for (const RelationName& name : names) replay.drop_relation(name);
  for (const TypeDefinition& type : replay.schema.types)
    if (is_there(type)) types.push_back(type.name);
  for (const RelationName& type : types) drop_type(replay.printed(type), type, replay);
  std::erase_if(replay.schema.sequences, is_there);
}

void drop_trigger(const std::vector<std::string>& parts, Replay& replay) {
  Table* table = replay.table(relation_of(parts, 1), "drops a trigger of a table that is not known");
  if (!table) return;
  const RelationName name = table->name;
  forget_users(words_of("trigger", parts.back(), name, replay), replay);
  std::erase_if(table->triggers, [&](const Trigger& trigger) { return trigger.name == parts.back(); });
  std::erase_if(table->constraints, [&](const Constraint& constraint) { // of a constraint trigger
    return constraint.kind == ConstraintKind::other && constraint.name == parts.back();
  });
  for (const RelationName& child : replay.children(name))
    drop_trigger({child.schema, child.name, parts.back()}, replay);
}

void drop_publication(const std::string& name, Replay& replay) {
  for (Table& table : replay.schema.tables) {
    std::erase(table.publications, name);
    std::erase_if(table.users, [&](const ColumnUser& user) {
      return user.kind == "publication" && user.words.ends_with(" in publication " + name);
    });
  }
  std::erase(replay.open_publications, name);
}

/// As what hangs on columns, and as what fires for writes.
void drop_rule(const std::string& name, const RelationName& of, Replay& replay) {
  forget_users(words_of("rule", name, of, replay), replay);
  const std::string words = fmt::format("rule {} on {} (", as_printed(name), called(of));
  if (Table* table = replay.schema.find(of))
    std::erase_if(table->users, [&](const ColumnUser& user) {
      return user.kind == "rule" && user.words.starts_with(words);
    });
}

/// Of a materialized view.
void forget_index(const std::string& name, Replay& replay) {
  for (Table& table : replay.schema.tables)
    std::erase_if(table.users, [&](const ColumnUser& user) {
      return user.words.starts_with(fmt::format("index {}, which uses ", name));
    });
}

/// An index that backs nothing, with those of the partitions that hang on it. They are told by their parts.
void drop_index(const RelationName& name, Replay& replay) {
  for (Table& table : replay.schema.tables) {
    const auto found = std::ranges::find(table.indexes, name.name, &Index::name);
    if (table.name.schema != name.schema || found == table.indexes.end()) continue;
    const Index index = *found;
    const RelationName owner = table.name;
    const bool partitioned = table.partitioned;
    table.indexes.erase(found);
    if (partitioned)
      for (const RelationName& child : replay.children(owner))
        for (const Index& below : std::vector<Index>(replay.schema.find(child)->indexes))
          if (below.parts == index.parts && below.unique == index.unique && below.constraint.empty())
            drop_index({child.schema, below.name}, replay);
    return;
  }
}

void drop_object(std::string_view type, const std::vector<std::string>& parts, Replay& replay) {
  const RelationName written = relation_of(parts);
  if (is_relation_type(type) && replay.is_temporary(written)) {
    replay.temporary.erase(written.name);
    return;
  }
  if (type == "OBJECT_INDEX") {
    forget_index(written.name, replay);
    return drop_index(replay.meant(written), replay);
  }
  if (is_relation_type(type)) return replay.drop_relation(replay.meant(written));
  if (type == "OBJECT_TYPE" || type == "OBJECT_DOMAIN") return drop_written_type(parts, replay);
  if (type == "OBJECT_SCHEMA") return drop_named_schema(parts.back(), replay);
  if (type == "OBJECT_TRIGGER") return drop_trigger(parts, replay);
  if (type == "OBJECT_PUBLICATION") return drop_publication(parts.back(), replay);
  if (type == "OBJECT_STATISTIC_EXT")
    return forget_users("statistics object " + replay.printed(replay.made(written)), replay);
  if (type == "OBJECT_RULE") drop_rule(parts.back(), replay.meant(relation_of(parts, 1)), replay);
  if (type == "OBJECT_POLICY")
    forget_users(words_of("policy", parts.back(), replay.meant(relation_of(parts, 1)), replay), replay);
}

/// What hangs on these, CASCADE takes along, and the model cannot tell what that is.
bool is_opaque(std::string_view type) {
  static const std::set<std::string_view> k_opaque{
      "OBJECT_FUNCTION", "OBJECT_PROCEDURE", "OBJECT_ROUTINE", "OBJECT_EXTENSION", "OBJECT_COLLATION",
      "OBJECT_OPERATOR", "OBJECT_OPCLASS",   "OBJECT_CAST",    "OBJECT_AGGREGATE", "OBJECT_LANGUAGE"};
  return k_opaque.contains(type);
}

void read_drop(const ParseNode& statement, Replay& replay) {
  const std::string_view type = statement.word("remove_type");
  if (is_opaque(type) && statement.word("behavior") == "DROP_CASCADE")
    replay.mark_unknown({}, fmt::format("drops a{} {} and all that hangs on it",
                                        type == "OBJECT_EXTENSION" || type == "OBJECT_OPERATOR" ? "n" : "",
                                        lower_case(object_words(type))));
  for (const ParseNode& object : statement.list("objects")) drop_object(type, parts_of(object), replay);
}

void read_comment(const ParseNode& statement, Replay& replay) {
  if (statement.word("objtype") != "OBJECT_COLUMN") return;
  const std::vector<std::string> parts = parts_of(statement["object"]);
  Table* table = replay.schema.find(replay.meant(relation_of(parts, 1)));
  if (Column* column = table ? table->find_column(parts.back()) : nullptr)
    column->comment = statement.text("comment");
}

constexpr std::array<ReplayRow, 2> k_rows{{
    {"DropStmt", read_drop},
    {"CommentStmt", read_comment},
}};
} // namespace

std::span<const ReplayRow> replay_of_drops() {
  return k_rows;
}

} // namespace afloat::postgres
