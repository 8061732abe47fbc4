#include "dialect/postgres/replay_state.hpp"

#include <algorithm>
#include <array>

// Types that people make, and sequences. Domains are in replay_domains.cpp.
namespace afloat::postgres {

TypeDefinition* find_type(const std::vector<std::string>& parts, Replay& replay) {
  const RelationName written = relation_of(parts);
  for (const std::string& place :
       written.schema.empty() ? replay.path : std::vector<std::string>{written.schema}) {
    const auto found =
        std::ranges::find(replay.schema.types, RelationName{place, written.name}, &TypeDefinition::name);
    if (found != replay.schema.types.end()) return &*found;
  }
  return nullptr;
}

void add_type(TypeDefinition type, Replay& replay) {
  const auto found = std::ranges::find(replay.schema.types, type.name, &TypeDefinition::name);
  if (found == replay.schema.types.end()) replay.schema.types.push_back(std::move(type));
}

void alter_attribute(const ParseNode& action, Replay& replay) {
  if (action.word("behavior") == "DROP_CASCADE")
    replay.mark_unknown({}, "alters a type, and with it the tables that are made of it");
}

namespace {
void read_enum(const ParseNode& statement, Replay& replay) {
  add_type({.name = replay.made(relation_of(statement.texts("type_name"))),
            .kind = "enum",
            .labels = statement.texts("vals")},
           replay);
}

void read_alter_enum(const ParseNode& statement, Replay& replay) {
  TypeDefinition* type = find_type(statement.texts("type_name"), replay);
  if (!type) return;
  const std::string was(statement.text("old_val")), label(statement.text("new_val"));
  const std::string neighbor(statement.text("new_val_neighbor"));
  std::vector<std::string>& labels = type->labels;
  if (!was.empty()) {
    std::ranges::replace(labels, was, label);
    return;
  }
  if (std::ranges::find(labels, label) != labels.end()) return;
  auto place = neighbor.empty() ? labels.end() : std::ranges::find(labels, neighbor);
  if (place != labels.end() && statement.flag("new_val_is_after")) ++place;
  labels.insert(place, label);
}

void read_composite(const ParseNode& statement, Replay& replay) {
  add_type({.name = replay.made(relation_of(statement["typevar"])), .kind = "composite"}, replay);
}

void read_range(const ParseNode& statement, Replay& replay) {
  add_type({.name = replay.made(relation_of(statement.texts("type_name"))), .kind = "range"}, replay);
}

/// OWNED BY table.column; OWNED BY NONE.
void set_owner(const std::vector<ParseNode>& options, Sequence& sequence, const Replay& replay) {
  const ParseNode owner = option(options, "owned_by");
  if (!owner) return;
  const std::vector<std::string> parts = parts_of(owner["arg"]);
  sequence.table = parts.size() < 2 ? RelationName{} : replay.meant(relation_of(parts, 1));
  sequence.column = parts.size() < 2 ? std::string() : parts.back();
}

void set_type(const std::vector<ParseNode>& options, Sequence& sequence, const Replay& replay) {
  if (const ParseNode type = option(options, "as")) sequence.type = replay.type(type["arg"]);
}

void read_sequence(const ParseNode& statement, Replay& replay) {
  const ParseNode relation = statement["sequence"];
  const RelationName name = replay.made(relation_of(relation));
  if (relation.text("relpersistence") == "t" || replay.exists(name)) return;
  Sequence sequence{.name = name, .type = "bigint"};
  set_type(statement.list("options"), sequence, replay);
  set_owner(statement.list("options"), sequence, replay);
  replay.touch(sequence.table);
  replay.schema.sequences.push_back(std::move(sequence));
}

void read_alter_sequence(const ParseNode& statement, Replay& replay) {
  const RelationName name = replay.meant(relation_of(statement["sequence"]));
  for (Sequence& sequence : replay.schema.sequences) {
    if (sequence.name != name) continue;
    replay.touch(sequence.table);
    set_type(statement.list("options"), sequence, replay);
    set_owner(statement.list("options"), sequence, replay);
    replay.touch(sequence.table);
  }
}

constexpr std::array<ReplayRow, 6> k_rows{{
    {"CreateEnumStmt", read_enum},
    {"AlterEnumStmt", read_alter_enum},
    {"CompositeTypeStmt", read_composite},
    {"CreateRangeStmt", read_range},
    {"CreateSeqStmt", read_sequence},
    {"AlterSeqStmt", read_alter_sequence},
}};
} // namespace

std::span<const ReplayRow> replay_of_types() {
  return k_rows;
}

} // namespace afloat::postgres
