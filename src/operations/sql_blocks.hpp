#pragma once

#include "operations/operation.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace afloat {

/// A statement that a person wrote, and the query that tells whether it took effect (outside a transaction).
struct WrittenStatement {
  Statement statement;
  SourcePosition where; ///< of the statement, with the line's text
  std::string done_when;
  SourcePosition done_when_where = {};
};

/// Statements of one phase: one transaction, or each a step of its own. It looks into the operation that it
/// was made from, and must not outlive it.
struct SqlBlock {
  Phase phase = Phase::expand;
  bool transaction = true;
  std::string table, alias; ///< backfill: what is walked, and how the statement calls it
  std::optional<std::int64_t> batch;
  SourcePosition where, table_where;
  /// As the file has them, see written(): there may be a hundred thousand, of which none is held twice.
  std::shared_ptr<const std::vector<Record>> statements;
};
WrittenStatement written(const Record& statement);

/// The blocks of an operation of type "sql": of a SQL file, or of a TOML operation's texts. Error
/// invalid_migration at the statement for text that cannot be split.
std::vector<SqlBlock> sql_blocks(const OperationSpec& spec, Dialect dialect);

/// The statements of a phase that SqlWriter::replay may look at. On SQLite those that only change rows are
/// left out as far as they are told by their first word: most of a long file are such.
std::vector<Statement> statements_of(const std::vector<SqlBlock>& blocks, Phase phase, Dialect dialect);

/// The statement with {batch} replaced by a condition.
std::string with_condition(std::string_view sql, std::string_view condition);

// In sql.cpp.
/// Throws Error invalid_migration for a statement that cannot stand in a migration, whatever the schema is.
void check_statements(const OperationSpec& spec, const OperationContext& context);
/// The steps of the operation's abort or revert statements alone, without ids. Error invalid_migration for a
/// statement that cannot stand in a migration.
std::vector<Step> sql_way_back(const OperationSpec& spec, const OperationContext& context, Phase phase);
/// Step::undo of a step of expand, backfill or contract whose way back is written.
std::string sql_undo_text(Phase phase);
/// The sentence of Plan::no_revert.
std::string sql_without_revert(int number);

} // namespace afloat
