#include "dialect/sqlite/database.hpp"
#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/pieces.hpp"
#include "dialect/sqlite/replay_parts.hpp"
#include "dialect/sqlite/scan.hpp"
#include "support/text.hpp"

#include <algorithm>

#include <fmt/format.h>

// The statements run in a database in memory that has what they need of the schema, empty; what they change
// there is read back. Statements that only change rows are left out.
namespace afloat::sqlite {
namespace {
struct Change {
  const Statement* statement = nullptr;
  StatementFacts facts;
};

bool changes_schema(const StatementFacts& facts) {
  return facts.what.starts_with("CREATE") || facts.what.starts_with("ALTER")
         || facts.what.starts_with("DROP");
}

/// Pragmas that change what the statements behind them do to the schema.
bool changes_meaning(const StatementFacts& facts) {
  return facts.foreign_keys || same_name(facts.what, "PRAGMA legacy_alter_table");
}

std::string place_of(const Statement& statement) {
  if (statement.where.file.empty()) return "a statement";
  return fmt::format("{}:{}", statement.where.file, statement.where.line);
}

/// The statement as it makes the same table without reading a row: what a SELECT takes for a million rows, or
/// for ever, is no part of the schema. LIMIT 0 ends before anything of the SELECT is worked out, and columns
/// get the names and types that they get without it.
std::string without_rows(const Change& change) {
  const std::string& sql = change.statement->sql;
  if (!change.facts.what.starts_with("CREATE TABLE") || !change.facts.scans) return sql;
  const std::vector<Lexeme> lexemes = scan(sql);
  const auto as = std::ranges::find_if(lexemes, [](const Lexeme& lexeme) { return lexeme.is("as"); });
  auto last = std::prev(lexemes.end());
  if (last->is(";")) --last;
  return fmt::format("{} SELECT * FROM ({}) LIMIT 0", sql.substr(0, as->end),
                     sql.substr(as->end, last->end - as->end));
}

/// An empty database in memory. Opening one takes longer than most statements: a thread keeps one, and what
/// is done to it is rolled back. One of its own is for pragmas, which may have no effect inside a
/// transaction.
class Memory {
 public:
  explicit Memory(bool of_its_own) {
    if (of_its_own) m_own = open_empty();
    if (m_own) return;
    if (!kept()) kept() = open_empty();
    // An edit of the stored schema that stopped half-way has left the right to do so.
    kept()->script("PRAGMA writable_schema = RESET; BEGIN");
  }
  ~Memory() {
    if (m_own) return;
    if (kept()->in_transaction())
      kept()->rollback();
    else
      kept().reset(); // SQLite has ended it at an error, and what came behind is there
  }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  Database& database() const { return m_own ? *m_own : *kept(); }

 private:
  static std::unique_ptr<Database>& kept() {
    thread_local std::unique_ptr<Database> database;
    return database;
  }

  std::unique_ptr<Database> m_own;
};

class Replay {
 public:
  Replay(std::span<const Statement> statements, Schema& schema)
      : m_schema(schema), m_is_empty(statements.empty()) {
    for (const Statement& statement : statements) {
      Change change{&statement, facts(statement.sql)};
      if (!change.facts.refused.empty()) continue;
      if (!change.facts.syntax_error.empty())
        mark({}, fmt::format("{} cannot be read: {}", place_of(statement), change.facts.syntax_error));
      else if (changes_schema(change.facts) || changes_meaning(change.facts))
        m_changes.push_back(std::move(change));
    }
  }

  void run() {
    const bool pending =
        std::ranges::any_of(m_schema.tables, [](const Table& table) { return !table.changes_since.empty(); });
    if (!(m_is_empty && pending)
        && std::ranges::none_of(m_changes, [](const Change& c) { return changes_schema(c.facts); }))
      return;
    std::set<std::string> names, changed;
    for (const Change& change : m_changes) {
      names.merge(names_in(change.statement->sql));
      for (const RelationName& relation : change.facts.relations) changed.insert(lower_case(relation.name));
    }
    const Selection selection = select_for(m_schema, names, changed);
    const Memory memory(
        std::ranges::any_of(m_changes, [](const Change& c) { return changes_meaning(c.facts); }));
    Database& database = memory.database();
    if (!selection.empty()) {
      m_outcome.strangers = materialise(database, m_schema, selection);
      m_outcome.before = objects_in(database);
    }
    for (const Change& change : m_changes) run(database, change);
    take_back(database, selection, m_outcome, m_schema);
  }

