#include "commands/rows.hpp"
#include "commands/schema_source.hpp"
#include "commands/session.hpp"
#include "dialect/schema_reader.hpp"
#include "dialect/schema_sql.hpp"
#include "model/schema_difference.hpp"
#include "report/drift_text.hpp"
#include "support/text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat {
namespace {
Node::Object document_of(const SchemaModel& model) {
  Node::List objects;
  for (const SchemaObject& object : model.objects) {
    Node::Object properties;
    for (const auto& [name, value] : object.properties) properties.emplace_back(name, value);
    objects.push_back(Node::Object{{"kind", std::string(object.kind)},
                                   {"table", object.table},
                                   {"name", object.name},
                                   {"properties", std::move(properties)}});
  }
  return {{"command", "schema show"},
          {"dialect", std::string(name_of(model.dialect))},
          {"fingerprint", fingerprint(model)},
          {"unread", Node::List(model.unread.begin(), model.unread.end())},
          {"objects", std::move(objects)}};
}

/// On stderr: the result goes to others.
void tell(const Arguments& arguments, const std::vector<std::string>& notes) {
  ProgressReporter reporter(progress_options(arguments));
  for (const std::string& note : notes) reporter.say(note);
}

/// Functions come before the tables that their bodies name.
std::string shown_as_sql(const SchemaModel& model) {
  const bool has_functions = model.dialect == Dialect::postgres
                             && std::ranges::any_of(model.objects, [](const SchemaObject& object) {
                                  return object.kind == "function";
                                });
  return (has_functions ? "SET check_function_bodies = off;\n" : "")
         + script_text(sql_between({model.dialect, model.server_version, {}, {}}, model));
}

SchemaSource live_schema(const Config& config) {
  return source_of(read_schema(*connect(config, Access::read), config.lock_total), "");
}

int run_show(const Arguments& arguments) {
  SchemaSource source = arguments.positionals.empty() ? live_schema(config_of(arguments))
                                                      : schema_of(arguments, arguments.positionals.front());
  tell(arguments, source.notes);
  SchemaModel& model = source.model;
  const Node::Object document = wants_json(arguments) ? document_of(model) : Node::Object();
  remove_own(model);
  print(arguments, wants_json(arguments) ? "" : shown_as_sql(model), document);
  return 0;
}

int run_diff(const Arguments& arguments) {
  const Config config = config_of(arguments);
  SchemaSource before = schema_of(arguments, arguments.positionals.at(0));
  SchemaSource after = schema_of(arguments, arguments.positionals.at(1));
  const std::vector<ObjectChange> changes = compare_sources(before, after, config.drift_ignore);
  std::vector<std::string> lines;
  for (const SchemaSource* source : {&before, &after})
    for (const std::string& note : source->notes) lines.push_back(fmt::format("{}: {}", source->label, note));
  tell(arguments, lines);
  std::string text = changes.empty() ? "no difference\n" : changes_text(changes);
  if (arguments.has("--sql")) text = script_text(sql_between(before.model, after.model, changes));
  print(arguments, text,
        {{"command", "schema diff"},
         {"notes", Node::List(lines.begin(), lines.end())},
         {"changes", changes_node(changes)}});
  return changes.empty() ? 0 : 1;
}

constexpr OptionRow k_diff_options[] = {
    {"--sql", "", "", "Print the SQL that makes the first one like the second"},
};
} // namespace

const CommandRow k_schema_show{
    "schema show",
    "[SOURCE]",
    1,
    0,
    "Print the whole schema as SQL or JSON",
    "Of the configured database, or of SOURCE: an environment, a URL, a snapshot, a folder of migrations or "
    "a SQL file; these are replayed in a database made for it. What is not printed as SQL is named in a "
    "comment.",
    "afloat schema show\nafloat schema show production --output json",
    {},
    run_show};

const CommandRow k_schema_diff{
    "schema diff",
    "A B",
    2,
    2,
    "Compare two schemas",
    "A and B are environments, URLs, snapshots, folders of migrations or SQL files. Prints what leads from A "
    "to B; exits with 1 where they differ. afloat's own objects are left out.",
    "afloat schema diff staging production\nafloat schema diff migrations production",
    k_diff_options,
    run_diff};

} // namespace afloat
