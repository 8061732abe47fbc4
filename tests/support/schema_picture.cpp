#include "support/schema_picture.hpp"

#include "sql/deparsed.hpp"
#include "support/text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat::test {
namespace {
std::string names(const std::vector<RelationName>& relations) {
  std::vector<std::string> texts;
  for (const RelationName& relation : relations) texts.push_back(display(relation));
  return join(texts, " ");
}

void draw_expression(Picture& picture, const std::string& text, const std::string& expression) {
  if (!expression.empty()) picture.push_back({"    " + text, "SELECT " + expression});
}

std::string_view drawn(DefaultOf origin) {
  return origin == DefaultOf::domain ? " its domain's" : origin == DefaultOf::null ? " that is NULL" : "";
}

void draw_column(Picture& picture, const Column& column) {
  picture.push_back({fmt::format("  column {} {} {}{}{}{}{}{}", column.name, lower_case(column.type),
                                 column.collation, column.not_null ? " NOT NULL" : "", column.identity,
                                 column.default_sql ? " with default" : "",
                                 column.default_is_constant ? "" : " not constant", drawn(column.default_of)),
                     ""});
  std::vector<std::string> grants;
  for (const Grant& grant : column.grants)
    grants.push_back(fmt::format("{} {}{}", grant.privilege, grant.grantee, grant.grantable ? " on" : ""));
  std::ranges::sort(grants);
  picture.push_back({fmt::format("    '{}' {} {} {}", column.comment, column.statistics_target,
                                 column.storage, join(grants, ", ")),
                     ""});
  draw_expression(picture, "default", column.default_sql.value_or(""));
  draw_expression(picture, "generated", column.generated);
}

void draw_index(Picture& picture, const Index& index) {
  picture.push_back(
      {fmt::format("  index {} {}{}{}{}{} of '{}' include {} with {}", index.name, index.method,
                   index.unique ? " unique" : "", index.primary ? " primary" : "",
                   index.valid ? "" : " INVALID", index.nulls_not_distinct ? " not distinct" : "",
                   index.constraint, join(index.include, ","), index.options),
       ""});
  for (const IndexPart& part : index.parts) {
    picture.push_back({fmt::format("    part {} {}", part.column, part.suffix), ""});
    draw_expression(picture, "part", part.expression);
  }
  draw_expression(picture, "where", index.predicate);
}

/// A key that stands with its column does not name it.
std::string of_the_table(const Constraint& constraint) {
  if (constraint.definition != "PRIMARY KEY") return constraint.definition;
  return fmt::format("PRIMARY KEY (\"{}\")", join(constraint.columns, "\", \""));
}

void draw_table(Picture& picture, const Table& table, bool texts) {
  picture.push_back(
      {fmt::format("table {} key ({}) {}{} {} published {} referenced by {}", display(table.name),
                   join(table.primary_key, ","), table.partitioned ? "partitioned " : "", table.inheritance,
                   table.row_security ? "row security" : "", join(table.publications, ","),
                   names(table.referenced_by)),
       ""});
  for (const Partition& partition : table.partitions)
    picture.push_back(
        {fmt::format("  partition {} of {}{}{}", display(partition.name), display(partition.parent),
                     partition.partitioned ? " partitioned" : "", partition.foreign ? " foreign" : ""),
         ""});
  for (const Column& column : table.columns) draw_column(picture, column);
  for (const Index& index : table.indexes) draw_index(picture, index);
  for (const Constraint& constraint : table.constraints)
    picture.push_back({fmt::format("  constraint {} kind {} ({}) on '{}'{}{}", constraint.name,
                                   static_cast<int>(constraint.kind), join(constraint.columns, ","),
                                   display(constraint.references), constraint.deferrable ? " deferrable" : "",
                                   constraint.validated ? "" : " not valid"),
                       "ALTER TABLE t ADD " + of_the_table(constraint)});
  for (const Trigger& trigger : table.triggers)
    picture.push_back(
        {fmt::format("  trigger {} {}{}{}{}{} of {}{} {}", trigger.name, trigger.before ? "before" : "after",
                     trigger.on_insert ? " insert" : "", trigger.on_update ? " update" : "",
                     trigger.on_delete ? " delete" : "", trigger.for_each_row ? " row" : "",
                     join(trigger.update_of, ","), trigger.has_when ? " when" : "", trigger.enabled),
         ""});
  if (!texts) return;
  picture.push_back({"  text " + lower_case(table.create_sql), ""});
  for (const Trigger& trigger : table.triggers) picture.push_back({"  text " + lower_case(trigger.sql), ""});
}

void draw_type(Picture& picture, const TypeDefinition& type) {
  picture.push_back(
      {fmt::format("type {} {} ({}) {}{}{}", display(type.name), type.kind, join(type.labels, ","), type.base,
                   type.not_null ? " NOT NULL" : "", type.default_sql ? " with default" : ""),
       ""});
  draw_expression(picture, "default", type.default_sql.value_or(""));
  for (const Constraint& constraint : type.constraints)
    picture.push_back(
        {fmt::format("  constraint {}{}", constraint.name, constraint.validated ? "" : " not valid"),
         "ALTER TABLE t ADD " + constraint.definition});
}

bool same_line(const PictureLine& replayed, const PictureLine& server) {
  return replayed.text == server.text && replayed.sql.empty() == server.sql.empty()
         && (replayed.sql == server.sql || may_be_deparsed(replayed.sql, server.sql));
}

} // namespace

Picture draw(Schema schema, bool texts) {
  Picture picture;
  std::ranges::sort(schema.tables, {}, &Table::name);
  picture.push_back({"known " + names(schema.known), ""});
  for (const Table& table : schema.tables) draw_table(picture, table, texts);
  for (const View& view : schema.views) {
    std::vector<std::string> reads;
    for (const auto& [table, column] : view.reads) reads.push_back(display(table) + "." + column);
    picture.push_back(
        {fmt::format("view {}{} ({}) reads {}", display(view.name), view.materialized ? " materialized" : "",
                     join(view.columns, ","), join(reads, " ")),
         ""});
    if (!texts) continue;
    picture.push_back({"  text " + lower_case(view.sql), ""});
  }
  for (const TypeDefinition& type : schema.types) draw_type(picture, type);
  for (const Sequence& sequence : schema.sequences)
    picture.push_back({fmt::format("sequence {} {} of {}.{}", display(sequence.name), sequence.type,
                                   display(sequence.table), sequence.column),
                       ""});
  return picture;
}

std::string difference(const Picture& replayed, const Picture& server) {
  if (std::ranges::equal(replayed, server, same_line)) return "";
  std::string text;
  for (const PictureLine& line : server)
    if (std::ranges::none_of(replayed, [&](const PictureLine& other) { return same_line(other, line); }))
      text += fmt::format("- {}  {}\n", line.text, line.sql);
  for (const PictureLine& line : replayed)
    if (std::ranges::none_of(server, [&](const PictureLine& other) { return same_line(line, other); }))
      text += fmt::format("+ {}  {}\n", line.text, line.sql);
  if (!text.empty()) return text;
  const auto [one, other] = std::ranges::mismatch(replayed, server, same_line);
  return fmt::format("the order differs: - {} + {}", other == server.end() ? "" : other->text,
                     one == replayed.end() ? "" : one->text);
}

} // namespace afloat::test
