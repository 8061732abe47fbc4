#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/facts.hpp"
#include "dialect/sqlite/pieces.hpp"
#include "support/memo.hpp"
#include "support/text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat::sqlite {
namespace {
/// A relation that the statement makes, changes or removes, with the lock for it. What is temporary is in no
/// one's way.
void changes(StatementFacts& facts, RelationName relation) {
  if (relation.name.empty()) return;
  if (relation.schema.empty()) facts.locks.push_back({relation, LockLevel::database});
  facts.relations.push_back(std::move(relation));
}

void title(StatementFacts& facts, std::string_view verb, const RelationName& name) {
  facts.what = name.name.empty() ? std::string(verb) : fmt::format("{} {}", verb, display(name));
}

RelationName made(StatementReader& reader, bool temporary) {
  reader.take({"if", "not", "exists"});
  RelationName name = reader.relation();
  if (temporary) name.schema = "temp";
  return name;
}

/// What is temporary goes with its step: in front of a table of the same name, it would take the statements
/// of later steps, and a run that goes on after a kill would not have it.
void goes_with_step(StatementFacts& facts, std::string_view kind, const RelationName& name) {
  if (lower_case(name.schema) != "temp") return;
  facts.until_commit = true;
  facts.ended_by = fmt::format("DROP {} IF EXISTS temp.{}", kind, identifier(name.name));
}

void read_create_table(StatementReader& reader, StatementFacts& facts, bool temporary) {
  const RelationName name = made(reader, temporary);
  title(facts, "CREATE TABLE", name);
  goes_with_step(facts, "TABLE", name);
  facts.scans = reader.sees("as"); // what the SELECT reads
  changes(facts, name);
}

void read_create_index(StatementReader& reader, StatementFacts& facts) {
  const RelationName index = made(reader, false);
  reader.take({"on"});
  const RelationName table{index.schema, reader.name()};
  facts.what =
      index.name.empty() ? "CREATE INDEX" : fmt::format("CREATE INDEX {} ON {}", index.name, display(table));
  facts.scans = true;
  changes(facts, table);
}

void read_create_trigger(StatementReader& reader, StatementFacts& facts, bool temporary) {
  const RelationName trigger = made(reader, temporary);
  goes_with_step(facts, "TRIGGER", trigger);
  reader.find({"on"});
  reader.skip();
  RelationName table{reader.relation()};
  facts.what = fmt::format("CREATE TRIGGER {} ON {}", trigger.name, display(table));
  if (!temporary) changes(facts, std::move(table));
}

void read_create(StatementReader& reader, StatementFacts& facts) {
  const bool temporary = reader.take_any({"temp", "temporary"});
  reader.take_any({"unique", "virtual"});
  facts.what = "CREATE";
  if (reader.take({"table"})) return read_create_table(reader, facts, temporary);
  if (reader.take({"index"})) return read_create_index(reader, facts);
  if (reader.take({"trigger"})) return read_create_trigger(reader, facts, temporary);
  if (!reader.take({"view"})) return;
  const RelationName view = made(reader, temporary);
  title(facts, "CREATE VIEW", view);
  goes_with_step(facts, "VIEW", view);
  changes(facts, view);
}

/// The table behind an index or a trigger is not in the statement: their own names stand for it.
void read_drop(StatementReader& reader, StatementFacts& facts) {
  const std::string kind(reader.peek().text);
  facts.scans = reader.sees("table");                   // each of its pages is set free
  if (reader.sees("table")) facts.foreign_keys = false; // else it deletes the rows that refer to its own
  reader.skip();
  reader.take({"if", "exists"});
  const RelationName name = reader.relation();
  std::string verb = "DROP " + kind;
  std::ranges::transform(verb, verb.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? char(c - 'a' + 'A') : c; });
  title(facts, verb, name);
  changes(facts, name);
}

/// Only these make SQLite look at the rows that are there: a plain default is put in while rows are read.
bool new_column_is_checked(StatementReader reader) {
  return reader.find({"check", "generated", "as"});
}

void read_alter(StatementReader& reader, StatementFacts& facts) {
  reader.take({"table"});
  const RelationName table = reader.relation();
  title(facts, "ALTER TABLE", table);
  changes(facts, table);
  if (reader.take({"rename", "to"})) return changes(facts, {table.schema, reader.name()});
  if (reader.take({"add"})) facts.scans = new_column_is_checked(reader);
  if (reader.take({"drop"})) facts.scans = facts.rewrites = true;
}

void read_insert(StatementReader& reader, StatementFacts& facts) {
  if (reader.take({"or"})) reader.skip();
  reader.take({"into"});
  const RelationName table = reader.relation();
  title(facts, "INSERT INTO", table);
  changes(facts, table);
  reader.find({"select", "values", "default", "with"});
  facts.scans = reader.sees("select") || reader.sees("with");
}

/// Whether a WHERE finds its rows by a key cannot be told without the schema: then they are all looked at.
void read_changed_rows(StatementReader& reader, StatementFacts& facts, std::string_view verb) {
  const RelationName table = reader.relation();
  title(facts, verb, table);
  changes(facts, table);
  facts.scans = true;
  facts.rewrites = !reader.find({"where"});
}

