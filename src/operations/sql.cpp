#include "operations/common.hpp"
#include "operations/rows.hpp"
#include "operations/sql_blocks.hpp"
#include "operations/unreadable.hpp"
#include "sql/tokens.hpp"
#include "support/source_text.hpp"
#include "support/text.hpp"

#include <algorithm>

#include <fmt/format.h>

// The author's own statements: a whole SQL file, or an operation of a TOML file. Each block is one short
// transaction; a statement that cannot be in one is a step of its own, and needs a probe so that a later run
// knows whether it took effect.
namespace afloat {
namespace {
/// A statement with what it is.
struct Judged {
  WrittenStatement written;
  StatementFacts facts;
};

std::vector<Token> solid(const std::string& sql) {
  std::vector<Token> tokens = tokenize(sql);
  std::erase_if(tokens, [](const Token& token) { return token.kind == TokenKind::space; });
  return tokens;
}

/// "migration 0003: …" at a place in a statement.
Error invalid_sql(const OperationContext& context, SourcePosition where, std::string_view message,
                  std::string_view hint) {
  return Error(ErrorCode::invalid_migration, fmt::format("migration {}: {}", context.label, message),
               fmt::format("{}{}Nothing was changed.", hint, hint.empty() ? "" : " "))
      .at(std::move(where));
}

bool is_from_file(const OperationSpec& spec) {
  return find(spec.fields, "blocks") != nullptr;
}

void check_probe(const OperationContext& context, const WrittenStatement& written) {
  const StatementFacts facts = context.sql.facts(written.done_when);
  if (!facts.syntax_error.empty() || !facts.what.starts_with("SELECT"))
    throw invalid_sql(context, written.done_when_where.file.empty() ? written.where : written.done_when_where,
                      facts.syntax_error.empty() ? "done-when is not a query"
                                                 : "done-when: " + facts.syntax_error,
                      "It is a SELECT whose one value is true once the statement took effect.");
}

/// The first of afloat's own objects that the statement names, as it is written there: the ledger, a trigger
/// of a window, on PostgreSQL the schema. Empty for a query, and for rights.
std::string own_object_in(const std::string& sql, const StatementFacts& facts, Dialect dialect) {
  const std::vector<Token> tokens = solid(sql);
  for (const std::string_view harmless : {"SELECT", "EXPLAIN", "GRANT", "REVOKE"})
    if (facts.what.starts_with(harmless)) return {};
  const bool on_schema = tokens.size() > 1 && tokens[1].is("schema");
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].kind != TokenKind::word && tokens[i].kind != TokenKind::quoted_word) continue;
    const std::string name = dialect == Dialect::sqlite ? lower_case(tokens[i].name()) : tokens[i].name();
    const bool qualifies = i + 1 < tokens.size() && tokens[i + 1].text == ".";
    const bool is_schema = name == "afloat" && dialect == Dialect::postgres
                           && (on_schema || qualifies || (i > 0 && tokens[i - 1].is("schema")));
    if (is_schema || is_own_name(name)) return std::string(tokens[i].text);
  }
  return {};
}

Judged judged(const OperationSpec& spec, const OperationContext& context, const SqlBlock& block,
              WrittenStatement written) {
  // A backfill is judged with a condition in the place of {batch}, which no parser knows.
  const std::string& sql = written.statement.sql;
  StatementFacts facts = context.sql.facts(block.phase == Phase::backfill ? with_condition(sql, "1=1") : sql);
  SourcePosition where = is_from_file(spec) ? place_inside(written.where, sql, facts.offset) : written.where;
  if (facts.secret) where.source_line.clear();
  if (!facts.refused.empty()) throw invalid_sql(context, where, facts.refused, facts.hint);
  if (const std::string own = own_object_in(sql, facts, context.sql.dialect()); !own.empty())
    throw invalid_sql(context, where, fmt::format("{} belongs to afloat itself", own),
                      "What afloat keeps for its windows and its ledger goes by its own commands.");
  if (facts.until_commit && !block.transaction)
    throw invalid_sql(
        context, where,
        fmt::format("{} ends with its transaction, and here each statement has its own", facts.what),
        "Put it with the statements that it is meant for into a block without no-transaction.");
  if (!facts.syntax_error.empty() && !context.newer_syntax)
    throw invalid_sql(
        context, where, facts.syntax_error,
        !facts.hint.empty() ? facts.hint
        : context.sql.dialect() == Dialect::postgres
            ? "If it is right, and only newer than the parser that afloat has, set `newer_syntax = "
              "true` under [project]."
            : "It is SQLite that cannot read this: look at the word under the caret and the one before it.");
  if (!written.done_when.empty() && !context.newer_syntax) check_probe(context, written);
  return {std::move(written), std::move(facts)};
}

