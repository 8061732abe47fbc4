#include "dialect/postgres/identifier.hpp"
#include "dialect/postgres/replay_users.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

namespace afloat::postgres {
namespace {
// Operator classes of pg_catalog that are not the default of a type; of the others, those of the server are.
const std::set<std::string_view> k_special_classes{
    "bpchar_pattern_ops", "cidr_ops",         "inet_minmax_ops", "jsonb_path_ops",
    "kd_point_ops",       "text_pattern_ops", "varchar_ops",     "varchar_pattern_ops"};

bool is_server_class(const std::string& name) {
  constexpr std::array<std::string_view, 25> k_types{
      "int2",   "int4",   "int8",     "text",  "bpchar", "date", "timestamp", "timestamptz", "numeric",
      "float4", "float8", "bool",     "uuid",  "jsonb",  "name", "oid",       "interval",    "time",
      "timetz", "array",  "tsvector", "range", "bytea",  "enum", "money"};
  const std::string type = name.substr(0, name.find("_ops"));
  return std::ranges::find(k_types, type) != k_types.end() || name.ends_with("_bloom_ops")
         || name.ends_with("_minmax_ops") || name.ends_with("_minmax_multi_ops")
         || name.ends_with("_inclusion_ops");
}

std::string class_text(const ParseNode& element, const Replay& replay) {
  const std::vector<std::string> parts = element.texts("opclass");
  if (parts.empty()) return {};
  const std::string& name = parts.back();
  const bool own = k_special_classes.contains(name) || is_server_class(name);
  const bool is_default = own && !k_special_classes.contains(name) && !name.ends_with("_bloom_ops")
                          && !name.ends_with("_minmax_multi_ops");
  std::vector<std::string> options;
  for (const ParseNode& parameter : element.list("opclassopts"))
    options.push_back(fmt::format("{}={}", parameter.text("defname"), option_text(parameter)));
  if (is_default && options.empty()) return {};
  const std::string place = parts.size() > 1 ? parts[parts.size() - 2] : own ? "pg_catalog" : replay.place();
  const std::string text = as_printed(place) + "." + as_printed(name);
  return options.empty() ? text : text + "(" + join(options, ", ") + ")";
}

std::string order_text(const ParseNode& element) {
  const bool descending = element.word("ordering") == "SORTBY_DESC";
  const std::string_view nulls = element.word("nulls_ordering");
  if (descending) return nulls == "SORTBY_NULLS_LAST" ? "DESC NULLS LAST" : "DESC";
  return nulls == "SORTBY_NULLS_FIRST" ? "NULLS FIRST" : "";
}

std::string suffix_of(const ParseNode& element, const Column* column, const Replay& replay) {
  std::vector<std::string> words;
  const std::vector<std::string> name = element.texts("collation");
  if (!name.empty()) {
    const ParsedStatement clause("SELECT '' COLLATE " + as_printed(relation_of(name), ""));
    const auto targets = clause.root().list("target_list");
    const std::string collation = targets.empty() ? "" : replay.collation(targets[0]["val"]);
    if (!collation.empty() && (!column || column->collation != collation))
      words.push_back("COLLATE " + collation);
  }
  for (std::string text : {class_text(element, replay), order_text(element)})
    if (!text.empty()) words.push_back(std::move(text));
  return join(words, " ");
}

void add_index(const ParseNode& statement, const RelationName& name, bool nameless, Replay& replay) {
  Table& table = *replay.schema.find(name);
  Index index{.method = std::string(statement.text("access_method")),
              .unique = statement.flag("unique"),
              .nulls_not_distinct = statement.flag("nulls_not_distinct"),
              .predicate = statement["where_clause"].expression_sql(),
              .tablespace = std::string(statement.text("table_space"))};
  std::vector<ParseNode> elements = statement.list("index_params");
  for (const ParseNode& element : elements) index.parts.push_back(index_part(element, table, replay));
  std::vector<std::string> options;
  for (const ParseNode& parameter : statement.list("options"))
    options.push_back(fmt::format("{}={}", parameter.text("defname"), option_text(parameter)));
  index.options = join(options, ", ");
  for (const ParseNode& element : statement.list("index_including_params")) {
    index.include.emplace_back(element.text("name"));
    elements.push_back(element);
  }
  if (!nameless) index.name = statement.text("idxname");
  if (index.name.empty())
    index.name = replay.free_relation_name(name.schema, name.name, index_label(elements), "idx");
  else if (statement.flag("if_not_exists") && replay.exists({name.schema, index.name}))
    return;
  table.indexes.push_back(std::move(index));
  if (!statement["relation"].flag("inh")) table.indexes.back().valid = !table.partitioned; // ON ONLY
  if (statement["relation"].flag("inh") && table.partitioned)
    for (const RelationName& child : replay.children(name)) add_index(statement, child, true, replay);
}

void read_create_index(const ParseNode& statement, Replay& replay) {
  const RelationName written = relation_of(statement["relation"]);
  // Indexes of materialized views are not in the model.
  const Table* table = replay.table(written, "makes an index on a table that is not known");
  if (table) return add_index(statement, table->name, false, replay);
  const RelationName view = replay.meant(written);
  std::string name(statement.text("idxname"));
  if (name.empty())
    name =
        replay.free_relation_name(view.schema, view.name, index_label(statement.list("index_params")), "idx");
  follow_index(name, view, replay);
}

/// The column that an expression is, when all it does is a cast to the column's own type.
std::string column_behind(const ParseNode& expression, const Table& table, const Replay& replay) {
  const ParseNode inner = expression.is("TypeCast") ? expression["arg"] : expression;
  const std::vector<std::string> fields = inner.texts("fields");
  const Column* column = fields.size() == 1 ? table.find_column(fields[0]) : nullptr;
  if (!column || (expression.is("TypeCast") && replay.type(expression["type_name"]) != column->type))
    return {};
  return column->name;
}

constexpr std::array<ReplayRow, 1> k_rows{{{"IndexStmt", read_create_index}}};
} // namespace

IndexPart index_part(const ParseNode& element, const Table& table, const Replay& replay) {
  IndexPart part{.column = std::string(element.text("name"))};
  if (part.column.empty()) part.column = column_behind(element["expr"], table, replay);
  if (part.column.empty()) part.expression = element["expr"].expression_sql();
  part.suffix = suffix_of(element, table.find_column(part.column), replay);
  return part;
}

std::string index_label(const std::vector<ParseNode>& elements) {
  constexpr std::size_t most = 64;
  std::set<std::string> taken;
  std::string text;
  for (const ParseNode& element : elements) {
    std::string base(element.text("name"));
    if (base.empty()) base = figured_name(element["expr"]);
    if (base.empty()) base = "expr";
    std::string name = base;
    for (int number = 1; taken.contains(name); ++number)
      name = object_name(base, "", "").substr(0, 60) + std::to_string(number);
    taken.insert(name);
    if (!text.empty()) text += '_';
    text += name;
    if (text.size() >= most) break;
  }
  return text;
}

void copy_index(const Index& index, const RelationName& name, Replay& replay) {
  Table& table = *replay.schema.find(name);
  Index copy = index;
  std::vector<std::string> labels;
  for (const IndexPart& part : index.parts) {
    const ParsedStatement expression("SELECT " + part.expression);
    const auto targets = expression.root().list("target_list");
    const std::string figured = targets.empty() ? "" : figured_name(targets[0]["val"]);
    labels.push_back(!part.column.empty() ? part.column : figured.empty() ? "expr" : figured);
  }
  for (const std::string& column : index.include) labels.push_back(column);
  const bool constraint = !index.constraint.empty();
  copy.name = index.primary ? replay.free_relation_name(name.schema, name.name, "", "pkey", true)
                            : replay.free_relation_name(name.schema, name.name, join(labels, "_"),
                                                        !constraint    ? "idx"
                                                        : index.unique ? "key"
                                                                       : "excl",
                                                        constraint);
  if (constraint) {
    copy.constraint = copy.name;
    if (index.primary)
      for (const IndexPart& part : index.parts) table.primary_key.push_back(part.column);
  }
  copy.valid = true;
  table.indexes.push_back(std::move(copy));
}

void copy_indexes(const RelationName& parent, const RelationName& child, Replay& replay) {
  const Table above = *replay.schema.find(parent);
  for (const Index& index : above.indexes) {
    const Table& below = *replay.schema.find(child);
    const bool has_one = std::ranges::any_of(below.indexes, [&](const Index& own) {
      return own.parts == index.parts && own.unique == index.unique && own.include == index.include
             && own.method == index.method && own.predicate == index.predicate
             && own.constraint.empty() == index.constraint.empty();
    });
    if (has_one) continue;
    copy_index(index, child, replay);
    if (index.constraint.empty()) continue;
    const auto found = std::ranges::find(above.constraints, index.constraint, &Constraint::name);
    if (found == above.constraints.end()) continue;
    Constraint constraint = *found;
    Table& table = *replay.schema.find(child);
    constraint.name = table.indexes.back().name;
    table.constraints.push_back(std::move(constraint));
  }
}

std::span<const ReplayRow> replay_of_indexes() {
  return k_rows;
}

} // namespace afloat::postgres
