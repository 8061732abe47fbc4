#include "commands/rows.hpp"
#include "commands/schema_source.hpp"
#include "commands/session.hpp"
#include "dialect/schema_reader.hpp"
#include "dialect/schema_sql.hpp"
#include "model/schema_difference.hpp"
#include "report/drift_text.hpp"
#include "support/text.hpp"

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

int run_show(const Arguments& arguments) {
  SchemaModel model = arguments.positionals.empty()
                          ? read_schema(*connect(config_of(arguments), Access::read))
                          : schema_of(arguments, arguments.positionals.front());
  const Node::Object document = wants_json(arguments) ? document_of(model) : Node::Object();
  remove_own(model);
  print(arguments,
        wants_json(arguments)
            ? ""
            : script_text(sql_between({model.dialect, model.server_version, {}, {}}, model)),
        document);
  return 0;
}

int run_diff(const Arguments& arguments) {
  const Config config = config_of(arguments);
  SchemaModel before = schema_of(arguments, arguments.positionals.at(0));
  SchemaModel after = schema_of(arguments, arguments.positionals.at(1));
  if (before.dialect != after.dialect)
    throw Error(ErrorCode::usage, "one is a PostgreSQL database and the other SQLite",
                "Compare databases of one kind.");
  remove_own(before);
  remove_own(after);
  const std::vector<ObjectChange> changes = without_ignored(compare(before, after), config.drift_ignore);
  std::string text = changes.empty() ? "no difference\n" : changes_text(changes);
  if (arguments.has("--sql")) text = script_text(sql_between(before, after, changes));
  print(arguments, text, {{"command", "schema diff"}, {"changes", changes_node(changes)}});
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
    "Of the configured database, or of SOURCE: an environment, a URL, or a SQL file, which is run in a "
    "database made for it. What is not printed as SQL yet is named in a comment.",
    "afloat schema show\nafloat schema show production --output json",
    {},
    run_show};

const CommandRow k_schema_diff{
    "schema diff",
    "A B",
    2,
    2,
    "Compare two schemas",
    "A and B are environments, URLs or SQL files. Prints what leads from A to B; exits with 1 where they "
    "differ. afloat's own objects are left out.",
    "afloat schema diff staging production\nafloat schema diff production schema.sql --sql",
    k_diff_options,
    run_diff};

} // namespace afloat
