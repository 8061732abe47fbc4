#include "dialect/postgres/identifier.hpp"
#include "dialect/postgres/replay_users.hpp"
#include "sql/tokens.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>

// RENAME and SET SCHEMA: what has the name in its text gets the new one.
namespace afloat::postgres {
namespace {
std::string renamed(const std::string& expression, std::string_view table, std::string_view from,
                    std::string_view to) {
  if (expression.empty()) return expression;
  return replace_columns(expression, table, [&](std::string_view column) {
    return column == from ? std::optional(as_printed(to)) : std::nullopt;
  });
}

void rename_in(std::vector<std::string>& names, const std::string& from, const std::string& to) {
  std::ranges::replace(names, from, to);
}

/// The definition of a key, with one of its columns renamed: in the list that belongs to the table itself.
std::string renamed_key(const Constraint& constraint, const std::string& from, const std::string& to) {
  const std::size_t end = constraint.kind == ConstraintKind::foreign_key
                              ? constraint.definition.find(" REFERENCES ")
                              : std::string::npos;
  const std::string own = constraint.definition.substr(0, end);
  return renamed(own, "", from, to) + (end == std::string::npos ? "" : constraint.definition.substr(end));
}

void rename_referenced(Schema& schema, const RelationName& target, const std::string& from,
                       const std::string& to) {
  for (Table& table : schema.tables)
    for (Constraint& constraint : table.constraints) {
      if (constraint.kind != ConstraintKind::foreign_key || constraint.references != target) continue;
      const std::size_t open = constraint.definition.find('(', constraint.definition.find(" REFERENCES "));
      const std::size_t close = constraint.definition.find(')', open);
      if (open == std::string::npos || close == std::string::npos) continue;
      const std::string columns = constraint.definition.substr(open, close - open);
      constraint.definition.replace(open, close - open, renamed(columns, "", from, to));
    }
}

void rename_column(const RelationName& name, const std::string& from, const std::string& to, Replay& replay) {
  Table& table = *replay.schema.find(name);
  Column* column = table.find_column(from);
  if (!column) return;
  column->name = to;
  rename_users_column(name, from, to, replay);
  rename_in(table.primary_key, from, to);
  for (Column& other : table.columns) other.generated = renamed(other.generated, name.name, from, to);
  for (Index& index : table.indexes) {
    for (IndexPart& part : index.parts) {
      if (part.column == from) part.column = to;
      part.expression = renamed(part.expression, name.name, from, to);
    }
    rename_in(index.include, from, to);
    index.predicate = renamed(index.predicate, name.name, from, to);
  }
  for (Constraint& constraint : table.constraints) {
    rename_in(constraint.columns, from, to);
    constraint.definition = renamed_key(constraint, from, to);
  }
  for (Trigger& trigger : table.triggers) rename_in(trigger.update_of, from, to);
  rename_referenced(replay.schema, name, from, to);
  for (View& view : replay.schema.views) {
    for (auto& [read, read_column] : view.reads)
      if (read == name && read_column == from) read_column = to;
    std::ranges::sort(view.reads);
  }
  for (Sequence& sequence : replay.schema.sequences)
    if (sequence.table == name && sequence.column == from) sequence.column = to;
  for (const RelationName& child : replay.children(name)) rename_column(child, from, to, replay);
}

/// The index of a constraint and the constraint have one name.
void rename_index(const RelationName& name, const std::string& to, Replay& replay) {
  for (Table& table : replay.schema.tables) {
    if (table.name.schema != name.schema) continue;
    for (Index& index : table.indexes)
      if (index.name == name.name) {
        index.name = to;
        if (!index.constraint.empty()) index.constraint = to;
      }
    for (Constraint& constraint : table.constraints)
      if (constraint.name == name.name
          && std::ranges::find(table.indexes, to, &Index::constraint) != table.indexes.end())
        constraint.name = to;
  }
}

void rename_constraint(const RelationName& name, std::string_view from, const std::string& to,
                       Replay& replay) {
  Table& table = *replay.schema.find(name);
  bool check = false;
  for (Constraint& constraint : table.constraints)
    if (constraint.name == from) {
      constraint.name = to;
      check |= constraint.kind == ConstraintKind::check;
    }
  for (Index& index : table.indexes)
    if (!index.constraint.empty() && index.constraint == from) index.name = index.constraint = to;
  if (check)
    for (const RelationName& child : replay.children(name)) rename_constraint(child, from, to, replay);
}

/// A trigger or a policy of a table.
void rename_user(std::string_view kind, const RelationName& table, const std::string& from,
                 const std::string& to, Replay& replay) {
  const std::string words = words_of(kind, from, table, replay);
  for (Table& any : replay.schema.tables)
    for (ColumnUser& user : any.users) {
      if (user.words != words) continue;
      user.words = words_of(kind, to, table, replay);
      rename_in_texts(user, from, to);
    }
}

/// The constraint of a constraint trigger keeps its name, as on the server.
void rename_trigger(const RelationName& name, std::string_view from, const std::string& to, Replay& replay) {
  rename_user("trigger", name, std::string(from), to, replay);
  for (Trigger& trigger : replay.schema.find(name)->triggers)
    if (trigger.name == from) trigger.name = to;
  for (const RelationName& child : replay.children(name)) rename_trigger(child, from, to, replay);
}

/// Everything that may be called by the name of a relation: ALTER TABLE renames indexes and views, too.
void rename_anything(const RelationName& name, const std::string& to, Replay& replay) {
  const auto& sequences = replay.schema.sequences;
  if (std::ranges::find(sequences, name, &Sequence::name) != sequences.end())
    return replay.rename_sequence(name, {name.schema, to});
  rename_index(name, to, replay);
  replay.rename_relation(name, {name.schema, to});
}

void rename_type(const std::vector<std::string>& parts, const RelationName& to, Replay& replay) {
  const std::string from_printed = replay.type_name(parts);
  const RelationName from = parts.size() > 1 ? relation_of(parts) : replay.made(relation_of(parts));
  for (TypeDefinition& type : replay.schema.types) {
    if (type.name == from) type.name = to;
    if (type.base == from_printed || type.base == from_printed + "[]")
      type.base = replaced(type.base, from_printed, replay.printed(to));
  }
  const std::string to_printed = replay.printed(to);
  const auto rename_default = [&](std::optional<std::string>& expression) {
    if (expression) expression = replaced(*expression, "::" + from_printed, "::" + to_printed);
  };
  for (TypeDefinition& type : replay.schema.types) rename_default(type.default_sql);
  for (Table& table : replay.schema.tables)
    for (Column& column : table.columns) {
      if (column.type != from_printed && column.type != from_printed + "[]") continue;
      column.type = replaced(column.type, from_printed, to_printed);
      rename_default(column.default_sql);
    }
}

void rename_domain_constraint(const std::vector<std::string>& domain, std::string_view from,
                              const std::string& to, Replay& replay) {
  TypeDefinition* type = find_type(domain, replay);
  if (!type) return;
  for (Constraint& constraint : type->constraints)
    if (constraint.name == from) constraint.name = to;
}

void rename_schema(const std::string& from, const std::string& to, Replay& replay) {
  std::vector<RelationName> names;
  for (const RelationName& name : replay.schema.known)
    if (name.schema == from) names.push_back(name);
  for (const RelationName& name : names) replay.rename_relation(name, {to, name.name});
  for (const Sequence& sequence : std::vector<Sequence>(replay.schema.sequences))
    if (sequence.name.schema == from) replay.rename_sequence(sequence.name, {to, sequence.name.name});
  for (const TypeDefinition& type : std::vector<TypeDefinition>(replay.schema.types))
    if (type.name.schema == from) rename_type({from, type.name.name}, {to, type.name.name}, replay);
}

void rename_publication(const std::string& from, const std::string& to, Replay& replay) {
  for (Table& table : replay.schema.tables) rename_in(table.publications, from, to);
  rename_in(replay.open_publications, from, to);
}

void read_rename(const ParseNode& statement, Replay& replay) {
  const std::string_view type = statement.word("rename_type");
  const std::string to(statement.text("newname")), sub(statement.text("subname"));
  const std::vector<std::string> parts = parts_of(statement["object"]);
  if (type == "OBJECT_SCHEMA") return rename_schema(sub, to, replay);
  if (type == "OBJECT_PUBLICATION") return rename_publication(parts.empty() ? sub : parts.back(), to, replay);
  if (type == "OBJECT_DOMCONSTRAINT") return rename_domain_constraint(parts, sub, to, replay);
  if (type == "OBJECT_ATTRIBUTE") return alter_attribute(statement, replay);
  if (type == "OBJECT_TYPE" || type == "OBJECT_DOMAIN") {
    const RelationName from = parts.size() > 1 ? relation_of(parts) : replay.made(relation_of(parts));
    return rename_type(parts, {from.schema, to}, replay);
  }
  const RelationName written = relation_of(statement["relation"]);
  if (written.name.empty() || replay.is_temporary(written)) return;
  const RelationName name = replay.meant(written);
  if (is_relation_type(type)) {
    if (!replay.exists(name) && !statement.flag("missing_ok"))
      replay.mark_unknown({name.schema, to}, "renames a relation that is not known to this name");
    return rename_anything(name, to, replay);
  }
  if (type == "OBJECT_COLUMN")
    for (View& view : replay.schema.views)
      if (view.name == name) return rename_in(view.columns, sub, to);
  if (type == "OBJECT_POLICY") return rename_user("policy", name, sub, to, replay);
  if (type != "OBJECT_COLUMN" && type != "OBJECT_TABCONSTRAINT" && type != "OBJECT_TRIGGER") return;
  if (!replay.table(written, "renames a part of a table that is not known")) return;
  if (type == "OBJECT_COLUMN") return rename_column(name, sub, to, replay);
  if (type == "OBJECT_TABCONSTRAINT") return rename_constraint(name, sub, to, replay);
  rename_trigger(name, sub, to, replay);
}

void move_table(const RelationName& from, const RelationName& to, Replay& replay) {
  replay.rename_relation(from, to);
  for (const Sequence& sequence : std::vector<Sequence>(replay.schema.sequences))
    if (sequence.table == to) replay.rename_sequence(sequence.name, {to.schema, sequence.name.name});
}

void read_set_schema(const ParseNode& statement, Replay& replay) {
  const std::string place(statement.text("newschema"));
  const std::string_view type = statement.word("object_type");
  if (type == "OBJECT_TYPE" || type == "OBJECT_DOMAIN") {
    const std::vector<std::string> parts = parts_of(statement["object"]);
    return rename_type(parts, {place, parts.back()}, replay);
  }
  if (!statement["relation"] || replay.is_temporary(relation_of(statement["relation"]))) return;
  const RelationName name = replay.meant(relation_of(statement["relation"]));
  if (type == "OBJECT_SEQUENCE") return replay.rename_sequence(name, {place, name.name});
  if (!replay.exists(name) && !statement.flag("missing_ok"))
    replay.mark_unknown({place, name.name}, "moves a relation that is not known to this schema");
  move_table(name, {place, name.name}, replay);
}

constexpr std::array<ReplayRow, 2> k_rows{{
    {"RenameStmt", read_rename},
    {"AlterObjectSchemaStmt", read_set_schema},
}};
} // namespace

std::span<const ReplayRow> replay_of_renames() {
  return k_rows;
}

} // namespace afloat::postgres
