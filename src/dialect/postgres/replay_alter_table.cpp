#include "dialect/postgres/expressions.hpp"
#include "dialect/postgres/replay_state.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

// ALTER TABLE, action by action. `name` is a table of the model; its partitions and children follow by
// themselves, unless the statement says ONLY.
namespace afloat::postgres {
namespace {
using ActionFunction = void (*)(const ParseNode& action, const RelationName& name, Replay& replay);

Column* column_named(const ParseNode& action, const RelationName& name, Replay& replay) {
  return replay.schema.find(name)->find_column(action.text("name"));
}

std::vector<NewConstraint> add_bare_column(const ParseNode& definition, const RelationName& name,
                                           Replay& replay) {
  if (replay.schema.find(name)->find_column(definition.text("colname")))
    return {}; // IF NOT EXISTS, or merged
  Column column = column_of(definition, name, replay);
  replay.schema.find(name)->columns.push_back(std::move(column));
  return column_constraints(definition);
}

void add_column(const ParseNode& action, const RelationName& name, Replay& replay) {
  add_constraints(add_bare_column(action["def"], name, replay), name, false, replay);
}

/// Partitions have the parent's keys, too, under names that the server chooses; CHECK comes with its own
/// name.
void add_below(std::vector<NewConstraint> constraints, const RelationName& name, Replay& replay) {
  const bool partition = replay.schema.find(name)->inheritance.starts_with("a partition of");
  std::erase_if(constraints, [&](const NewConstraint& constraint) {
    return !partition || constraint.node.word("contype") == "CONSTR_CHECK";
  });
  for (NewConstraint& constraint : constraints)
    constraint.nameless = constraint.node.word("contype") != "CONSTR_FOREIGN";
  add_constraints(std::move(constraints), name, false, replay);
}

void add_column_below(const ParseNode& action, const RelationName& name, Replay& replay) {
  add_below(add_bare_column(action["def"], name, replay), name, replay);
}

void drop_column(const ParseNode& action, const RelationName& name, Replay& replay) {
  replay.drop_column(name, action.text("name"));
}

void change_default(const ParseNode& action, const RelationName& name, Replay& replay) {
  if (Column* column = column_named(action, name, replay)) set_default(*column, action["def"], replay);
}

void set_not_null(const ParseNode& action, const RelationName& name, Replay& replay) {
  if (Column* column = column_named(action, name, replay)) column->not_null = true;
}

void drop_not_null(const ParseNode& action, const RelationName& name, Replay& replay) {
  if (Column* column = column_named(action, name, replay)) column->not_null = false;
}

void change_type(const ParseNode& action, const RelationName& name, Replay& replay) {
  Column* column = column_named(action, name, replay);
  if (!column) return;
  column->type = replay.type(action["def"]["type_name"]);
  column->storage.clear();
  if (column->default_of == DefaultOf::null) column->default_of = DefaultOf::column;
  take_domains_default(*column, replay);
  column->collation = replay.collation(action["def"]["coll_clause"]);
  for (Sequence& sequence : replay.schema.sequences) // an identity's sequence takes the column's type
    if (sequence.table == name && sequence.column == column->name && !column->identity.empty())
      sequence.type = column->type;
}

void add_identity(const ParseNode& action, const RelationName& name, Replay& replay) {
  Column* column = column_named(action, name, replay);
  if (!column) return;
  column->identity = action["def"].text("generated_when") == "a" ? "ALWAYS" : "BY DEFAULT";
  add_sequence(name, *column, column->type, false, replay);
  const ParseNode given = option(action["def"].list("options"), "sequence_name");
  if (given) replay.schema.sequences.back().name = replay.made(relation_of(parts_of(given["arg"])));
}

void set_identity(const ParseNode& action, const RelationName& name, Replay& replay) {
  Column* column = column_named(action, name, replay);
  const ParseNode generated = option(action["def"].list("items"), "generated");
  if (column && generated)
    column->identity = option_text(generated) == std::to_string('a') ? "ALWAYS" : "BY DEFAULT";
}

void drop_identity(const ParseNode& action, const RelationName& name, Replay& replay) {
  Column* column = column_named(action, name, replay);
  if (!column || column->identity.empty()) return;
  column->identity.clear();
  std::erase_if(replay.schema.sequences, [&](const Sequence& sequence) {
    return sequence.table == name && sequence.column == column->name;
  });
}

void drop_expression(const ParseNode& action, const RelationName& name, Replay& replay) {
  Column* column = column_named(action, name, replay);
  if (!column) return;
  column->generated.clear();
  take_domains_default(*column, replay);
}

void set_statistics(const ParseNode& action, const RelationName& name, Replay& replay) {
  if (Column* column = column_named(action, name, replay))
    column->statistics_target = static_cast<int>(action["def"].number("ival"));
}

void change_storage(const ParseNode& action, const RelationName& name, Replay& replay) {
  if (Column* column = column_named(action, name, replay))
    set_storage(*column, action["def"].text("sval"), replay);
}

void add_constraint(const ParseNode& action, const RelationName& name, Replay& replay) {
  add_constraints({table_constraint(action["def"])}, name, false, replay);
}

void add_constraint_below(const ParseNode& action, const RelationName& name, Replay& replay) {
  add_below({table_constraint(action["def"])}, name, replay);
}

/// From PostgreSQL 18 on NOT NULL is a constraint with a name, which this model does not have.
void drop_constraint(const ParseNode& action, const RelationName& name, Replay& replay) {
  Table& table = *replay.schema.find(name);
  const std::string_view constraint = action.text("name");
  const bool known =
      std::ranges::find(table.constraints, constraint, &Constraint::name) != table.constraints.end();
  if (known) return replay.drop_constraint(name, constraint);
  for (Column& column : table.columns)
    if (constraint == fmt::format("{}_{}_not_null", name.name, column.name)) {
      column.not_null = false;
      return;
    }
  const bool may_be_not_null = replay.schema.server_version == 0 || replay.schema.server_version >= 180000;
  if (may_be_not_null && !action.flag("missing_ok"))
    replay.mark_unknown(name, fmt::format("drops a constraint {} that is not known", constraint));
}

void validate_constraint(const ParseNode& action, const RelationName& name, Replay& replay) {
  for (Constraint& constraint : replay.schema.find(name)->constraints) {
    if (constraint.name != action.text("name")) continue;
    constraint.validated = true;
    constraint.definition = replaced(constraint.definition, " NOT VALID", "");
  }
}

void alter_constraint(const ParseNode& action, const RelationName& name, Replay& replay) {
  const ParseNode node = action["def"];
  for (Constraint& constraint : replay.schema.find(name)->constraints) {
    if (constraint.name != node.text("conname")) continue;
    constraint.deferrable = node.flag("deferrable");
    std::string text = replaced(constraint.definition, " INITIALLY DEFERRED", "");
    text = replaced(text, " DEFERRABLE", "");
    if (node.flag("deferrable")) text += " DEFERRABLE";
    if (node.flag("initdeferred")) text += " INITIALLY DEFERRED";
    constraint.definition = text;
  }
}

void row_security_on(const ParseNode&, const RelationName& name, Replay& replay) {
  replay.schema.find(name)->row_security = true;
}

void row_security_off(const ParseNode&, const RelationName& name, Replay& replay) {
  replay.schema.find(name)->row_security = false;
}

void set_triggers(const ParseNode& action, const RelationName& name, Replay& replay) {
  const std::string_view subtype = action.word("subtype");
  const bool all = subtype.ends_with("TrigAll") || subtype.ends_with("TrigUser");
  const std::string_view state = subtype.starts_with("AT_DisableTrig") ? "D"
                                 : subtype == "AT_EnableAlwaysTrig"    ? "A"
                                 : subtype == "AT_EnableReplicaTrig"   ? "R"
                                                                       : "O";
  for (Trigger& trigger : replay.schema.find(name)->triggers)
    if (all || trigger.name == action.text("name")) trigger.enabled = state;
}

void attach_partition(const ParseNode& action, const RelationName& name, Replay& replay) {
  const Table* child = replay.table(relation_of(action["def"]["name"]), "attaches it as a partition");
  if (child) join_partition(name, RelationName(child->name), replay);
}

void detach_partition(const ParseNode& action, const RelationName& name, Replay& replay) {
  const Table* child = replay.table(relation_of(action["def"]["name"]), "detaches it");
  if (!child) return;
  const RelationName detached = child->name;
  replay.unlink(name, detached);
  // The triggers that came from the parent go; indexes, keys and foreign keys stay.
  const std::vector<Trigger> parents = replay.schema.find(name)->triggers;
  std::erase_if(replay.schema.find(detached)->triggers, [&](const Trigger& trigger) {
    return trigger.for_each_row && std::ranges::find(parents, trigger.name, &Trigger::name) != parents.end();
  });
}

void inherit(const ParseNode& action, const RelationName& name, Replay& replay) {
  replay.link(replay.meant(relation_of(action["def"])), name, false);
}

void no_inherit(const ParseNode& action, const RelationName& name, Replay& replay) {
  replay.unlink(replay.meant(relation_of(action["def"])), name);
}

struct ActionRow {
  std::string_view subtype;
  ActionFunction apply;
  ActionFunction below = nullptr; ///< on partitions and children, if anything
};
constexpr std::array<ActionRow, 31> k_actions{{
    {"AT_AddColumn", add_column, add_column_below},
    {"AT_DropColumn", drop_column, drop_column},
    {"AT_ColumnDefault", change_default, change_default},
    {"AT_SetNotNull", set_not_null, set_not_null},
    {"AT_DropNotNull", drop_not_null, drop_not_null},
    {"AT_AlterColumnType", change_type, change_type},
    {"AT_AddIdentity", add_identity},
    {"AT_SetIdentity", set_identity},
    {"AT_DropIdentity", drop_identity},
    {"AT_DropExpression", drop_expression, drop_expression},
    {"AT_SetStatistics", set_statistics, set_statistics},
    {"AT_SetStorage", change_storage, change_storage},
    {"AT_AddConstraint", add_constraint, add_constraint_below},
    {"AT_DropConstraint", drop_constraint, drop_constraint},
    {"AT_ValidateConstraint", validate_constraint, validate_constraint},
    {"AT_AlterConstraint", alter_constraint},
    {"AT_EnableRowSecurity", row_security_on},
    {"AT_DisableRowSecurity", row_security_off},
    {"AT_EnableTrig", set_triggers, set_triggers},
    {"AT_EnableAlwaysTrig", set_triggers, set_triggers},
    {"AT_EnableReplicaTrig", set_triggers, set_triggers},
    {"AT_DisableTrig", set_triggers, set_triggers},
    {"AT_EnableTrigAll", set_triggers, set_triggers},
    {"AT_DisableTrigAll", set_triggers, set_triggers},
    {"AT_EnableTrigUser", set_triggers, set_triggers},
    {"AT_DisableTrigUser", set_triggers, set_triggers},
    {"AT_AttachPartition", attach_partition},
    {"AT_DetachPartition", detach_partition},
    {"AT_DetachPartitionFinalize", detach_partition},
    {"AT_AddInherit", inherit},
    {"AT_DropInherit", no_inherit},
}};

// Actions on what the model does not have: options, owners, rules, replica identity.
const std::set<std::string_view> k_harmless{"AT_ChangeOwner",        "AT_ClusterOn",
                                            "AT_DisableRule",        "AT_DropCluster",
                                            "AT_DropOids",           "AT_EnableAlwaysRule",
                                            "AT_EnableReplicaRule",  "AT_EnableRule",
                                            "AT_ForceRowSecurity",   "AT_GenericOptions",
                                            "AT_NoForceRowSecurity", "AT_ReplicaIdentity",
                                            "AT_ResetOptions",       "AT_ResetRelOptions",
                                            "AT_SetAccessMethod",    "AT_SetCompression",
                                            "AT_SetLogged",          "AT_SetOptions",
                                            "AT_SetRelOptions",      "AT_SetTableSpace",
                                            "AT_SetUnLogged",        "AT_AlterColumnGenericOptions"};

void apply_below(const ActionRow& row, const ParseNode& action, const RelationName& name, Replay& replay) {
  for (const RelationName& child : replay.children(name)) {
    row.below(action, child, replay);
    inherit_checks(name, child, replay);
    apply_below(row, action, child, replay);
  }
}

void apply_action(const ParseNode& action, const RelationName& name, bool only, Replay& replay) {
  const std::string_view subtype = action.word("subtype");
  if (k_harmless.contains(subtype)) return;
  const auto row = std::ranges::find(k_actions, subtype, &ActionRow::subtype);
  if (row == k_actions.end()) return replay.mark_unknown(name, "alters it in a way that cannot be told");
  if (!replay.schema.find(name)) return;
  row->apply(action, name, replay);
  if (row->below && !only) apply_below(*row, action, name, replay);
}

/// Indexes: those of a partition that are attached are there already; their options are part of the model.
void alter_index(const ParseNode& statement, Replay& replay) {
  const RelationName name = replay.meant(relation_of(statement["relation"]));
  for (const ParseNode& action : statement.list("cmds"))
    for (Table& table : replay.schema.tables)
      for (Index& index : table.indexes) {
        if (table.name.schema != name.schema || index.name != name.name) continue;
        const std::string_view subtype = action.word("subtype");
        if (subtype == "AT_AttachPartition") index.valid = true;
        if (subtype == "AT_SetTableSpace") index.tablespace = action.text("name");
        if (subtype != "AT_SetRelOptions" && subtype != "AT_ResetRelOptions") continue;
        std::vector<std::string> options;
        if (!index.options.empty())
          for (const std::string& one : split(index.options, ',')) options.push_back(trimmed(one));
        for (const ParseNode& option : action["def"].list("items")) {
          const std::string prefix = std::string(option.text("defname")) + "=";
          std::erase_if(options, [&](const std::string& one) { return one.starts_with(prefix); });
          if (subtype == "AT_SetRelOptions") options.push_back(prefix + option_text(option));
        }
        index.options = join(options, ", ");
      }
}

void alter_table(const ParseNode& statement, Replay& replay) {
  const std::string_view type = statement.word("objtype");
  if (type == "OBJECT_INDEX") return alter_index(statement, replay);
  if (type == "OBJECT_TYPE") {
    for (const ParseNode& action : statement.list("cmds")) alter_attribute(action, replay);
    return;
  }
  if (type != "OBJECT_TABLE") return;
  const RelationName written = relation_of(statement["relation"]);
  const RelationName name = replay.meant(written);
  const auto sequences = replay.schema.sequences;
  if (std::ranges::find(sequences, name, &Sequence::name) != sequences.end()) return; // OWNER TO, in dumps
  const std::vector<ParseNode> actions = statement.list("cmds");
  const bool harmless = std::ranges::all_of(
      actions, [](const ParseNode& action) { return k_harmless.contains(action.word("subtype")); });
  if (statement.flag("missing_ok") && !replay.exists(name)) return;
  if (harmless || !replay.table(written, "alters a table that is not known")) return;
  const bool only = !statement["relation"].flag("inh");
  for (const ParseNode& action : actions) apply_action(action, name, only, replay);
}

constexpr std::array<ReplayRow, 1> k_rows{{{"AlterTableStmt", alter_table}}};
} // namespace

std::span<const ReplayRow> replay_of_alters() {
  return k_rows;
}

} // namespace afloat::postgres
