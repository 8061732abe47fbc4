#include "dialect/postgres/identifier.hpp"
#include "dialect/postgres/replay_state.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

// Constraints: their names where none is given, and their definitions as pg_get_constraintdef writes them.
namespace afloat::postgres {
namespace {
constexpr std::size_t k_most_bytes = 64; // NAMEDATALEN: no more of a label is looked at

bool is_kind(const NewConstraint& constraint, std::string_view kind) {
  return constraint.node.word("contype") == kind;
}

bool makes_index(const NewConstraint& constraint) {
  return is_kind(constraint, "CONSTR_PRIMARY") || is_kind(constraint, "CONSTR_UNIQUE")
         || is_kind(constraint, "CONSTR_EXCLUSION");
}

std::string column_list(const std::vector<std::string>& columns) {
  std::vector<std::string> names;
  for (const std::string& column : columns) names.push_back(as_printed(column));
  return "(" + join(names, ", ") + ")";
}

std::string timing(const NewConstraint& constraint) {
  return std::string(constraint.deferrable ? " DEFERRABLE" : "")
         + (constraint.deferred ? " INITIALLY DEFERRED" : "");
}

std::string given_name(const NewConstraint& constraint) {
  return constraint.nameless ? std::string() : std::string(constraint.node.text("conname"));
}

void add_check(const NewConstraint& constraint, const RelationName& name, bool new_table, Replay& replay) {
  Table& table = *replay.schema.find(name);
  const ParseNode expression = constraint.node["raw_expr"];
  const std::vector<std::string> columns = columns_in(expression, table);
  const bool validated = new_table || !constraint.node.flag("skip_validation");
  std::string own = given_name(constraint);
  if (own.empty())
    own = replay.free_constraint_name(name.schema, name.name, columns.size() == 1 ? columns[0] : "", "check");
  // A child that has the constraint already keeps it: the two are merged.
  if (std::ranges::find(table.constraints, own, &Constraint::name) != table.constraints.end()) return;
  table.constraints.push_back(
      {.name = own,
       .kind = ConstraintKind::check,
       .columns = columns,
       .definition = fmt::format("CHECK (({})){}{}", expression.expression_sql(),
                                 constraint.node.flag("is_no_inherit") ? " NO INHERIT" : "",
                                 validated ? "" : " NOT VALID"),
       .validated = validated});
}

struct Exclusion {
  std::vector<ParseNode> elements;
  std::vector<std::string> operators;
};

Exclusion exclusion_of(const ParseNode& node) {
  Exclusion exclusion;
  for (const ParseNode& pair : node.list("exclusions")) {
    const std::vector<ParseNode> items = pair.list("items");
    if (items.size() != 2) continue;
    exclusion.elements.push_back(items[0]);
    const std::vector<std::string> name = parts_of(items[1]);
    exclusion.operators.push_back(name.empty() ? "" : name.back());
  }
  return exclusion;
}

std::string exclusion_text(const Exclusion& exclusion, const Index& index, const NewConstraint& constraint) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < index.parts.size(); ++i) {
    const IndexPart& part = index.parts[i];
    std::string text = part.column.empty() ? part.expression : as_printed(part.column);
    if (!part.suffix.empty()) text += " " + part.suffix;
    parts.push_back(text + " WITH " + exclusion.operators[i]);
  }
  std::string text = fmt::format("EXCLUDE USING {} ({})", index.method, join(parts, ", "));
  if (!index.include.empty()) text += " INCLUDE " + column_list(index.include);
  if (!index.predicate.empty()) text += fmt::format(" WHERE (({}))", index.predicate);
  return text + timing(constraint);
}

std::string key_text(const NewConstraint& constraint, const Index& index) {
  std::string text = index.primary ? "PRIMARY KEY " : "UNIQUE ";
  if (index.nulls_not_distinct) text += "NULLS NOT DISTINCT ";
  std::vector<std::string> columns;
  for (const IndexPart& part : index.parts) columns.push_back(part.column);
  text += column_list(columns);
  if (!index.include.empty()) text += " INCLUDE " + column_list(index.include);
  return text + timing(constraint);
}