std::string title_of(const std::vector<Judged>& statements) {
  std::vector<std::string> whats;
  for (const Judged& statement : statements) whats.push_back(statement.facts.what);
  constexpr std::size_t k_named = 2;
  const std::size_t more = whats.size() > k_named + 1 ? whats.size() - k_named : 0;
  if (more > 0) whats.resize(k_named);
  return join(whats, ", ") + (more > 0 ? fmt::format(" and {} more", more) : "");
}

/// In words, for the plan.
std::string undo_text(Phase phase, const std::vector<SqlBlock>& blocks) {
  const auto has = [&](Phase wanted) { return std::ranges::count(blocks, wanted, &SqlBlock::phase) > 0; };
  if (phase <= Phase::contract && has(phase == Phase::contract ? Phase::revert : Phase::abort))
    return sql_undo_text(phase);
  switch (phase) {
  case Phase::expand:
    return "afloat cannot undo this: there are no abort statements";
  case Phase::backfill:
    return "afloat cannot undo this; filled values stay";
  case Phase::contract:
    return "not by afloat: there are no revert statements";
  default:
    return {};
  }
}

Step blank_step(Phase phase, const std::vector<Judged>& statements) {
  Step step;
  step.phase = phase;
  step.title = title_of(statements);
  for (const Judged& statement : statements) {
    step.statements.push_back(statement.written.statement);
    step.rewrites = step.rewrites || statement.facts.rewrites;
    step.scans = step.scans || statement.facts.scans;
    step.foreign_keys_off = step.foreign_keys_off || statement.facts.foreign_keys == false;
  }
  step.swap = phase == Phase::contract;
  return step;
}

/// The ledger's note is in the same transaction, and may be written by afloat's own role only.
void add_ends(Step& step, const std::vector<Judged>& statements) {
  for (const Judged& statement : statements)
    if (const std::string& end = statement.facts.ended_by; !end.empty())
      if (std::ranges::count(step.statements, end, &Statement::sql) == 0) step.statements.emplace_back(end);
}

void add_locks(Step& step, const std::vector<Judged>& statements, const Schema& before) {
  for (const Judged& statement : statements)
    for (TableLock lock : statement.facts.locks) {
      lock.relation = before.resolved(lock.relation);
      const auto same = std::ranges::find(step.locks, lock.relation, &TableLock::relation);
      if (same == step.locks.end())
        step.locks.push_back(std::move(lock));
      else
        same->level = std::max(same->level, lock.level);
    }
}

Step outside_step(const OperationContext& context, Phase phase, const Judged& statement) {
  Step step = blank_step(phase, {statement});
  step.kind = StepKind::outside;
  const std::string& probe = statement.written.done_when;
  step.done_when = probe.empty() ? statement.facts.done_when
                                 : fmt::format("SELECT CASE WHEN ({}) THEN 'done' ELSE 'absent' END", probe);
  step.cleanup = probe.empty() ? statement.facts.cleanup : std::vector<Statement>();
  // On the way back, what a step forward never came to do is as good as undone.
  step.may_be_done = statement.facts.repeatable || !probe.empty() || phase >= Phase::abort;
  if (step.done_when.empty() && !statement.facts.repeatable)
    throw invalid_sql(
        context, statement.written.where,
        fmt::format(
            "{} runs outside a transaction, and a run that was killed could not know whether it took effect",
            statement.facts.what),
        "Put `-- afloat:done-when SELECT …` above it (in TOML: `done_when`): a query whose one value is true "
        "once "
        "it did.");
  return step;
}

/// What lasts until COMMIT, and stands before a statement that no transaction can have.
void refuse_without_use(const OperationContext& context, const std::vector<Judged>& together,
                        const Judged& outside) {
  const auto lasts = [](const Judged& statement) { return statement.facts.until_commit; };
  if (together.empty() || !std::ranges::all_of(together, lasts)) return;
  throw invalid_sql(context, together.front().written.where,
                    fmt::format("{} ends with its transaction, and {} behind it runs outside of one",
                                together.front().facts.what, outside.facts.what),
                    "Leave it out. A setting can be one of the role for as long: ALTER ROLE … SET …");
}

