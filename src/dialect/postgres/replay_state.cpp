#include "dialect/postgres/replay_state.hpp"

#include "dialect/postgres/identifier.hpp"
#include "dialect/postgres/names.hpp"
#include "dialect/postgres/type_name.hpp"
#include "sql/tokens.hpp"
#include "support/text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat::postgres {
namespace {
bool has(const auto& list, const auto& value) {
  return std::ranges::find(list, value) != std::ranges::end(list);
}
std::string standard_schema(const Schema& schema) {
  return schema.default_schema.empty() ? "public" : schema.default_schema;
}
} // namespace

Replay::Replay(Schema& changed) : schema(changed), path{standard_schema(changed)} {}

std::string Replay::place() const {
  return path.empty() ? std::string() : path.front();
}

void Replay::set_path(const ParseNode& setting) {
  path.clear();
  if (setting.word("kind") != "VAR_SET_VALUE") path = {standard_schema(schema)};
  for (const ParseNode& argument : setting.list("args")) {
    const std::string name(argument["sval"].text("sval"));
    if (name == "pg_temp" && path.empty()) return;
    if (!name.empty() && name != "$user" && name != "pg_catalog" && name != "pg_temp") path.push_back(name);
  }
}

bool Replay::makes_temporary(const ParseNode& relation) const {
  const std::string_view home = relation.text("schemaname");
  return relation.text("relpersistence") == "t" || home == "pg_temp" || (home.empty() && path.empty());
}

RelationName Replay::made(RelationName written) const {
  if (written.schema.empty()) written.schema = place();
  return written;
}

RelationName Replay::meant(RelationName written) const {
  if (!written.schema.empty()) return written;
  for (const std::string& home : path)
    if (exists({home, written.name})) return {home, written.name};
  return made(written);
}

bool Replay::is_temporary(const RelationName& written) const {
  return written.schema == "pg_temp" || (written.schema.empty() && temporary.contains(written.name));
}

Table* Replay::table(const RelationName& written, std::string_view does) {
  if (is_temporary(written)) return nullptr;
  const RelationName name = meant(written);
  touch(name);
  Table* found = schema.find(name);
  const bool other_kind = std::ranges::find(schema.views, name, &View::name) != schema.views.end();
  if (!found && !other_kind) mark_unknown(name, does);
  return found;
}

bool Replay::exists(const RelationName& name) const {
  const auto has_index = [&](const Table& table) {
    return table.name.schema == name.schema
           && std::ranges::find(table.indexes, name.name, &Index::name) != table.indexes.end();
  };
  const auto is_type = [&](const TypeDefinition& type) {
    return type.kind == "composite" && type.name == name;
  };
  return schema.find(name) || has(schema.known, name)
         || std::ranges::find(schema.views, name, &View::name) != schema.views.end()
         || std::ranges::find(schema.sequences, name, &Sequence::name) != schema.sequences.end()
         || std::ranges::any_of(schema.types, is_type) || std::ranges::any_of(schema.tables, has_index);
}

bool Replay::constraint_exists(std::string_view in_schema, std::string_view name) const {
  const auto has_it = [&](const auto& owner) {
    return owner.name.schema == in_schema
           && std::ranges::find(owner.constraints, name, &Constraint::name) != owner.constraints.end();
  };
  return std::ranges::any_of(schema.tables, has_it) || std::ranges::any_of(schema.types, has_it);
}

void Replay::mark_unknown(const RelationName& relation, std::string_view does) {
  Unknown unknown{relation, fmt::format("{} {}", where, does)};
  if (!has(schema.unknown, unknown)) schema.unknown.push_back(std::move(unknown));
}

std::string Replay::printed(const RelationName& name) const {
  return as_printed(name, standard_schema(schema));
}

std::string Replay::type_name(const std::vector<std::string>& parts) const {
  const RelationName written = relation_of(parts);
  if (!written.schema.empty()) return printed(written);
  for (const std::string& home : path)
    if (std::ranges::find(schema.types, RelationName{home, written.name}, &TypeDefinition::name)
        != schema.types.end())
      return printed({home, written.name});
  return as_printed(written.name);
}

std::string Replay::type(const ParseNode& type) const {
  return type_text(type, [this](const std::vector<std::string>& parts) { return type_name(parts); });
}

std::string Replay::collation(const ParseNode& clause) const {
  const std::vector<std::string> parts = clause.texts("collname");
  if (parts.empty() || parts.back() == "default") return {};
  // The server's own: C, POSIX, ucs_basic, those of ICU and of the operating system ("de-x-icu", "de_DE").
  constexpr std::string_view k_own[] = {"C", "POSIX", "ucs_basic", "unicode", "pg_c_utf8"};
  const std::string& name = parts.back();
  const bool own = has(k_own, name) || name.ends_with("-x-icu") || name.find('_') == 2;
  const std::string home = parts.size() > 1 ? parts[parts.size() - 2] : own ? "pg_catalog" : place();
  return as_printed(home) + "." + as_printed(name);
}

std::string Replay::free_relation_name(std::string_view in_schema, std::string_view name1,
                                       std::string_view name2, std::string_view label,
                                       bool constraint) const {
  std::string full(label);
  for (int pass = 1;; ++pass) {
    std::string name = object_name(std::string(name1), std::string(name2), full);
    if (!exists({std::string(in_schema), name}) && !(constraint && constraint_exists(in_schema, name)))
      return name;
    full = std::string(label) + std::to_string(pass);
  }
}

std::string Replay::free_constraint_name(std::string_view in_schema, std::string_view name1,
                                         std::string_view name2, std::string_view label,
                                         std::span<const std::string> others) const {
  std::string full(label);
  for (int pass = 1;; ++pass) {
    std::string name = object_name(std::string(name1), std::string(name2), full);
    if (!has(others, name) && !constraint_exists(in_schema, name)) return name;
    full = std::string(label) + std::to_string(pass);
  }
}

void Replay::touch(const RelationName& name) {
  if (touched) touched->insert(name);
}

void Replay::make_known(const RelationName& name) {
  touch(name);
  if (!has(schema.known, name)) schema.known.push_back(name);
}

std::vector<std::string> columns_in(const ParseNode& expression, const Table& table) {
  std::vector<std::string> names;
  walk(expression, [&](const ParseNode& node) {
    if (!node.is("ColumnRef")) return;
    const std::vector<std::string> fields = node.texts("fields");
    if (!fields.empty() && table.find_column(fields.back()) && !has(names, fields.back()))
      names.push_back(fields.back());
  });
  return names;
}

std::vector<std::string> referenced_columns(const Constraint& foreign_key) {
  const ParsedStatement parsed("ALTER TABLE t ADD " + foreign_key.definition);
  const std::vector<ParseNode> commands = parsed.root().list("cmds");
  return commands.empty() ? std::vector<std::string>() : commands[0]["def"].texts("pk_attrs");
}

} // namespace afloat::postgres
