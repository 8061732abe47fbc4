#include "dialect/postgres/habits.hpp"

#include "dialect/postgres/text_array.hpp"
#include "sql/embedded.hpp"
#include "sql/parse_tree.hpp"
#include "sql/tokens.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <utility>

namespace afloat::postgres {
namespace {
constexpr std::string_view k_star = "`SELECT *` or `RETURNING *`";
constexpr std::string_view k_insert = "`INSERT` without a column list";
constexpr std::string_view k_copy = "`COPY` without a column list";
constexpr std::size_t k_longest = 60;

RelationName name_of(const ParseNode& range) {
  return {std::string(range.text("schemaname")), std::string(range.text("relname"))};
}

/// The tables that stand in FROM themselves, not those of its subqueries.
void collect_tables(const ParseNode& from, std::vector<ParseNode>& tables) {
  if (from.is("RangeVar")) tables.push_back(from);
  if (!from.is("JoinExpr")) return;
  collect_tables(from["larg"], tables);
  collect_tables(from["rarg"], tables);
}

/// What is in front of the star: nothing in `*`, "u" in `u.*`; no value for anything that is not a star.
std::optional<std::string> star_of(const ParseNode& target) {
  const ParseNode column = target["val"];
  if (!column.is("ColumnRef")) return std::nullopt;
  const std::vector<ParseNode> fields = column.list("fields");
  if (fields.empty() || !fields.back().is("A_Star")) return std::nullopt;
  return fields.size() == 1 ? std::string() : std::string(fields[fields.size() - 2].text("sval"));
}

void add_stars(const std::vector<ParseNode>& targets, const std::vector<ParseNode>& tables,
               std::vector<Use>& uses) {
  for (const ParseNode& target : targets) {
    const auto star = star_of(target);
    if (!star) continue;
    for (const ParseNode& table : tables) {
      const ParseNode alias = table["alias"];
      if (star->empty() || *star == (alias ? alias.text("aliasname") : table.text("relname")))
        uses.push_back({name_of(table), k_star});
    }
  }
}

void add_uses(const ParseNode& node, std::vector<Use>& uses) {
  std::vector<ParseNode> tables;
  if (node.is("SelectStmt")) {
    for (const ParseNode& from : node.list("from_clause")) collect_tables(from, tables);
    add_stars(node.list("target_list"), tables, uses);
  } else if (node.is("CopyStmt")) {
    if (node["relation"] && node.list("attlist").empty()) uses.push_back({name_of(node["relation"]), k_copy});
  } else if (node.is("InsertStmt") || node.is("UpdateStmt") || node.is("DeleteStmt")) {
    if (node.is("InsertStmt") && node["select_stmt"] && node.list("cols").empty())
      uses.push_back({name_of(node["relation"]), k_insert});
    tables.push_back(node["relation"]);
    for (const char* more : {"from_clause", "using_clause"})
      for (const ParseNode& from : node.list(more)) collect_tables(from, tables);
    add_stars(node.list("returning_list"), tables, uses);
  }
  // What EXISTS selects is not looked at by anybody.
  if (node.is("SubLink") && node.word("sub_link_type") == "EXISTS_SUBLINK") return;
  for (const ParseNode& child : node.children()) add_uses(child, uses);
}

/// Whoever writes no schema may have another search path than we: the name is enough.
bool means(const RelationName& written, const RelationName& table) {
  return written.name == table.name && (written.schema.empty() || written.schema == table.schema);
}

void note(Table& table, const Use& use, const std::string& role, std::int64_t calls, const std::string& sql) {
  const auto known = std::ranges::find_if(
      table.habits, [&](const Habit& habit) { return habit.what == use.what && habit.role == role; });
  if (known == table.habits.end())
    table.habits.push_back({std::string(use.what), role, calls, shortened(sql)});
  else
    known->calls += calls;
}

/// A table that a statement uses twice is noted once.
void note_all(Schema& schema, const std::string& role, std::int64_t calls, const std::string& sql) {
  std::vector<Use> uses = unnamed_uses(sql);
  for (auto use = uses.begin(); use != uses.end(); ++use)
    if (std::find(uses.begin(), use, *use) == use)
      for (Table& table : schema.tables)
        if (means(use->table, table.name)) note(table, *use, role, calls, sql);
}
} // namespace

std::vector<Use> unnamed_uses(const std::string& sql) {
  std::vector<Use> uses;
  add_uses(ParsedStatement(sql).root(), uses);
  return uses;
}

std::string shortened(std::string_view sql) {
  std::string text;
  for (const Token& token : tokenize(sql))
    text += token.kind == TokenKind::space    ? " "
            : token.kind == TokenKind::string ? "'…'"
                                              : std::string(token.text);
  return one_line(text, k_longest);
}

void read_habits(Database& database, Schema& schema) {
  if (schema.tables.empty()) return;
  const Value place = database.query(embedded_sql("postgres/statements_place.sql"), {}).scalar();
  if (!place) return;
  std::vector<std::string> names;
  for (const Table& table : schema.tables) names.push_back(lower_case(table.name.name));
  bool hidden = false;
  const std::string query =
      replaced(std::string(embedded_sql("postgres/statements.sql")), "{schema}", *place);
  for (const std::vector<Value>& row : database.query(query, {text_array(names)}).rows) {
    const std::string& sql = row[2].value_or("");
    if (sql == "<insufficient privilege>")
      hidden = true;
    else
      note_all(schema, row[0].value_or(""), std::stoll(row[1].value_or("0")), sql);
  }
  for (Table& table : schema.tables) {
    std::ranges::stable_sort(table.habits, {},
                             [](const Habit& habit) { return std::pair(habit.what, -habit.calls); });
    table.habits_hidden = hidden;
  }
}

} // namespace afloat::postgres