/// The constraint of an index, and what a primary key does to the columns.
void add_key(const NewConstraint& constraint, Index index, std::string definition, Table& table) {
  std::vector<std::string> columns;
  for (const IndexPart& part : index.parts)
    if (!part.column.empty()) columns.push_back(part.column);
  if (index.primary) {
    table.primary_key = columns;
    for (const std::string& name : columns)
      if (Column* column = table.find_column(name)) column->not_null = true;
  }
  const ConstraintKind kind = index.primary  ? ConstraintKind::primary_key
                              : index.unique ? ConstraintKind::unique
                                             : ConstraintKind::exclusion;
  table.constraints.push_back({.name = index.constraint,
                               .kind = kind,
                               .columns = std::move(columns),
                               .definition = std::move(definition),
                               .deferrable = constraint.deferrable});
  table.indexes.push_back(std::move(index));
}

/// ADD PRIMARY KEY or UNIQUE USING INDEX: the index takes the constraint's name.
void use_index(const NewConstraint& constraint, Table& table) {
  const auto found = std::ranges::find(table.indexes, constraint.node.text("indexname"), &Index::name);
  if (found == table.indexes.end()) return;
  Index index = *found;
  table.indexes.erase(found);
  if (const std::string name = given_name(constraint); !name.empty()) index.name = name;
  index.constraint = index.name;
  index.primary = is_kind(constraint, "CONSTR_PRIMARY");
  std::string definition = key_text(constraint, index);
  add_key(constraint, std::move(index), std::move(definition), table);
}

std::string joined_names(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    if (!text.empty()) text += '_';
    text += name;
    if (text.size() >= k_most_bytes) break;
  }
  return text;
}

void add_index_constraint(const NewConstraint& constraint, const RelationName& name, Replay& replay) {
  Table& table = *replay.schema.find(name);
  const ParseNode& node = constraint.node;
  if (!node.text("indexname").empty()) return use_index(constraint, table);
  Index index{.method =
                  node.text("access_method").empty() ? "btree" : std::string(node.text("access_method")),
              .unique = !is_kind(constraint, "CONSTR_EXCLUSION"),
              .primary = is_kind(constraint, "CONSTR_PRIMARY"),
              .nulls_not_distinct = node.flag("nulls_not_distinct"),
              .include = node.texts("including"),
              .predicate = node["where_clause"].expression_sql(),
              .tablespace = std::string(node.text("indexspace"))};
  const Exclusion exclusion = exclusion_of(node);
  for (const std::string& key : constraint.keys) index.parts.push_back({.column = key});
  for (const ParseNode& element : exclusion.elements)
    index.parts.push_back(index_part(element, table, replay));
  std::vector<std::string> options;
  for (const ParseNode& parameter : node.list("options"))
    options.push_back(fmt::format("{}={}", parameter.text("defname"), option_text(parameter)));
  index.options = join(options, ", ");
  std::vector<std::string> labels = constraint.keys;
  if (!exclusion.elements.empty()) labels.push_back(index_label(exclusion.elements));
  for (const std::string& column : index.include) labels.push_back(column);
  index.name = given_name(constraint);
  if (index.name.empty())
    index.name = index.primary ? replay.free_relation_name(name.schema, name.name, "", "pkey", true)
                               : replay.free_relation_name(name.schema, name.name, joined_names(labels),
                                                           index.unique ? "key" : "excl", true);
  index.constraint = index.name;
  std::string definition =
      exclusion.elements.empty() ? key_text(constraint, index) : exclusion_text(exclusion, index, constraint);
  add_key(constraint, std::move(index), std::move(definition), table);
}

std::string_view action_words(std::string_view letter) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> k_actions{
      {{"r", "RESTRICT"}, {"c", "CASCADE"}, {"n", "SET NULL"}, {"d", "SET DEFAULT"}}};
  for (const auto& [key, words] : k_actions)
    if (key == letter) return words;
  return {};
}

std::string foreign_key_text(const NewConstraint& constraint, const RelationName& target, bool validated,
                             const Replay& replay) {
  const ParseNode& node = constraint.node;
  std::vector<std::string> referenced = node.texts("pk_attrs");
  if (const Table* other = replay.schema.find(target); other && referenced.empty())
    referenced = other->primary_key;
  std::string text = fmt::format("FOREIGN KEY {} REFERENCES {}{}", column_list(constraint.keys),
                                 replay.printed(target), column_list(referenced));
  if (node.text("fk_matchtype") == "f") text += " MATCH FULL";
  if (const auto words = action_words(node.text("fk_upd_action")); !words.empty())
    text += fmt::format(" ON UPDATE {}", words);
  if (const auto words = action_words(node.text("fk_del_action")); !words.empty())
    text += fmt::format(" ON DELETE {}", words);
  if (const auto columns = node.texts("fk_del_set_cols"); !columns.empty())
    text += " " + column_list(columns);
  return text + timing(constraint) + (validated ? "" : " NOT VALID");
}

