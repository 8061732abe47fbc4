#include "dialect/postgres/replay_users.hpp"

#include "dialect/postgres/identifier.hpp"
#include "sql/tokens.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

// Views, policies, triggers and others that the server binds to columns by number.
namespace afloat::postgres {
namespace {
using Names = std::vector<std::string>;
constexpr std::string_view k_separator = "\x1f"; ///< of statements in a definition, as the inspector has it

void hang_on(const RelationName& name, const std::string& column, const ColumnUser& user, Replay& replay) {
  if (Table* table = replay.schema.find(name)) add_user(*table, column, user);
}

void hang_on(const Reads& reads, const ColumnUser& user, Replay& replay) {
  for (const auto& [table, column] : reads) hang_on(table, column, user, replay);
}

/// NEW.a, OLD.a
Names columns_of_rows(const ParseNode& node) {
  Names names;
  walk(node, [&](const ParseNode& below) {
    const Names fields = below.is("ColumnRef") ? below.texts("fields") : Names();
    if (fields.size() == 2 && (fields[0] == "new" || fields[0] == "old")) names.push_back(fields[1]);
  });
  return names;
}

/// Of an expression over the rows of a table.
Reads reads_of_condition(const std::string& condition, const RelationName& table, const Replay& replay) {
  const ParsedStatement query(fmt::format("SELECT 1 FROM {} WHERE ({})", called(table), condition));
  return reads_of(query.root(), replay);
}

/// The statement at hand as it is written, where the parser takes it for what it is: not a part of CREATE
/// SCHEMA.
std::string own_text(const Replay& replay) {
  std::string text = trimmed(replay.sql);
  while (text.ends_with(';')) text = trimmed(text.substr(0, text.size() - 1));
  return text;
}

/// What stands behind the first AS outside of parentheses.
std::string query_text(const std::string& create_view) {
  int depth = 0;
  std::size_t at = 0;
  for (const Token& token : tokenize(create_view)) {
    at += token.text.size();
    depth += token.text == "(" ? 1 : token.text == ")" ? -1 : 0;
    if (depth == 0 && token.is("as")) return trimmed(create_view.substr(at));
  }
  return {};
}

/// Columns of the table that the view uses; `depth` becomes that of a view on it.
Names columns_under(const RelationName& view, const Table& table, int& depth) {
  Names columns;
  for (const ColumnUser& user : table.users) {
    if (user.relation != view || !user.kind.ends_with("view")) continue;
    columns.push_back(user.column);
    depth = std::max(depth, user.depth + 1);
  }
  return columns;
}

std::string view_words(const View& view, const Replay& replay) {
  return fmt::format("{} {}", view.materialized ? "materialized view" : "view", replay.printed(view.name));
}

struct Policy {
  RelationName table;
  std::string name, command = "ALL", condition, check;
  bool permissive = true;
  Names roles{"PUBLIC"};
};

Names roles_of(const ParseNode& statement) {
  Names roles;
  for (const ParseNode& role : statement.list("roles"))
    roles.push_back(role.word("roletype") == "ROLESPEC_CSTRING" ? as_printed(role.text("rolename"))
                                                                : "PUBLIC");
  return roles;
}

void take_conditions(const ParseNode& statement, Policy& policy) {
  if (Names roles = roles_of(statement); !roles.empty()) policy.roles = std::move(roles);
  if (statement["qual"]) policy.condition = statement["qual"].expression_sql();
  if (statement["with_check"]) policy.check = statement["with_check"].expression_sql();
}

Policy policy_of(const ParseNode& statement, const RelationName& table) {
  std::string command(statement.text("cmd_name"));
  std::ranges::transform(command, command.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; });
  Policy policy{.table = table, .name = std::string(statement.text("policy_name")), .command = command};
  policy.permissive = statement.flag("permissive");
  take_conditions(statement, policy);
  return policy;
}

void add_policy(const Policy& policy, Replay& replay) {
  ColumnUser user{.kind = "policy", .relation = policy.table};
  user.words = words_of("policy", policy.name, policy.table, replay);
  forget_users(user.words, replay);
  user.drop = {fmt::format("DROP POLICY {} ON {}", as_printed(policy.name), called(policy.table))};
  user.create = {fmt::format("CREATE POLICY {} ON {} AS {} FOR {} TO {}{}{}", as_printed(policy.name),
                             called(policy.table), policy.permissive ? "PERMISSIVE" : "RESTRICTIVE",
                             policy.command, join(policy.roles, ", "),
                             policy.condition.empty() ? "" : fmt::format(" USING ({})", policy.condition),
                             policy.check.empty() ? "" : fmt::format(" WITH CHECK ({})", policy.check))};
  for (const std::string* condition : {&policy.condition, &policy.check})
    if (!condition->empty()) hang_on(reads_of_condition(*condition, policy.table, replay), user, replay);
}

void read_policy(const ParseNode& statement, Replay& replay) {
  if (const Table* table =
          replay.table(relation_of(statement["table"]), "makes a policy on a table that is not known"))
    add_policy(policy_of(statement, RelationName(table->name)), replay);
}

/// Of one that is on no column so far it is not known for which command it is.
void read_alter_policy(const ParseNode& statement, Replay& replay) {
  const Table* table = replay.schema.find(replay.meant(relation_of(statement["table"])));
  if (!table) return;
  const std::string words = words_of("policy", statement.text("policy_name"), table->name, replay);
  for (const Table& other : replay.schema.tables)
    for (const ColumnUser& user : other.users) {
      if (user.words != words || user.create.empty()) continue;
      const ParsedStatement made(user.create.front());
      Policy policy = policy_of(made.root(), RelationName(table->name));
      take_conditions(statement, policy);
      return add_policy(policy, replay);
    }
}

void read_statistics(const ParseNode& statement, Replay& replay) {
  const std::vector<ParseNode> relations = statement.list("relations");
  const Table* table =
      relations.size() == 1 ? replay.schema.find(replay.meant(relation_of(relations[0]))) : nullptr;
  const Names parts = statement.texts("defnames");
  if (!table || parts.empty()) return;
  const RelationName name = replay.made(relation_of(parts));
  ColumnUser user{.kind = "statistics", .relation = table->name};
  user.words = "statistics object " + replay.printed(name);
  user.drop = {"DROP STATISTICS " + called(name)};
  const RelationName of = table->name;
  Names texts, used;
  for (const ParseNode& element : statement.list("exprs")) {
    const std::string column(element.text("name"));
    texts.push_back(column.empty() ? fmt::format("({})", element["expr"].expression_sql())
                                   : as_printed(column));
    if (!column.empty()) used.push_back(column);
    for (std::string& inside : columns_in(element["expr"], *table)) used.push_back(std::move(inside));
  }
  const Names kinds = statement.texts("stat_types");
  user.create = {fmt::format("CREATE STATISTICS {}{} ON {} FROM {}", called(name),
                             kinds.empty() ? "" : fmt::format(" ({})", join(kinds, ", ")), join(texts, ", "),
                             called(of))};
  for (const std::string& column : used) hang_on(of, column, user, replay);
}

/// A rule cannot be moved to another column: it must be dropped first.
void read_rule(const ParseNode& statement, Replay& replay) {
  const Table* table = replay.schema.find(replay.meant(relation_of(statement["relation"])));
  if (!table) return;
  const RelationName name = table->name;
  const ColumnUser user{
      .kind = "other", .relation = name, .words = words_of("rule", statement.text("rulename"), name, replay)};
  for (const std::string& column : columns_of_rows(statement)) hang_on(name, column, user, replay);
}

/// Each word that is the name, with what it is called now. Of a name in a text nobody can tell whether it is
/// of that table; so a text is changed where the thing is known to be on it.
std::string with_name(const std::string& sql, const std::string& from, const std::string& to) {
  std::string text;
  for (const Token& token : tokenize(sql)) {
    const bool is_name = token.kind == TokenKind::word || token.kind == TokenKind::quoted_word;
    text += is_name && token.name() == from ? as_printed(to) : std::string(token.text);
  }
  return text;
}

/// What is on several columns goes with each of them.
void forget_what_is_gone(Replay& replay) {
  std::vector<std::string> gone;
  for (const Table& table : replay.schema.tables)
    for (const ColumnUser& user : table.users) {
      const bool there = user.relation.name.empty() || user.relation == table.name
                         || std::ranges::binary_search(replay.schema.known, user.relation);
      const bool has_column = user.column.empty() || table.find_column(user.column); // a rule has none
      if (!there || !has_column) gone.push_back(user.words);
    }
  for (const std::string& words : gone) forget_users(words, replay);
}

constexpr std::array<ReplayRow, 4> k_rows{{
    {"CreatePolicyStmt", read_policy},
    {"AlterPolicyStmt", read_alter_policy},
    {"CreateStatsStmt", read_statistics},
    {"RuleStmt", read_rule},
}};
} // namespace

