#include "load/formats.hpp"
#include "operations/joined.hpp"
#include "sql/fragment.hpp"
#include "support/source_text.hpp"
#include "support/text.hpp"
#include "support/toml_file.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

// A TOML migration file, checked against the field tables of the operations.
namespace afloat {
namespace {
/// The file, for what is wrong in it.
struct Source {
  TomlFile file;
  Dialect dialect;

  SourcePosition at(const toml::source_region& region) const { return file.at(region); }
  Error invalid(const toml::source_region& region, std::string message, std::string hint) const {
    if (!hint.empty()) hint += ' ';
    return Error(ErrorCode::invalid_migration, std::move(message), hint + "Nothing was changed.")
        .at(at(region));
  }
};

std::string_view expected(FieldType type) {
  switch (type) {
  case FieldType::text:
    return "a text in quotes";
  case FieldType::flag:
    return "true or false";
  case FieldType::text_list:
    return "a list of texts";
  case FieldType::text_or_list:
    return "a text or a list of texts";
  case FieldType::records:
    return "a list of tables";
  }
  return {};
}

/// How a value of this type is written, {} being the key.
std::string_view form_of(FieldType type) {
  switch (type) {
  case FieldType::text:
    return "Write it as {} = \"…\".";
  case FieldType::flag:
    return "Write it as {} = true, without quotes.";
  case FieldType::text_list:
  case FieldType::text_or_list:
    return "Write it as {} = [\"…\", \"…\"].";
  case FieldType::records:
    return "Write it as {} = [{{ … }}, {{ … }}], one pair of braces for each.";
  }
  return {};
}

/// A key that other operations have, which this one cannot take.
std::string where_else(std::string_view key) {
  if (key != "attic") return {};
  std::vector<std::string> names;
  for (const OperationRow& row : operation_rows())
    if (std::ranges::find(row.fields, key, &FieldRow::name) != row.fields.end()) names.emplace_back(row.name);
  const std::string last = names.back();
  names.pop_back();
  return fmt::format(" Only {} and {} can leave their old column out of the table.", join(names, ", "), last);
}

Record read_record(const Source& source, const toml::table& table, std::span<const FieldRow> rows,
                   const std::string& subject);

std::optional<std::string> read_text(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  return std::nullopt;
}

std::optional<FieldValue> read_list(const toml::node& node) {
  const toml::array* array = node.as_array();
  if (!array) return std::nullopt;
  std::vector<std::string> texts;
  for (const toml::node& item : *array) {
    const auto text = read_text(item);
    if (!text) return std::nullopt;
    texts.push_back(*text);
  }
  return texts;
}

std::optional<FieldValue> read_records(const Source& source, const toml::node& node, const FieldRow& row,
                                       const std::string& subject) {
  const toml::array* array = node.as_array();
  if (!array) return std::nullopt;
  std::vector<Record> records;
  for (const toml::node& item : *array) {
    const toml::table* table = item.as_table();
    if (!table) return std::nullopt;
    records.push_back(read_record(source, *table, row.record, fmt::format("{}: {}", subject, row.name)));
  }
  return records;
}

std::optional<FieldValue> read_value(const Source& source, const toml::node& node, const FieldRow& row,
                                     const std::string& subject) {
  switch (row.type) {
  case FieldType::text:
    if (auto text = read_text(node)) return *text;
    return std::nullopt;
  case FieldType::flag:
    if (const auto* flag = node.as_boolean()) return flag->get();
    return std::nullopt;
  case FieldType::text_or_list:
    if (auto text = read_text(node)) return std::vector<std::string>{*text};
    return read_list(node);
  case FieldType::text_list:
    return read_list(node);
  case FieldType::records:
    return read_records(source, node, row, subject);
  }
  return std::nullopt;
}

bool is_empty(const FieldValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return trimmed(*text).empty();
  if (const auto* texts = std::get_if<std::vector<std::string>>(&value)) return texts->empty();
  if (const auto* records = std::get_if<std::vector<Record>>(&value)) return records->empty();
  return false;
}

/// The texts of a value, to be looked at and changed.
std::vector<std::string*> texts_of(FieldValue& value) {
  std::vector<std::string*> texts;
  if (auto* text = std::get_if<std::string>(&value)) texts.push_back(text);
  if (auto* list = std::get_if<std::vector<std::string>>(&value))
    for (std::string& text : *list) texts.push_back(&text);
  return texts;
}

/// SQL of the author's that will stand inside of a statement may not reach beyond its place in it.
std::string whole_piece(const Source& source, const toml::node& node, const FieldRow& row,
                        const std::string& subject, std::string_view written) {
  std::string piece = without_line_comments(written, source.dialect);
  const std::string problem = fragment_problem(piece, source.dialect, row.within->list);
  if (!problem.empty())
    throw source.invalid(node.source(), fmt::format("{}: \"{}\" has {}", subject, row.name, problem),
                         "It stands inside of a statement of afloat's: it must be whole, and no more than "
                         "its part.");
  return piece;
}

void refuse_zero_byte(const Source& source, const toml::node& node, const std::string& subject,
                      const std::string& text) {
  if (text.find('\0') != std::string::npos)
    throw source.invalid(node.source(), fmt::format("{} has a zero byte", subject), "No database takes one.");
}

Field read_field(const Source& source, const toml::key& key, const toml::node& node, const FieldRow& row,
                 const std::string& subject) {
  auto value = read_value(source, node, row, subject);
  if (!value)
    throw source.invalid(node.source(),
                         fmt::format("{}: \"{}\" is {}, but must be {}", subject, key.str(), kind_of(node),
                                     expected(row.type)),
                         fmt::format(fmt::runtime(form_of(row.type)), key.str()));
  for (std::string* text : texts_of(*value)) {
    refuse_zero_byte(source, node, fmt::format("{}: \"{}\"", subject, key.str()), *text);
    if (row.within) *text = whole_piece(source, node, row, subject, *text);
  }
  if (row.required && is_empty(*value))
    throw source.invalid(node.source(), fmt::format("{}: \"{}\" is empty", subject, key.str()),
                         fmt::format("{}.", row.meaning));
  return {std::string(key.str()), *value, source.at(node.source())};
}

/// "Its new name" -> "its new name", to stand within a sentence.
std::string begun_small(std::string_view words) {
  return lower_case(words.substr(0, 1)) + std::string(words.substr(1));
}

Record read_record(const Source& source, const toml::table& table, std::span<const FieldRow> rows,
                   const std::string& subject) {
  std::vector<std::string> known;
  for (const FieldRow& row : rows) known.emplace_back(row.name);
  Record record;
  for (const auto& [key, node] : table) {
    const auto row = std::ranges::find(rows, key.str(), &FieldRow::name);
    if (row == rows.end()) {
      const auto near = nearest(key.str(), known);
      throw source.invalid(key.source(), fmt::format("{}: unknown key \"{}\"", subject, key.str()),
                           near ? fmt::format("Did you mean \"{}\"?", *near)
                                : fmt::format("Known are: {}.{}", join(known, ", "), where_else(key.str())));
    }
    record.push_back(read_field(source, key, node, *row, subject));
  }
  for (const FieldRow& row : rows)
    if (row.required && !table.contains(row.name))
      throw source.invalid(table.source(), fmt::format("{}: the key \"{}\" is missing", subject, row.name),
                           fmt::format("Add `{} = …`, {}.", row.name, begun_small(row.meaning)));
  return record;
}

OperationSpec read_operation(const Source& source, const toml::table& table,
                             std::span<const OperationRow> rows, std::size_t number) {
  std::vector<std::string> names;
  for (const OperationRow& row : rows) names.emplace_back(row.name);
  const std::string subject = fmt::format("operation {}", number);
  const toml::node* type = table.get("type");
  const auto name = type ? read_text(*type) : std::nullopt;
  if (!name)
    throw source.invalid(
        type ? type->source() : table.source(),
        type ? fmt::format("{}: \"type\" is {}, but must be a text in quotes", subject, kind_of(*type))
             : fmt::format("{}: the key \"type\" is missing", subject),
        fmt::format("It is one of: {}.", join(names, ", ")));
  const auto row = std::ranges::find(rows, *name, &OperationRow::name);
  if (row == rows.end()) {
    const auto near = nearest(*name, names);
    throw source.invalid(type->source(), fmt::format("{}: there is no operation \"{}\"", subject, *name),
                         near ? fmt::format("Did you mean \"{}\"?", *near)
                              : fmt::format("There are: {}.", join(names, ", ")));
  }
  std::vector<FieldRow> fields(row->fields.begin(), row->fields.end());
  fields.push_back({"type", FieldType::text, true, "The operation"});
  OperationSpec spec{*name, read_record(source, table, fields, fmt::format("{} ({})", subject, *name)),
                     source.at(table.source())};
  std::erase_if(spec.fields, [](const Field& field) { return field.name == "type"; });
  return spec;
}

TomlFile parse(const std::string& path, std::string_view text) {
  try {
    return parse_toml(path, text, ErrorCode::invalid_migration);
  } catch (Error& error) {
    error.hint += " Nothing was changed.";
    throw;
  }
}

void read_operations(const Source& source, const toml::table& root, std::span<const OperationRow> rows,
                     Migration& migration) {
  const toml::node* node = root.get("operation");
  const toml::array* operations = node ? node->as_array() : nullptr;
  if (node && !operations)
    throw source.invalid(node->source(),
                         fmt::format("\"operation\" is {}, but must be a list of tables", kind_of(*node)),
                         "Begin each operation with a line [[operation]], in two pairs of brackets.");
  if (!operations || operations->empty())
    throw source.invalid(node ? node->source() : root.source(), "the file has no operation",
                         "Begin each operation with a line [[operation]], or remove the file.");
  for (const toml::node& item : *operations) {
    const toml::table* table = item.as_table();
    if (!table)
      throw source.invalid(item.source(), "an operation is not a table",
                           "Begin each with a line [[operation]].");
    migration.operations.push_back(read_operation(source, *table, rows, migration.operations.size() + 1));
  }
}
} // namespace

void parse_toml(Migration& migration, std::string_view text, std::span<const OperationRow> rows,
                Dialect dialect) {
  const Source source{parse(migration.path, text), dialect};
  const toml::table& root = source.file.root;
  const std::vector<std::string> known{"description", "operation"};
  for (const auto& [key, node] : root) {
    if (std::ranges::count(known, std::string(key.str())) == 0) {
      const auto near = nearest(key.str(), known);
      throw source.invalid(key.source(), fmt::format("unknown key \"{}\"", key.str()),
                           near ? fmt::format("Did you mean \"{}\"?", *near)
                                : "Known are: description, [[operation]].");
    }
    if (key.str() != "description") continue;
    const auto description = read_text(node);
    if (!description)
      throw source.invalid(node.source(),
                           fmt::format("\"description\" is {}, but must be a text in quotes", kind_of(node)),
                           std::string("Write it as description = \"…\"."));
    refuse_zero_byte(source, node, "\"description\"", *description);
    migration.description = *description;
  }
  read_operations(source, root, rows, migration);
  migration.operations = joined(std::move(migration.operations));
}

} // namespace afloat
