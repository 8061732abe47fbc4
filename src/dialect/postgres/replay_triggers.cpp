#include "dialect/postgres/replay_users.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

// Triggers, and the publications that carry a table.
namespace afloat::postgres {
namespace {
// TRIGGER_TYPE_… of pg_trigger.h
constexpr std::int64_t k_before = 1 << 1, k_insert = 1 << 2, k_delete = 1 << 3, k_update = 1 << 4;

void add_trigger(const Trigger& trigger, const RelationName& name, Replay& replay) {
  Table& table = *replay.schema.find(name);
  std::erase_if(table.triggers, [&](const Trigger& own) { return own.name == trigger.name; });
  table.triggers.push_back(trigger);
  if (!trigger.for_each_row || !table.partitioned || !partitions_show_triggers(replay.schema)) return;
  for (const RelationName& child : replay.children(name)) add_trigger(trigger, child, replay);
}

/// The text of its function is not known here: `body` stays empty.
void read_trigger(const ParseNode& statement, Replay& replay) {
  const Table* table =
      replay.table(relation_of(statement["relation"]), "makes a trigger on a table that is not known");
  const std::string name(statement.text("trigname"));
  if (!table || is_own_name(name)) return;
  const std::int64_t events = statement.number("events");
  const Trigger trigger{.name = name,
                        .before = (statement.number("timing") & k_before) != 0,
                        .on_insert = (events & k_insert) != 0,
                        .on_update = (events & k_update) != 0,
                        .on_delete = (events & k_delete) != 0,
                        .for_each_row = statement.flag("row"),
                        .update_of = statement.texts("columns"),
                        .has_when = static_cast<bool>(statement["when_clause"]),
                        .enabled = "O"};
  const RelationName owner = table->name;
  add_trigger(trigger, owner, replay);
  follow_trigger(statement, owner, replay);
  if (!statement.flag("isconstraint")) return;
  const bool deferrable = statement.flag("deferrable"), deferred = statement.flag("initdeferred");
  replay.schema.find(owner)->constraints.push_back(
      {.name = name,
       .definition =
           fmt::format("TRIGGER{}{}", deferrable ? " DEFERRABLE" : "", deferred ? " INITIALLY DEFERRED" : ""),
       .deferrable = deferrable});
}

void publish(Table& table, const std::string& name, bool on) {
  std::erase(table.publications, name);
  if (on) table.publications.push_back(name);
}

/// Partitions are published with their table.
void publish_tree(const RelationName& name, const std::string& publication, bool on, Replay& replay) {
  Table* table = replay.schema.find(name);
  if (!table) return;
  publish(*table, publication, on);
  for (const RelationName& child : replay.children(name)) publish_tree(child, publication, on, replay);
}

void publish_object(const ParseNode& object, const std::string& publication, bool on, Replay& replay) {
  const std::string_view kind = object.word("pubobjtype");
  if (object["pubtable"]) {
    const RelationName written = relation_of(object["pubtable"]["relation"]);
    if (const Table* table = replay.table(written, "publishes a table that is not known")) {
      const RelationName name = table->name;
      publish_tree(name, publication, on, replay);
      follow_published(on ? object["pubtable"] : ParseNode(), name, publication, replay);
    }
    return;
  }
  const std::string place =
      kind == "PUBLICATIONOBJ_TABLES_IN_CUR_SCHEMA" ? replay.place() : std::string(object.text("name"));
  for (Table& table : replay.schema.tables)
    if (table.name.schema == place) publish(table, publication, on);
}

void read_publication(const ParseNode& statement, Replay& replay) {
  const std::string name(statement.text("pubname"));
  if (statement.flag("for_all_tables")) {
    replay.open_publications.push_back(name);
    for (Table& table : replay.schema.tables) publish(table, name, true);
  }
  for (const ParseNode& object : statement.list("pubobjects")) publish_object(object, name, true, replay);
}

void read_alter_publication(const ParseNode& statement, Replay& replay) {
  const std::string name(statement.text("pubname"));
  const std::string_view action = statement.word("action");
  const std::vector<ParseNode> objects = statement.list("pubobjects");
  if (action.ends_with("SetObjects") && !objects.empty())
    for (Table& table : replay.schema.tables) publish(table, name, false);
  for (const ParseNode& object : objects)
    publish_object(object, name, !action.ends_with("DropObjects"), replay);
}

constexpr std::array<ReplayRow, 3> k_rows{{
    {"CreateTrigStmt", read_trigger},
    {"CreatePublicationStmt", read_publication},
    {"AlterPublicationStmt", read_alter_publication},
}};
} // namespace

std::span<const ReplayRow> replay_of_triggers() {
  return k_rows;
}

} // namespace afloat::postgres