std::vector<Step> block_steps(const OperationContext& context, const SqlBlock& block,
                              const std::vector<Judged>& statements) {
  std::vector<Step> steps;
  std::vector<Judged> together;
  const auto flush = [&] {
    if (together.empty()) return;
    steps.push_back(blank_step(block.phase, together));
    add_ends(steps.back(), together);
    add_locks(steps.back(), together, context.before);
    together.clear();
  };
  for (const Judged& statement : statements) {
    const bool outside = statement.facts.outside || !statement.written.done_when.empty();
    if (outside) refuse_without_use(context, together, statement);
    if (outside || !block.transaction) flush();
    if (outside) {
      steps.push_back(outside_step(context, block.phase, statement));
      add_locks(steps.back(), {statement}, context.before);
    } else {
      together.push_back(statement);
    }
  }
  flush();
  return steps;
}

bool is_name(const Token& token) {
  return token.kind == TokenKind::word || token.kind == TokenKind::quoted_word;
}

/// The columns that an UPDATE assigns.
std::vector<std::string> assigned(const std::vector<Token>& tokens) {
  std::vector<std::string> columns;
  bool assigns = false;
  for (std::size_t i = 1; i + 1 < tokens.size(); ++i) {
    if (tokens[i - 1].is("set")) assigns = true;
    if (tokens[i].is("where") || tokens[i].is("from")) assigns = false;
    const bool target =
        assigns && is_name(tokens[i])
        && (tokens[i + 1].text == "=" || tokens[i + 1].text == "," || tokens[i + 1].text == ")")
        && (tokens[i - 1].is("set") || tokens[i - 1].text == "," || tokens[i - 1].text == "(");
    if (target) columns.push_back(tokens[i].name());
  }
  return columns;
}

/// An UPDATE whose condition looks at none of the columns that it assigns: it holds for a row that is done as
/// it did before.
bool meets_done_rows(const std::string& sql) {
  const std::vector<Token> tokens = solid(sql);
  if (tokens.empty() || !tokens.front().is("update")) return false;
  const std::vector<std::string> columns = assigned(tokens);
  const auto where = std::ranges::find_if(tokens, [](const Token& token) { return token.is("where"); });
  return std::none_of(where, tokens.end(), [&](const Token& token) {
    return is_name(token) && std::ranges::count(columns, token.name()) > 0;
  });
}

/// Where rows are walked by their place, an UPDATE moves them to where a later batch meets them again.
void refuse_endless(const OperationContext& context, const Judged& statement, const KeyRanges& ranges,
                    const Table& table) {
  if (ranges.condition.find("ctid") == std::string::npos) return;
  if (!meets_done_rows(statement.written.statement.sql)) return;
  throw invalid_sql(context, statement.written.where,
                    fmt::format("{} has no key, so that the backfill would change rows more than once",
                                display(table.name)),
                    "A row that is updated gets another place, and a later batch meets it there. Add what "
                    "leaves out the rows that are done, such as `WHERE phone IS NULL AND {batch}`, or give "
                    "the table a primary key.");
}

/// A row whose key grows would be met again by a later batch, without end.
void refuse_changed_key(const OperationContext& context, const Judged& statement, const Table& table) {
  for (const std::string& column : assigned(solid(statement.written.statement.sql)))
    if (std::ranges::count(table.primary_key, column) > 0)
      throw invalid_sql(
          context, statement.written.where,
          fmt::format("the backfill changes {}, the key that it walks by", column),
          "A row with another key would be met again by a later batch. Change keys in an expand "
          "block, in one statement.");
}

/// What the statement calls its table: UPDATE users AS u SET …
std::string alias_in(const std::string& sql, const Table& table) {
  const std::vector<Token> tokens = solid(sql);
  std::size_t i = 1;
  if (tokens.empty() || !(tokens[0].is("update") || tokens[0].is("delete"))) return {};
  while (i < tokens.size() && (tokens[i].is("from") || tokens[i].is("only"))) ++i;
  while (i + 2 < tokens.size() && is_name(tokens[i]) && tokens[i + 1].text == ".") i += 2;
  if (i + 1 >= tokens.size() || !is_name(tokens[i]) || tokens[i].name() != table.name.name) return {};
  ++i;
  if (tokens[i].is("as") && i + 1 < tokens.size()) ++i;
  for (const std::string_view word : {"set", "where", "using", "indexed", "not", "from", "returning"})
    if (tokens[i].is(word)) return {};
  return is_name(tokens[i]) ? tokens[i].name() : std::string();
}