 private:
  void run(Database& memory, const Change& change) {
    try {
      memory.script(without_rows(change));
    } catch (const Error& error) {
      if (error.code != ErrorCode::statement) throw;
      return failed(memory, change, error.message);
    }
    if (changes_schema(change.facts)) follow(change);
  }

  void failed(Database& memory, const Change& change, const std::string& message) {
    const bool drops = change.facts.what.starts_with("DROP");
    for (const RelationName& name : change.facts.relations) {
      if (!name.schema.empty()) continue;
      if (drops)
        forget(memory, name.name);
      else
        mark(name, fmt::format("{} ({}) fails in an empty copy of the schema: {}",
                               place_of(*change.statement), change.facts.what, message));
    }
  }

  /// What cannot be dropped because it is not here, or is a stranger of another kind, is gone all the same.
  void forget(Database& memory, const std::string& name) {
    const auto named = [&](const RelationName& other) { return same_name(other.name, name); };
    if (m_outcome.strangers.erase(lower_case(name)) > 0)
      memory.script("DROP TABLE IF EXISTS " + identifier(name));
    if (std::ranges::any_of(objects_in(memory),
                            [&](const auto& object) { return same_name(object.first.second, name); }))
      return;
    std::erase_if(m_schema.known, named);
    std::erase_if(m_schema.unknown, [&](const Unknown& unknown) { return named(unknown.relation); });
  }

  void follow(const Change& change) {
    const std::vector<RelationName>& relations = change.facts.relations;
    if (relations.empty() || !relations.front().schema.empty()) return;
    const std::string name = lower_case(relations.front().name);
    if (change.facts.what.starts_with("DROP TABLE")) {
      m_outcome.origin.erase(name);
      m_outcome.strangers.erase(name);
      std::erase_if(m_schema.unknown, [&](const Unknown& u) { return same_name(u.relation.name, name); });
    } else if (relations.size() == 2) {
      rename(name, lower_case(relations.back().name));
    } else if (change.facts.what.starts_with("CREATE TABLE") && change.facts.scans) {
      const std::set<std::string> read = names_in(change.statement->sql);
      if (std::ranges::any_of(read, [&](const std::string& n) { return m_outcome.strangers.contains(n); }))
        m_outcome.strangers.insert(name);
    }
    for (const RelationName& relation : relations)
      if (m_outcome.strangers.contains(lower_case(relation.name)))
        mark(relation, fmt::format("{} ({}) changes a table whose shape is not known",
                                   place_of(*change.statement), change.facts.what));
  }

  void rename(const std::string& from, const std::string& to) {
    const auto known = m_outcome.origin.find(from);
    m_outcome.origin[to] = known == m_outcome.origin.end() ? from : known->second;
    m_outcome.origin.erase(from);
    if (m_outcome.strangers.erase(from) > 0) m_outcome.strangers.insert(to);
    for (Unknown& unknown : m_schema.unknown)
      if (same_name(unknown.relation.name, from)) unknown.relation.name = to;
  }

  /// The first reason is the one to look at.
  void mark(const RelationName& relation, std::string why) {
    const auto same = [&](const Unknown& unknown) { return same_name(unknown.relation.name, relation.name); };
    if (std::ranges::none_of(m_schema.unknown, same)) m_schema.unknown.push_back({relation, std::move(why)});
  }

  Schema& m_schema;
  bool m_is_empty; ///< asked only to bring tables up to date
  std::vector<Change> m_changes;
  Outcome m_outcome;
};
} // namespace

std::unique_ptr<Database> open_empty() {
  ConnectOptions options;
  options.url = "sqlite::memory:";
  return open_sqlite(options);
}

void replay(std::span<const Statement> statements, Schema& schema) {
  Replay(statements, schema).run();
}

} // namespace afloat::sqlite