void read_update(StatementReader& reader, StatementFacts& facts) {
  if (reader.take({"or"})) reader.skip();
  read_changed_rows(reader, facts, "UPDATE");
}

void read_delete(StatementReader& reader, StatementFacts& facts) {
  reader.take({"from"});
  read_changed_rows(reader, facts, "DELETE FROM");
}

void read_select(StatementReader&, StatementFacts& facts) {
  facts.what = "SELECT";
}

void read_explain(StatementReader&, StatementFacts& facts) {
  facts.what = "EXPLAIN";
}

void read_vacuum(StatementReader& reader, StatementFacts& facts) {
  facts.what = "VACUUM";
  facts.outside = facts.scans = true;
  const bool into = reader.find({"into"});
  facts.repeatable = facts.rewrites = !into; // INTO a file that is there fails
  if (!into) facts.locks = {whole_file()};
}

void read_whole_tables(StatementReader& reader, StatementFacts& facts, std::string_view verb) {
  const RelationName name = reader.relation();
  title(facts, verb, name);
  facts.locks = {name.name.empty() ? whole_file() : TableLock{name, LockLevel::database}};
  facts.scans = true;
}

void read_analyze(StatementReader& reader, StatementFacts& facts) {
  read_whole_tables(reader, facts, "ANALYZE");
}

void read_reindex(StatementReader& reader, StatementFacts& facts) {
  read_whole_tables(reader, facts, "REINDEX");
}

void refuse_transaction(StatementReader&, StatementFacts& facts) {
  facts.refused = fmt::format("{} controls transactions, and that is afloat's part", facts.what);
  facts.hint = "Leave it out: each phase is one transaction already.";
}

void refuse_attach(StatementReader&, StatementFacts& facts) {
  facts.refused = fmt::format("{} would change what afloat's own connection works on", facts.what);
  facts.hint = "Leave it out: a migration changes one database, whose URL afloat is given.";
}

void read_with(StatementReader& reader, StatementFacts& facts);

struct VerbRow {
  std::string_view word;
  std::string_view what; ///< until the reader says more
  void (*read)(StatementReader&, StatementFacts&);
};

constexpr VerbRow k_verbs[] = {
    {"alter", "ALTER TABLE", read_alter},
    {"analyze", "ANALYZE", read_analyze},
    {"attach", "ATTACH", refuse_attach},
    {"begin", "BEGIN", refuse_transaction},
    {"commit", "COMMIT", refuse_transaction},
    {"create", "CREATE", read_create},
    {"delete", "DELETE", read_delete},
    {"detach", "DETACH", refuse_attach},
    {"drop", "DROP", read_drop},
    {"end", "END", refuse_transaction},
    {"explain", "EXPLAIN", read_explain},
    {"insert", "INSERT", read_insert},
    {"pragma", "PRAGMA", read_pragma},
    {"reindex", "REINDEX", read_reindex},
    {"release", "RELEASE", refuse_transaction},
    {"replace", "REPLACE", read_insert},
    {"rollback", "ROLLBACK", refuse_transaction},
    {"savepoint", "SAVEPOINT", refuse_transaction},
    {"select", "SELECT", read_select},
    {"update", "UPDATE", read_update},
    {"vacuum", "VACUUM", read_vacuum},
    {"values", "SELECT", read_select},
    {"with", "WITH", read_with},
};

void read_verb(StatementReader& reader, StatementFacts& facts) {
  const auto row = std::ranges::find_if(k_verbs, [&](const VerbRow& v) { return reader.sees(v.word); });
  if (row == std::end(k_verbs)) return;
  reader.skip();
  facts.what = row->what;
  row->read(reader, facts);
}

void read_with(StatementReader& reader, StatementFacts& facts) {
  if (reader.find({"select", "values", "insert", "replace", "update", "delete"})) read_verb(reader, facts);
}

/// `?1`, `:name`, `@name`, `$name`: SQLite would take NULL for them.
void refuse_parameters(std::string_view statement, StatementFacts& facts) {
  for (const Lexeme& lexeme : scan(statement)) {
    if (lexeme.kind != Lexeme::Kind::symbol
        || std::string_view("?:@$").find(lexeme.text) == std::string_view::npos)
      continue;
    facts.refused = fmt::format(
        "\"{}\" stands for a parameter, which nobody gives a value",
        statement.substr(lexeme.begin, statement.find_first_of(" \t\r\n,);", lexeme.begin) - lexeme.begin));
    facts.hint = "Write the value itself.";
    facts.offset = lexeme.begin;
    return;
  }
}

StatementFacts read_facts(std::string_view statement) {
  StatementFacts facts;
  StatementReader reader(statement);
  read_verb(reader, facts);
  if (facts.refused.empty()) check_syntax(statement, facts);
  if (facts.refused.empty() && facts.syntax_error.empty()) refuse_parameters(statement, facts);
  return facts;
}
} // namespace

StatementFacts facts(std::string_view statement) {
  return remembered<read_facts>(statement);
}

} // namespace afloat::sqlite
