#include "dialect/postgres/replay_users.hpp"
#include "dialect/postgres/view_reader.hpp"

#include <algorithm>
#include <array>

// Views, as far as their queries tell what they read.
namespace afloat::postgres {
namespace {
ViewReader::Relation look_up(const ParseNode& range_var, const Replay& replay) {
  const RelationName name = replay.meant(relation_of(range_var));
  ViewReader::Relation relation{.name = name};
  if (const Table* table = replay.schema.find(name)) {
    relation.known = relation.is_table = true;
    for (const Column& column : table->columns) relation.columns.push_back(column.name);
  } else if (const auto view = std::ranges::find(replay.schema.views, name, &View::name);
             view != replay.schema.views.end()) {
    relation.known = true;
    relation.columns = view->columns;
  }
  return relation;
}

/// Like the inspector, the model has the views that read one of its tables; of the others, only the name.
void add_view(const ParseNode& relation, const ParseNode& query, const std::vector<std::string>& aliases,
              bool materialized, Replay& replay) {
  if (relation.text("relpersistence") == "t") {
    replay.temporary.emplace(relation.text("relname"));
    return;
  }
  const RelationName name = replay.made(relation_of(relation));
  ViewReader reader([&](const ParseNode& range_var) { return look_up(range_var, replay); });
  View view{
      .name = name, .materialized = materialized, .columns = reader.read(query), .reads = reader.reads()};
  for (std::size_t i = 0; i < aliases.size() && i < view.columns.size(); ++i) view.columns[i] = aliases[i];
  std::ranges::sort(view.reads);
  replay.drop_view(name);
  replay.make_known(name);
  if (!reader.complete()) replay.mark_unknown(name, "makes it from something that is not known");
  follow_view(view, query, replay);
  if (!view.reads.empty()) replay.schema.views.push_back(std::move(view));
}

void read_view(const ParseNode& statement, Replay& replay) {
  const RelationName name = replay.made(relation_of(statement["view"]));
  if (replay.exists(name) && !statement.flag("replace")) return;
  add_view(statement["view"], statement["query"], statement.texts("aliases"), false, replay);
}

void read_create_as(const ParseNode& statement, Replay& replay) {
  if (statement.word("objtype") != "OBJECT_MATVIEW") return read_table_as(statement["into"]["rel"], replay);
  const ParseNode into = statement["into"];
  if (replay.exists(replay.made(relation_of(into["rel"])))) return; // IF NOT EXISTS
  add_view(into["rel"], statement["query"], into.texts("col_names"), true, replay);
}

/// SELECT … INTO, and set_config('search_path', …), which dumps begin with.
void read_select(const ParseNode& statement, Replay& replay) {
  if (statement["into_clause"]) return read_table_as(statement["into_clause"]["rel"], replay);
  for (const ParseNode& target : statement.list("target_list")) {
    const ParseNode call = target["val"];
    const std::vector<std::string> name = call.texts("funcname");
    const std::vector<ParseNode> arguments = call.list("args");
    if (name.empty() || name.back() != "set_config" || arguments.size() < 2) continue;
    if (arguments[0]["sval"].text("sval") != "search_path" || !arguments[1]["sval"]) continue;
    const ParsedStatement setting("SET search_path TO " + std::string(arguments[1]["sval"].text("sval")));
    replay.set_path(setting.root());
  }
}

void read_setting(const ParseNode& statement, Replay& replay) {
  if (statement.text("name") == "search_path") replay.set_path(statement);
}

constexpr std::array<ReplayRow, 4> k_rows{{
    {"ViewStmt", read_view},
    {"CreateTableAsStmt", read_create_as},
    {"SelectStmt", read_select},
    {"VariableSetStmt", read_setting},
}};
} // namespace

Reads reads_of(const ParseNode& query, const Replay& replay) {
  ViewReader reader([&](const ParseNode& range_var) { return look_up(range_var, replay); });
  reader.read(query);
  return reader.reads();
}

std::span<const ReplayRow> replay_of_views() {
  return k_rows;
}

} // namespace afloat::postgres
