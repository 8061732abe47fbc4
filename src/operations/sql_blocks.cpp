#include "operations/sql_blocks.hpp"

#include "model/fields.hpp"
#include "sql/script.hpp"
#include "sql/tokens.hpp"
#include "support/source_text.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace afloat {
namespace {
constexpr std::array k_phases{Phase::expand, Phase::backfill, Phase::contract, Phase::abort, Phase::revert};

SourcePosition without_line(SourcePosition where) {
  where.source_line.clear();
  return where;
}

SqlBlock block_of(const Record& record) {
  SqlBlock block;
  for (const Phase phase : k_phases)
    if (text(record, "phase") == name_of(phase)) block.phase = phase;
  block.transaction = flag(record, "transaction", true);
  block.table = text(record, "table");
  const std::string alias = text(record, "as");
  block.alias = alias.starts_with('"') ? parse_relation(alias).name : alias;
  if (const Field* batch = find(record, "batch")) block.batch = std::get<std::int64_t>(batch->value);
  const std::shared_ptr<void> kept_elsewhere;
  block.statements = {kept_elsewhere, &records(record, "statements")};
  block.where = find(record, "phase")->where;
  if (const Field* table = find(record, "table")) block.table_where = table->where;
  return block;
}

/// The statements in one text of a TOML file. Their place is that of the text: what TOML's escapes did to it
/// is not known.
void add_statements(std::vector<Record>& statements, const std::string& sql, const SourcePosition& where,
                    const Field* done_when, Dialect dialect) {
  try {
    const SourceText source(where.file, sql);
    for (const ScriptItem& item : read_script(source, dialect)) {
      if (item.marker)
        throw Error(ErrorCode::invalid_migration, "markers have no meaning in the statements of a TOML file",
                    "Give each phase its own key. Nothing was changed.");
      Record& statement = statements.emplace_back();
      statement.push_back({"sql", std::string(item.text), where});
      if (done_when) statement.push_back(*done_when);
    }
  } catch (Error& error) {
    error.where = where;
    throw;
  }
}

SqlBlock block_of(const OperationSpec& spec, Phase phase, Dialect dialect) {
  const std::string_view field = name_of(phase);
  SqlBlock block;
  block.phase = phase;
  block.transaction = flag(spec.fields, "transaction", true);
  block.where = where(spec, field);
  std::vector<Record> statements;
  for (const std::string& sql : list(spec.fields, field))
    add_statements(statements, sql, block.where, find(spec.fields, "done_when"), dialect);
  block.statements = std::make_shared<const std::vector<Record>>(std::move(statements));
  return block;
}

bool changes_rows_alone(std::string_view sql) {
  constexpr std::string_view k_verbs[] = {"insert ", "update ", "delete ", "replace "};
  return std::ranges::any_of(
      k_verbs, [&](std::string_view verb) { return lower_case(sql.substr(0, verb.size())) == verb; });
}
} // namespace

std::vector<SqlBlock> sql_blocks(const OperationSpec& spec, Dialect dialect) {
  std::vector<SqlBlock> blocks;
  for (const Record& record : records(spec.fields, "blocks")) blocks.push_back(block_of(record));
  for (const Phase phase : k_phases) {
    SqlBlock block = block_of(spec, phase, dialect);
    if (!block.statements->empty()) blocks.push_back(std::move(block));
  }
  return blocks;
}

WrittenStatement written(const Record& statement) {
  const Field& sql = *find(statement, "sql");
  WrittenStatement result{std::get<std::string>(sql.value), sql.where, text(statement, "done_when")};
  result.statement.where = without_line(sql.where);
  if (const Field* probe = find(statement, "done_when")) result.done_when_where = probe->where;
  return result;
}

std::string with_condition(std::string_view sql, std::string_view condition) {
  std::string text;
  const std::vector<Token> tokens = tokenize(sql);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const bool batch = i + 2 < tokens.size() && tokens[i].text == "{" && tokens[i + 1].is("batch")
                       && tokens[i + 2].text == "}";
    if (batch) {
      text += fmt::format("({})", condition);
      i += 2;
    } else {
      text += tokens[i].text;
    }
  }
  return text;
}

std::vector<Statement> statements_of(const std::vector<SqlBlock>& blocks, Phase phase, Dialect dialect) {
  std::vector<Statement> statements;
  for (const SqlBlock& block : blocks) {
    if (block.phase != phase) continue;
    for (const Record& record : *block.statements)
      if (dialect != Dialect::sqlite
          || !changes_rows_alone(std::get<std::string>(find(record, "sql")->value)))
        statements.push_back(written(record).statement);
  }
  return statements;
}

} // namespace afloat