Step backfill_step(const OperationSpec& spec, const OperationContext& context, const SqlBlock& block,
                   const Judged& statement) {
  const RelationName wanted = parse_relation(block.table);
  const Table& table = known_table(spec, context, wanted, block.table_where);
  const std::string& sql = statement.written.statement.sql;
  for (const std::string_view word : {"{after}", "{upto}", "{limit}"})
    if (sql.find(word) != std::string::npos)
      throw invalid_sql(context, statement.written.where,
                        fmt::format("\"{}\" cannot stand in a backfill", word),
                        "afloat uses it itself; write it in another way, such as '{' || 'limit}'.");
  std::string alias = block.alias.empty() ? alias_in(sql, table) : block.alias;
  KeyRanges ranges = context.sql.key_ranges(table, alias.empty() ? table.name.name : alias);
  refuse_changed_key(context, statement, table);
  refuse_endless(context, statement, ranges, table);
  Step step = range_step(Phase::backfill, StepKind::backfill,
                         fmt::format("{} in batches over {}", statement.facts.what, display(table.name)),
                         std::move(ranges.work), table);
  step.work->in_range = with_condition(sql, ranges.condition);
  step.work->in_range_from_start = with_condition(sql, ranges.condition_from_start);
  step.work->rows_per_batch = block.batch;
  step.work->written = statement.written.statement;
  return step;
}

/// Columns and tables that two schemas do not have in common: "public.users.phone", "public.notes.*".
void add_differences(const Schema& before, const Schema& after, std::vector<std::string>& touches) {
  const auto add = [&](std::string touch) {
    if (std::ranges::count(touches, touch) == 0) touches.push_back(std::move(touch));
  };
  const auto one_way = [&](const Schema& some, const Schema& others) {
    for (const Table& table : some.tables) {
      const Table* other = others.find(table.name);
      if (!other) add(display(table.name) + ".*");
      for (const Column& column : other ? table.columns : std::vector<Column>())
        if (const Column* now = other->find_column(column.name); !now || *now != column)
          add(touched(table, column.name));
    }
  };
  one_way(before, after);
  one_way(after, before);
}

std::vector<Statement> statements_of(const std::vector<SqlBlock>& blocks, Phase phase) {
  std::vector<Statement> statements;
  for (const SqlBlock& block : blocks)
    if (block.phase == phase)
      for (const WrittenStatement& written : block.statements) statements.push_back(written.statement);
  return statements;
}

/// DROP TABLE, or ALTER TABLE … RENAME TO: its triggers go or are another table's, whatever bears the name
/// afterwards.
bool replaces_tables(const std::string& sql) {
  const std::vector<Token> tokens = solid(sql);
  if (tokens.size() < 3 || !tokens[1].is("table")) return false;
  if (tokens[0].is("drop")) return true;
  for (std::size_t i = 2; tokens[0].is("alter") && i + 1 < tokens.size(); ++i)
    if (tokens[i].is("rename") && tokens[i + 1].is("to")) return true;
  return false;
}

/// The tables of such statements, whole.
void add_replaced(const OperationContext& context, const std::vector<Statement>& statements,
                  std::vector<std::string>& touches) {
  for (const Statement& statement : statements) {
    if (!replaces_tables(statement.sql)) continue;
    for (const RelationName& name : context.sql.facts(statement.sql).relations) {
      const RelationName wanted = context.before.resolved(name);
      const auto same = [&](const Table& table) {
        return table.name.schema == wanted.schema
               && (table.name.name == wanted.name
                   || (context.sql.dialect() == Dialect::sqlite
                       && lower_case(table.name.name) == lower_case(wanted.name)));
      };
      const auto found = std::ranges::find_if(context.before.tables, same);
      std::string touch = display(found == context.before.tables.end() ? wanted : found->name) + ".*";
      if (std::ranges::count(touches, touch) == 0) touches.push_back(std::move(touch));
    }
  }
}

std::vector<std::string> touches_of(const OperationContext& context, const std::vector<SqlBlock>& blocks,
                                    const std::vector<RelationName>& named) {
  std::vector<std::string> touches;
  // What becomes of the columns of a table that was not looked at is not known.
  for (const RelationName& name : named)
    if (!context.before.find(name)) touches.push_back(display(context.before.resolved(name)) + ".*");
  Schema now = context.before;
  for (const Phase phase : {Phase::expand, Phase::contract}) {
    const Schema previous = now;
    context.sql.replay(statements_of(blocks, phase), now);
    add_differences(previous, now, touches);
    add_replaced(context, statements_of(blocks, phase), touches);
  }
  return touches;
}

void add_steps(OperationPlan& plan, std::vector<Step> steps, const std::vector<SqlBlock>& blocks) {
  for (Step& step : steps) {
    step.undo = undo_text(step.phase, blocks);
    plan.steps.push_back(std::move(step));
  }
}