void add_user(Table& table, const std::string& column, const ColumnUser& user) {
  if (!table.find_column(column)) return;
  const auto same = [&](const ColumnUser& other) {
    return other.column == column && other.words == user.words && other.kind == user.kind
           && other.relation == user.relation;
  };
  const auto known = std::ranges::find_if(table.users, same);
  ColumnUser& place = known == table.users.end() ? table.users.emplace_back() : *known;
  const int depth = std::max(user.depth, place.depth);
  place = user;
  place.column = column;
  place.depth = depth;
  place.definition = join(user.create, k_separator);
}

std::string called(const RelationName& name) {
  return as_printed(name.schema) + "." + as_printed(name.name);
}

std::string words_of(std::string_view kind, std::string_view name, const RelationName& table,
                     const Replay& replay) {
  return fmt::format("{} {} {} table {}", kind, name, kind.ends_with("column") ? "of" : "on",
                     replay.printed(table));
}

void follow_view(const View& view, const ParseNode& query, Replay& replay) {
  ColumnUser user{.kind = view.materialized ? "materialized view" : "view",
                  .relation = view.name,
                  .words = view_words(view, replay),
                  .depth = 1};
  forget_users(user.words, replay);
  Names columns;
  for (const std::string& column : view.columns) columns.push_back(as_printed(column));
  user.drop = {"DROP VIEW " + called(view.name)};
  const std::string written = query_text(own_text(replay));
  user.create = {fmt::format("CREATE VIEW {} ({}) AS {}", called(view.name), join(columns, ", "), written)};
  hang_on(view.reads, user, replay);
  for (const RelationName& read : relations_read(query)) {
    const RelationName below = replay.meant(read);
    if (replay.schema.find(below)) continue;
    for (Table& table : replay.schema.tables)
      for (const std::string& column : columns_under(below, table, user.depth)) add_user(table, column, user);
  }
}