void add_foreign_key(const NewConstraint& constraint, const RelationName& name, bool new_table,
                     Replay& replay) {
  Table& table = *replay.schema.find(name);
  const RelationName target = replay.meant(relation_of(constraint.node["pktable"]));
  const bool validated = new_table || !constraint.node.flag("skip_validation");
  std::string own = given_name(constraint);
  if (own.empty())
    own = replay.free_constraint_name(name.schema, name.name, joined_names(constraint.keys), "fkey");
  table.constraints.push_back({.name = own,
                               .kind = ConstraintKind::foreign_key,
                               .columns = constraint.keys,
                               .definition = foreign_key_text(constraint, target, validated, replay),
                               .references = target,
                               .deferrable = constraint.deferrable,
                               .validated = validated});
  Table* other = replay.schema.find(target);
  if (other && std::ranges::find(other->referenced_by, name) == other->referenced_by.end())
    other->referenced_by.push_back(name);
}

/// Two keys on the same columns become one, which takes the name that either of them has.
void merge_keys(std::vector<NewConstraint>& keys) {
  for (std::size_t i = 0; i < keys.size(); ++i)
    for (std::size_t j = keys.size() - 1; j > i; --j) {
      const bool same = !keys[j].keys.empty() && keys[i].keys == keys[j].keys
                        && !is_kind(keys[j], "CONSTR_PRIMARY") && keys[i].deferrable == keys[j].deferrable
                        && keys[j].node.texts("including") == keys[i].node.texts("including")
                        && keys[j].node.flag("nulls_not_distinct") == keys[i].node.flag("nulls_not_distinct")
                        && (given_name(keys[j]).empty() || given_name(keys[i]) == given_name(keys[j]));
      if (same) keys.erase(keys.begin() + static_cast<std::ptrdiff_t>(j));
    }
}
} // namespace

NewConstraint table_constraint(const ParseNode& node) {
  const bool foreign = node.word("contype") == "CONSTR_FOREIGN";
  return {.node = node,
          .keys = node.texts(foreign ? "fk_attrs" : "keys"),
          .deferrable = node.flag("deferrable"),
          .deferred = node.flag("initdeferred")};
}

std::vector<NewConstraint> column_constraints(const ParseNode& definition) {
  std::vector<NewConstraint> constraints;
  bool belongs = false; // the attributes behind a constraint are nodes of their own
  for (const ParseNode& node : definition.list("constraints")) {
    const std::string_view kind = node.word("contype");
    if (kind.starts_with("CONSTR_ATTR_")) {
      if (!belongs) continue;
      constraints.back().deferrable |= kind == "CONSTR_ATTR_DEFERRABLE" || kind == "CONSTR_ATTR_DEFERRED";
      constraints.back().deferred |= kind == "CONSTR_ATTR_DEFERRED";
      continue;
    }
    NewConstraint constraint{.node = node, .keys = {std::string(definition.text("colname"))}};
    belongs = makes_index(constraint) || kind == "CONSTR_CHECK" || kind == "CONSTR_FOREIGN";
    if (belongs) constraints.push_back(std::move(constraint));
  }
  return constraints;
}

void add_constraints(std::vector<NewConstraint> constraints, const RelationName& table, bool new_table,
                     Replay& replay) {
  std::vector<NewConstraint> keys;
  for (const NewConstraint& constraint : constraints) {
    if (is_kind(constraint, "CONSTR_CHECK")) add_check(constraint, table, new_table, replay);
    if (makes_index(constraint)) keys.push_back(constraint);
  }
  std::ranges::stable_partition(keys,
                                [](const NewConstraint& key) { return is_kind(key, "CONSTR_PRIMARY"); });
  merge_keys(keys);
  for (const NewConstraint& key : keys) add_index_constraint(key, table, replay);
  for (const NewConstraint& constraint : constraints)
    if (is_kind(constraint, "CONSTR_FOREIGN")) add_foreign_key(constraint, table, new_table, replay);
}

} // namespace afloat::postgres
