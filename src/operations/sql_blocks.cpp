#include "operations/sql_blocks.hpp"

#include "model/fields.hpp"
#include "sql/script.hpp"
#include "sql/tokens.hpp"
#include "support/source_text.hpp"
#include "support/text.hpp"

#include <array>

#include <fmt/format.h>

namespace afloat {
namespace {
constexpr std::array k_phases{Phase::expand, Phase::backfill, Phase::contract, Phase::abort, Phase::revert};

SourcePosition without_line(SourcePosition where) {
  where.source_line.clear();
  return where;
}

WrittenStatement written(std::string sql, const SourcePosition& where, std::string done_when) {
  WrittenStatement result{std::move(sql), where, std::move(done_when)};
  result.statement.where = without_line(where);
  return result;
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
  for (const Record& statement : records(record, "statements")) {
    block.statements.push_back(
        written(text(statement, "sql"), find(statement, "sql")->where, text(statement, "done_when")));
    if (const Field* probe = find(statement, "done_when"))
      block.statements.back().done_when_where = probe->where;
  }
  block.where = find(record, "phase")->where;
  if (const Field* table = find(record, "table")) block.table_where = table->where;
  return block;
}

/// The statements in one text of a TOML file. Their place is that of the text: what TOML's escapes did to it
/// is not known.
void add_statements(SqlBlock& block, const std::string& sql, const std::string& done_when,
                    const SourcePosition& done_when_where, Dialect dialect) {
  try {
    const SourceText source(block.where.file, sql);
    for (const ScriptItem& item : read_script(source, dialect)) {
      if (item.marker)
        throw Error(ErrorCode::invalid_migration, "markers have no meaning in the statements of a TOML file",
                    "Give each phase its own key. Nothing was changed.");
      block.statements.push_back(written(std::string(item.text), block.where, done_when));
      block.statements.back().done_when_where = done_when_where;
    }
  } catch (Error& error) {
    error.where = block.where;
    throw;
  }
}

SqlBlock block_of(const OperationSpec& spec, Phase phase, Dialect dialect) {
  const std::string_view field = name_of(phase);
  SqlBlock block;
  block.phase = phase;
  block.transaction = flag(spec.fields, "transaction", true);
  block.where = where(spec, field);
  for (const std::string& sql : list(spec.fields, field))
    add_statements(block, sql, text(spec.fields, "done_when"), where(spec, "done_when"), dialect);
  return block;
}
} // namespace

std::vector<SqlBlock> sql_blocks(const OperationSpec& spec, Dialect dialect) {
  std::vector<SqlBlock> blocks;
  for (const Record& record : records(spec.fields, "blocks")) blocks.push_back(block_of(record));
  for (const Phase phase : k_phases) {
    SqlBlock block = block_of(spec, phase, dialect);
    if (!block.statements.empty()) blocks.push_back(std::move(block));
  }
  return blocks;
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

std::vector<Statement> statements_of(const std::vector<SqlBlock>& blocks, Phase phase) {
  std::vector<Statement> statements;
  for (const SqlBlock& block : blocks)
    if (block.phase == phase)
      for (const WrittenStatement& written : block.statements) statements.push_back(written.statement);
  return statements;
}

} // namespace afloat