void follow_trigger(const ParseNode& statement, const RelationName& table, Replay& replay) {
  const std::string name(statement.text("trigname"));
  ColumnUser user{.kind = "trigger", .relation = table, .words = words_of("trigger", name, table, replay)};
  forget_users(user.words, replay);
  user.drop = {fmt::format("DROP TRIGGER {} ON {}", as_printed(name), called(table))};
  user.create = {own_text(replay)};
  Names columns = statement.texts("columns");
  for (std::string& column : columns_of_rows(statement["when_clause"])) columns.push_back(std::move(column));
  for (const std::string& column : columns) hang_on(table, column, user, replay);
}

void follow_published(const ParseNode& table, const RelationName& name, const std::string& publication,
                      Replay& replay) {
  const std::string words =
      fmt::format("publication of table {} in publication {}", replay.printed(name), publication);
  forget_users(words, replay);
  const Names columns = table.texts("columns");
  const std::string condition = table["where_clause"] ? table["where_clause"].expression_sql() : "";
  Names printed;
  for (const std::string& column : columns) printed.push_back(as_printed(column));
  ColumnUser user{.kind = "publication", .relation = name, .words = words};
  user.drop = {fmt::format("ALTER PUBLICATION {} DROP TABLE {}", as_printed(publication), called(name))};
  user.create = {fmt::format("ALTER PUBLICATION {} ADD TABLE {}{}{}", as_printed(publication), called(name),
                             columns.empty() ? "" : fmt::format(" ({})", join(printed, ", ")),
                             condition.empty() ? "" : fmt::format(" WHERE ({})", condition))};
  for (const std::string& column : columns) hang_on(name, column, user, replay);
  if (!condition.empty()) hang_on(reads_of_condition(condition, name, replay), user, replay);
}

