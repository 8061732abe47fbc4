#include "dialect/postgres/identifier.hpp"
#include "dialect/postgres/replay_users.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

// CREATE TABLE in all its forms.
namespace afloat::postgres {
namespace {
// CREATE_TABLE_LIKE_… of parsenodes.h
constexpr std::int64_t k_like_comments = 1 << 0, k_like_constraints = 1 << 2, k_like_defaults = 1 << 3,
                       k_like_generated = 1 << 4, k_like_identity = 1 << 5, k_like_indexes = 1 << 6,
                       k_like_statistics = 1 << 7, k_like_storage = 1 << 8;

void copy_default(const Column& from, Column& to) {
  to.default_sql = from.default_sql;
  to.default_is_constant = from.default_is_constant;
  to.default_of = from.default_of;
}

/// Columns as LIKE gives them.
std::vector<Column> like_columns(const Table& source, std::int64_t options, const RelationName& table,
                                 Replay& replay) {
  std::vector<Column> columns;
  for (const Column& original : source.columns) {
    Column column{.name = original.name,
                  .type = original.type,
                  .collation = original.collation,
                  .not_null = original.not_null};
    if ((options & k_like_defaults) != 0) copy_default(original, column);
    if ((options & k_like_generated) != 0) column.generated = original.generated;
    take_domains_default(column, replay);
    if ((options & k_like_comments) != 0) column.comment = original.comment;
    if ((options & k_like_statistics) != 0) column.statistics_target = -1;
    if ((options & k_like_storage) != 0) column.storage = original.storage;
    if ((options & k_like_identity) != 0 && !original.identity.empty()) {
      column.identity = original.identity;
      add_sequence(table, column, column.type, false, replay);
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

/// What LIKE copies once the table is there: CHECK constraints under their names, indexes under new ones.
void like_rest(const RelationName& source_name, std::int64_t options, const RelationName& name,
               Replay& replay) {
  const Table source = *replay.schema.find(source_name);
  Table& table = *replay.schema.find(name);
  if ((options & k_like_constraints) != 0)
    for (const Constraint& constraint : source.constraints)
      if (constraint.kind == ConstraintKind::check) {
        table.constraints.push_back(constraint);
        table.constraints.back().validated = true;
        table.constraints.back().definition = replaced(constraint.definition, " NOT VALID", "");
      }
  if ((options & k_like_indexes) != 0) copy_indexes(source_name, name, replay);
}

/// The columns of a parent, to which the child's own words are added; not its keys.
void inherit_columns(const Table& parent, Table& child) {
  for (const Column& column : parent.columns) {
    Column* own = child.find_column(column.name);
    if (own) {
      own->not_null |= column.not_null;
      const bool has_none = own->default_of == DefaultOf::column && !own->default_sql;
      if (has_none || own->default_of == DefaultOf::domain) copy_default(column, *own);
      continue;
    }
    child.columns.push_back(column);
    Column& copy = child.columns.back();
    copy.comment.clear();
    copy.grants.clear();
    copy.statistics_target = -1;
    copy.identity.clear(); // up to PostgreSQL 16; later partitions have it, see below
    if (!column.identity.empty()) copy.default_sql.reset();
  }
}

bool partitions_have_identity(const Schema& schema) {
  return schema.server_version >= 170000;
}

/// Foreign keys and row triggers of a partitioned table are each partition's, too, under the same names.
void inherit_rest(const RelationName& parent_name, const RelationName& name, Replay& replay) {
  copy_indexes(parent_name, name, replay);
  const Table parent = *replay.schema.find(parent_name);
  Table& table = *replay.schema.find(name);
  for (const Trigger& trigger : parent.triggers)
    if (trigger.for_each_row && partitions_show_triggers(replay.schema)
        && std::ranges::find(table.triggers, trigger.name, &Trigger::name) == table.triggers.end())
      table.triggers.push_back(trigger);
  for (const Constraint& constraint : parent.constraints) {
    if (constraint.kind != ConstraintKind::foreign_key) continue;
    const auto same = [&](const Constraint& own) {
      return own.kind == constraint.kind && own.columns == constraint.columns
             && own.references == constraint.references;
    };
    if (std::ranges::any_of(table.constraints, same)) continue;
    table.constraints.push_back(constraint);
    Table* target = replay.schema.find(constraint.references);
    if (target && std::ranges::find(target->referenced_by, name) == target->referenced_by.end())
      target->referenced_by.push_back(name);
  }
}

/// The table that joins may have partitions of its own, which get it all as well.
void inherit_down(const RelationName& parent, const RelationName& name, Replay& replay) {
  inherit_rest(parent, name, replay);
  if (!replay.schema.find(name)->partitioned) return;
  for (const RelationName& below : replay.children(name))
    if (replay.schema.find(below)) inherit_down(name, below, replay);
}

struct LikeSource {
  RelationName table;
  std::int64_t options;
};

/// The parts of CREATE TABLE in order: columns at once, the rest when the table is there.
struct Parts {
  std::vector<NewConstraint> constraints;
  std::vector<LikeSource> likes;
  bool complete = true;
};

void merge_typed(Table& table, const ParseNode& element, const RelationName& name, Replay& replay) {
  Column* column = table.find_column(element.text("colname"));
  const Column written = column_of(element, name, replay);
  if (!column) {
    table.columns.push_back(written);
    return;
  }
  column->not_null |= written.not_null; // PARTITION OF p (a NOT NULL): options of an inherited column
  if (written.default_sql) copy_default(written, *column);
  if (!written.type.empty()) column->type = written.type;
}

Parts read_elements(const ParseNode& statement, Table& table, Replay& replay) {
  Parts parts;
  for (const ParseNode& element : statement.list("table_elts")) {
    if (element.is("ColumnDef")) {
      merge_typed(table, element, table.name, replay);
      for (NewConstraint& constraint : column_constraints(element))
        parts.constraints.push_back(std::move(constraint));
    } else if (element.is("Constraint")) {
      parts.constraints.push_back(table_constraint(element));
    } else if (element.is("TableLikeClause")) {
      const RelationName name = replay.meant(relation_of(element["relation"]));
      const Table* source = replay.schema.find(name);
      parts.complete &= source != nullptr;
      if (!source) continue;
      for (Column& column : like_columns(*source, element.number("options"), table.name, replay))
        table.columns.push_back(std::move(column));
      parts.likes.push_back({name, element.number("options")});
    }
  }
  return parts;
}

std::vector<RelationName> parents_of(const ParseNode& statement, const Replay& replay) {
  std::vector<RelationName> parents;
  for (const ParseNode& parent : statement.list("inh_relations"))
    parents.push_back(replay.meant(relation_of(parent)));
  return parents;
}

void read_create_table(const ParseNode& statement, Replay& replay) {
  const ParseNode relation = statement["relation"];
  if (replay.makes_temporary(relation)) {
    replay.temporary.emplace(relation.text("relname"));
    return;
  }
  const RelationName name = replay.made(relation_of(relation));
  if (replay.exists(name)) return; // IF NOT EXISTS, or the server refuses
  const bool partition = static_cast<bool>(statement["partbound"]);
  const std::vector<RelationName> parents = parents_of(statement, replay);
  Table table{.name = name, .partitioned = static_cast<bool>(statement["partspec"]), .rows = 0};
  table.publications = replay.open_publications;
  bool complete = !statement["of_typename"];
  for (const RelationName& parent : parents) {
    const Table* above = replay.schema.find(parent);
    complete &= above != nullptr;
    if (above) inherit_columns(*above, table);
    if (above && partition && partitions_have_identity(replay.schema))
      for (const Column& column : above->columns) table.find_column(column.name)->identity = column.identity;
  }
  const Parts parts = read_elements(statement, table, replay);
  replay.make_known(name);
  replay.schema.tables.push_back(std::move(table));
  if (statement["partspec"]) follow_partition_key(statement["partspec"], name, replay);
  for (const RelationName& parent : parents) {
    inherit_checks(parent, name, replay);
    replay.link(parent, name, partition);
  }
  add_constraints(parts.constraints, name, true, replay);
  for (const LikeSource& like : parts.likes) like_rest(like.table, like.options, name, replay);
  if (partition && !parents.empty() && replay.schema.find(parents[0])) inherit_rest(parents[0], name, replay);
  if (!complete || !parts.complete) replay.mark_unknown(name, "makes it like something that is not known");
}

/// Not a table of the model; its parent knows it as a partition.
void read_create_foreign_table(const ParseNode& statement, Replay& replay) {
  const ParseNode base = statement["base_stmt"];
  const RelationName name = replay.made(relation_of(base["relation"]));
  if (replay.exists(name)) return;
  replay.make_known(name);
  if (!base["partbound"]) return;
  for (const RelationName& parent : parents_of(base, replay))
    if (Table* above = replay.schema.find(parent)) above->partitions.push_back({name, parent, false, true});
}

constexpr std::array<ReplayRow, 2> k_rows{{
    {"CreateStmt", read_create_table},
    {"CreateForeignTableStmt", read_create_foreign_table},
}};
} // namespace

bool partitions_show_triggers(const Schema& schema) {
  return schema.server_version == 0 || schema.server_version >= 150000;
}

void inherit_checks(const RelationName& parent, const RelationName& name, Replay& replay) {
  const Table* above = replay.schema.find(parent);
  if (!above) return;
  Table& child = *replay.schema.find(name);
  for (const Constraint& constraint : above->constraints) {
    if (constraint.kind != ConstraintKind::check || constraint.definition.ends_with(" NO INHERIT")) continue;
    const auto own = std::ranges::find(child.constraints, constraint.name, &Constraint::name);
    if (own == child.constraints.end()) child.constraints.push_back(constraint);
  }
}

// The types of a query's columns are the server's knowledge.
void read_table_as(const ParseNode& relation, Replay& replay) {
  if (replay.makes_temporary(relation)) {
    replay.temporary.emplace(relation.text("relname"));
    return;
  }
  const RelationName name = replay.made(relation_of(relation));
  if (replay.exists(name)) return;
  replay.make_known(name);
  replay.mark_unknown(name, "makes it from a query");
}

void join_partition(const RelationName& parent, const RelationName& child, Replay& replay) {
  if (!replay.schema.find(parent) || !replay.schema.find(child)) return;
  replay.link(parent, child, true);
  inherit_down(parent, child, replay);
}

std::span<const ReplayRow> replay_of_tables() {
  return k_rows;
}

} // namespace afloat::postgres