OperationPlan plan(const OperationSpec& spec, const OperationContext& context) {
  const std::vector<SqlBlock> blocks = sql_blocks(spec, context.sql.dialect());
  OperationPlan plan;
  std::vector<RelationName> named;
  for (const SqlBlock& block : blocks) {
    std::vector<Judged> statements;
    for (const WrittenStatement& written : block.statements) {
      statements.push_back(judged(spec, context, block, written));
      for (const RelationName& name : statements.back().facts.relations)
        if (block.phase <= Phase::contract && std::ranges::count(named, name) == 0) named.push_back(name);
      if (const std::string& error = statements.back().facts.syntax_error; !error.empty())
        plan.notes.push_back(passed_on(written.where, error));
    }
    if (block.phase == Phase::backfill)
      add_steps(plan, {backfill_step(spec, context, block, statements.front())}, blocks);
    else
      add_steps(plan, block_steps(context, block, statements), blocks);
  }
  if (std::ranges::none_of(plan.steps, [](const Step& step) { return step.phase <= Phase::contract; }))
    throw invalid(spec, context, "expand", "there are no statements for expand, backfill or contract",
                  "Give `expand`, `contract` or both. Nothing was changed.");
  const auto has = [&](Phase phase) { return std::ranges::count(blocks, phase, &SqlBlock::phase) > 0; };
  if (has(Phase::contract) && !has(Phase::revert))
    plan.no_revert.push_back(sql_without_revert(context.number));
  plan.touches = touches_of(context, blocks, named);
  plan.notes.emplace_back(
      "These statements are yours: afloat does not know whether the old release survives them.");
  return plan;
}

void apply(const OperationSpec& spec, const OperationContext& context, Schema& schema, Shape shape) {
  const std::vector<SqlBlock> blocks = sql_blocks(spec, schema.dialect);
  context.sql.replay(statements_of(blocks, Phase::expand), schema);
  if (shape == Shape::complete) context.sql.replay(statements_of(blocks, Phase::contract), schema);
}

/// What is walked in batches; and, where there is a window, all that is named: it decides which windows may
/// be open at once.
std::vector<RelationName> tables(const OperationSpec& spec, const SqlWriter& sql) {
  std::vector<RelationName> names;
  const std::vector<SqlBlock> blocks = sql_blocks(spec, sql.dialect());
  const bool window = std::ranges::count(blocks, Phase::contract, &SqlBlock::phase) > 0;
  for (const SqlBlock& block : blocks) {
    if (!block.table.empty()) names.push_back(parse_relation(block.table));
    for (const WrittenStatement& written : window ? block.statements : std::vector<WrittenStatement>())
      for (RelationName& name : sql.facts(written.statement.sql).relations) names.push_back(std::move(name));
  }
  return names;
}

/// All that the statements name.
std::vector<RelationName> mentions(const OperationSpec& spec, const SqlWriter& sql) {
  std::vector<RelationName> names;
  for (const SqlBlock& block : sql_blocks(spec, sql.dialect()))
    for (const WrittenStatement& written : block.statements)
      for (RelationName& name : sql.facts(written.statement.sql).relations) names.push_back(std::move(name));
  return names;
}

} // namespace

std::string sql_undo_text(Phase phase) {
  return phase == Phase::contract
             ? "`afloat revert` runs the revert statements; abort is over once this is done"
             : "`afloat abort` runs the abort statements";
}

std::string sql_without_revert(int number) {
  return fmt::format("Operation {} is in SQL and has no revert statements.", number);
}

std::vector<Step> sql_way_back(const OperationSpec& spec, const OperationContext& context, Phase phase) {
  std::vector<Step> steps;
  for (const SqlBlock& block : sql_blocks(spec, context.sql.dialect())) {
    if (block.phase != phase) continue;
    std::vector<Judged> statements;
    for (const WrittenStatement& written : block.statements)
      statements.push_back(judged(spec, context, block, written));
    std::ranges::move(block_steps(context, block, statements), std::back_inserter(steps));
  }
  return steps;
}

namespace {
constexpr FieldRow k_fields[] = {
    {"expand", FieldType::text_or_list, false, "Statements of the expand phase"},
    {"contract", FieldType::text_or_list, false, "Statements of the contract phase"},
    {"abort", FieldType::text_or_list, false, "Statements that undo `expand`"},
    {"revert", FieldType::text_or_list, false, "Statements that undo `contract`"},
    {"transaction", FieldType::flag, false, "false: each statement is a step of its own"},
    {"done_when", FieldType::text, false,
     "With `transaction = false`: a query that is true once the statement took effect"},
};
} // namespace

const OperationRow k_sql{"sql",   "Your own statements for each phase", k_fields, tables, plan, apply, false,
                         mentions};

} // namespace afloat