void follow_index(const std::string& index, const RelationName& view, Replay& replay) {
  ColumnUser user{.kind = "other",
                  .relation = view,
                  .words = fmt::format("index {}, which uses {}", index, called(view))};
  for (Table& table : replay.schema.tables) {
    int above = 0;
    for (const std::string& column : columns_under(view, table, above)) {
      user.depth = above - 1;
      add_user(table, column, user);
    }
  }
}

void follow_partition_key(const ParseNode& specification, const RelationName& table, Replay& replay) {
  Names columns, texts;
  for (const ParseNode& part : specification.list("part_params")) {
    const std::string name(part.text("name"));
    texts.push_back(name.empty() ? fmt::format("({})", part["expr"].expression_sql()) : as_printed(name));
    if (!name.empty()) columns.push_back(name);
    for (std::string& column : columns_in(part["expr"], *replay.schema.find(table)))
      columns.push_back(std::move(column));
  }
  std::string strategy(specification.text("strategy"));
  std::ranges::transform(strategy, strategy.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; });
  const ColumnUser user{
      .kind = "partition key",
      .relation = table,
      .words = fmt::format("partition key of {} ({} ({}))", called(table), strategy, join(texts, ", "))};
  for (const std::string& column : columns) hang_on(table, column, user, replay);
}

void forget_users(const std::string& words, Replay& replay) {
  for (Table& table : replay.schema.tables)
    std::erase_if(table.users, [&](const ColumnUser& user) { return user.words == words; });
}

void rename_in_texts(ColumnUser& user, const std::string& from, const std::string& to) {
  for (Names* texts : {&user.drop, &user.create})
    for (std::string& text : *texts) text = with_name(text, from, to);
  user.definition = join(user.create, k_separator);
}

void rename_users(const RelationName& from, const RelationName& to, Replay& replay) {
  const std::string old_words = " " + replay.printed(from), new_words = " " + replay.printed(to);
  const auto rename = [&](std::string& text) {
    text = replaced(text, called(from), called(to));
    if (from.name != to.name) text = with_name(text, from.name, to.name);
  };
  for (Table& table : replay.schema.tables)
    for (ColumnUser& user : table.users) {
      if (table.name == to || user.relation == from) {
        for (Names* texts : {&user.drop, &user.create}) std::ranges::for_each(*texts, rename);
        user.definition = join(user.create, k_separator);
      }
      if (user.relation != from) continue;
      user.relation = to;
      if (user.words.ends_with(old_words))
        user.words.replace(user.words.size() - old_words.size(), old_words.size(), new_words);
      else
        user.words = replaced(user.words, called(from), called(to)); // of a partition key
    }
}

void rename_users_column(const RelationName& name, const std::string& from, const std::string& to,
                         Replay& replay) {
  for (ColumnUser& user : replay.schema.find(name)->users) {
    if (user.column != from) continue;
    user.column = to;
    rename_in_texts(user, from, to);
    if (user.kind == "partition key") user.words = with_name(user.words, from, to);
  }
}

void tidy_users(Replay& replay) {
  if (replay.schema.offline) forget_told_users(replay);
  forget_what_is_gone(replay);
  if (replay.schema.offline) tell_users(replay);
}

std::span<const ReplayRow> replay_of_users() {
  return k_rows;
}

} // namespace afloat::postgres
