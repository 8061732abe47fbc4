#include "support/writer.hpp"

#include "dialect/postgres/database.hpp"
#include "support/postgres_server.hpp"
#include "support/psql.hpp"
#include "support/wait.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace afloat::test {
namespace {
std::string literal(const Cell& value) {
  if (!value) return "NULL";
  std::string text = "'";
  for (const char c : *value) text += c == '\'' ? std::string("''") : std::string(1, c);
  return text + "'";
}

long now() {
  return static_cast<long>(std::chrono::steady_clock::now().time_since_epoch().count());
}

std::string list(const std::vector<int>& keys) {
  return fmt::format("{}", fmt::join(keys, ","));
}
} // namespace

int first_own_key(int writer) {
  return 100 * (writer + 1);
}

Writer::Writer(const WriterCase& one, Setting setting)
    : m_case(one), m_setting(std::move(setting)), m_random(m_setting.seed * 7919U + 17U) {
  m_state.present = m_setting.present;
  m_database = m_setting.dialect == Dialect::sqlite
                   ? open_database({m_setting.url, m_setting.url})
                   : open_postgres({m_setting.url, m_setting.url}, SessionOf::application);
  if (m_setting.dialect == Dialect::sqlite) m_database->query("PRAGMA busy_timeout = 30000");
}

Writer::~Writer() {
  stop();
}

int Writer::below(int limit) {
  m_random = m_random * 6364136223846793005ULL + 1442695040888963407ULL;
  return static_cast<int>((m_random >> 33U) % static_cast<std::uint64_t>(limit));
}

void Writer::start() {
  m_thread = std::jthread([this](const std::stop_token& stop) { work(stop); });
}

void Writer::stop() {
  m_thread.request_stop();
  if (m_thread.joinable()) m_thread.join();
}

void Writer::write_more(int count) {
  const int goal = m_done + count;
  wait_until(
      fmt::format("{} transactions by writer {}", count, m_setting.number),
      [&] { return m_failed || m_done >= goal; }, std::chrono::seconds(600));
}

void Writer::work(const std::stop_token& stop) {
  while (!stop.stop_requested() && !m_failed) {
    transaction();
    ++m_done;
    // A writer without any pause keeps SQLite's one write lock from everybody else.
    if (m_setting.dialect == Dialect::sqlite) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

std::vector<int> Writer::some_of(const std::set<int>& keys) {
  const std::vector<int> all(keys.begin(), keys.end());
  std::vector<int> some;
  for (int tries = 1 + below(3); tries > 0 && !all.empty(); --tries) {
    const int key = all[static_cast<std::size_t>(below(static_cast<int>(all.size())))];
    if (std::ranges::find(some, key) == some.end()) some.push_back(key);
  }
  return some;
}

/// For some of the columns of a side, at least one; of a side in a table of its own, for all.
Writer::Values Writer::some_values(State& state, bool by_new, bool is_shared) {
  const std::vector<Cells>& choices = side(by_new).values;
  Values values(choices.size());
  const auto one_of = [&](const Cells& cells) {
    return cells[static_cast<std::size_t>(below(static_cast<int>(cells.size())))];
  };
  while (std::ranges::none_of(values, [](const auto& value) { return value.has_value(); }))
    for (std::size_t i = 0; i < choices.size(); ++i)
      if (m_case.cross || below(3) > 0) values[i] = one_of(choices[i]);
  if (m_case.cross && is_shared) // told apart from all others, because only times put them in order
    for (auto& value : values) value = Cell(fmt::format("w{}_{}", m_setting.number, ++state.serial));
  if (m_case.parents && !is_shared && !state.parents.empty() && below(2) == 0)
    values[0] = one_of(Cells(state.parents.begin(), state.parents.end()));
  return values;
}

/// "column = value" for what is written.
std::vector<std::string> Writer::assigned(bool by_new, const Values& values) const {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i]) parts.push_back(fmt::format("{} = {}", side(by_new).columns[i], literal(*values[i])));
  return parts;
}

Writer::Statement Writer::upsert(State& state, bool by_new, int key) {
  const WriterSide& at = side(by_new);
  const Values values = some_values(state, by_new, key < k_shared);
  const bool numbered = !(m_case.cross && by_new);
  std::vector<std::string> columns{at.key}, cells{std::to_string(key)}, assignments;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values[i]) continue;
    columns.push_back(at.columns[i]);
    cells.push_back(literal(*values[i]));
    assignments.push_back(fmt::format("{0} = EXCLUDED.{0}", at.columns[i]));
  }
  if (numbered) assignments.push_back(fmt::format("n = {}.n + 1", at.table));
  state.present.insert(key);
  return {fmt::format("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT ({}) DO UPDATE SET {}{}", at.table,
                      fmt::join(columns, ", "), fmt::join(cells, ", "), at.key, fmt::join(assignments, ", "),
                      numbered ? " RETURNING id, n" : ""),
          {{.key = key, .by_new = by_new, .values = values}},
          numbered};
}

Writer::Statement Writer::update_rows(State& state, bool by_new, const std::vector<int>& keys) {
  const WriterSide& at = side(by_new);
  const bool numbered = !(m_case.cross && by_new);
  Values values(at.columns.size());
  std::vector<std::string> assignments;
  if (const int kind = below(6); kind == 0) { // what an ORM does: all columns as they were read
    for (const std::string& column : at.columns) assignments.push_back(fmt::format("{0} = {0}", column));
  } else if (kind > 1 || !numbered) {
    values = some_values(state, by_new, keys[0] < k_shared);
    assignments = assigned(by_new, values);
  }
  if (numbered) assignments.emplace_back("n = n + 1");
  Statement statement{fmt::format("UPDATE {} SET {} WHERE {} IN ({}){}", at.table,
                                  fmt::join(assignments, ", "), at.key, list(keys),
                                  numbered ? " RETURNING id, n" : ""),
                      {},
                      numbered};
  for (const int key : keys) statement.writes.push_back({.key = key, .by_new = by_new, .values = values});
  return statement;
}

/// Rows that everybody writes: single ones, several in any order, so that writers deadlock, and new ones.
std::vector<Writer::Statement> Writer::shared_statements(State& state) {
  std::vector<Statement> statements;
  const bool several = m_crosses && below(3) == 0;
  for (int left = several ? 2 + below(2) : 1; left > 0; --left) {
    const bool by_new = m_deployed && below(2) == 0;
    const int key = below(k_shared);
    const bool whole = m_case.cross; // one order for each row is all that can be told there
    if (whole) {
      const bool known = below(2) == 0 && !by_new;
      Statement one = upsert(state, by_new, key);
      if (known) {
        const Values values = one.writes[0].values;
        one.sql = fmt::format("UPDATE items SET {} WHERE id = {} RETURNING id, n",
                              fmt::join(assigned(false, values), ", "), key);
      }
      statements.push_back(std::move(one));
    } else if (below(2) == 0) {
      statements.push_back(upsert(state, by_new, key));
    } else if (several && below(2) == 0 && key != 0) {
      statements.push_back(update_rows(state, by_new, {key, key - 1}));
    } else {
      statements.push_back(update_rows(state, by_new, {key}));
    }
  }
  for (int key = 0; key < k_shared; ++key) state.present.erase(key);
  return statements;
}

std::vector<Writer::Statement> Writer::cross_insert(State& state, bool by_new) {
  std::set<int> absent;
  for (int i = 0; i < k_own; ++i)
    if (const int key = first_own_key(m_setting.number) + i; !state.present.contains(key)) absent.insert(key);
  if (absent.empty()) return {};
  const int key = some_of(absent)[0];
  const Values values = some_values(state, by_new, false);
  std::vector<std::string> cells;
  for (const auto& value : values) cells.push_back(literal(*value));
  const std::string columns = fmt::format("{}", fmt::join(side(by_new).columns, ", "));
  const std::string mine = fmt::format("{}", fmt::join(cells, ", "));
  std::vector<Statement> statements;
  statements.push_back({by_new
                            ? fmt::format("INSERT INTO items (id) VALUES ({})", key)
                            : fmt::format("INSERT INTO items (id, {}) VALUES ({}, {})", columns, key, mine),
                        {{.kind = RowWrite::Kind::insert, .key = key, .by_new = by_new, .values = values}}});
  if (by_new)
    statements.push_back({fmt::format("INSERT INTO {} ({}, {}) VALUES ({}, {})", m_case.news.table,
                                      m_case.news.key, columns, key, mine)});
  else if (m_case.beside)
    statements.push_back(
        {fmt::format("INSERT INTO {} ({}) VALUES ({})", m_case.news.table, m_case.news.key, key)});
  state.present.insert(key);
  return statements;
}

/// One or several rows, as INSERT or COPY.
std::vector<Writer::Statement> Writer::insert_rows(State& state, bool by_new) {
  if (m_case.cross) return cross_insert(state, by_new);
  const WriterSide& at = side(by_new);
  const bool copy = m_setting.dialect == Dialect::postgres && (by_new || m_case.copies) && below(8) == 0;
  const Values shape = below(6) == 0 ? Values(at.columns.size()) : some_values(state, by_new, false);
  std::vector<std::string> columns{"id"}, tuples;
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i]) columns.push_back(at.columns[i]);
  Statement statement{};
  for (int left = 1 + below(3); left > 0; --left) {
    const int key = first_own_key(m_setting.number) + below(k_own);
    if (state.present.contains(key)) continue;
    Values values = shape;
    const Values others = some_values(state, by_new, false);
    std::vector<std::string> cells{std::to_string(key)};
    for (std::size_t i = 0; i < shape.size(); ++i) {
      if (!shape[i]) continue;
      if (others[i]) values[i] = others[i];
      cells.push_back(copy ? (*values[i]).value_or("\\N") : literal(*values[i]));
    }
    tuples.push_back(copy ? fmt::format("{}", fmt::join(cells, "\t"))
                          : fmt::format("({})", fmt::join(cells, ", ")));
    state.present.insert(key);
    statement.writes.push_back(
        {.kind = RowWrite::Kind::insert, .key = key, .by_new = by_new, .values = std::move(values)});
  }
  if (tuples.empty()) return {};
  statement.copy = copy;
  const std::string into = fmt::format("{} ({})", at.table, fmt::join(columns, ", "));
  statement.sql = copy ? fmt::format("COPY {} FROM STDIN;\n{}\n\\.\n", into, fmt::join(tuples, "\n"))
                       : fmt::format("INSERT INTO {} VALUES {}", into, fmt::join(tuples, ", "));
  return {std::move(statement)};
}

Writer::Statement Writer::move_row(State& state, int key) {
  const int to = key < k_moved ? key + k_moved : key - k_moved;
  if (state.present.contains(to)) return update_rows(state, false, {key});
  state.present.erase(key);
  state.present.insert(to);
  return {fmt::format("UPDATE {} SET id = {} WHERE id = {}", m_case.olds.table, to, key),
          {{.kind = RowWrite::Kind::move, .key = key, .to = to}}};
}

Writer::Statement Writer::merge_row(State& state, int key) {
  const bool by_new = m_deployed && below(2) == 0;
  const WriterSide& at = side(by_new);
  const Values values = some_values(state, by_new, false);
  const std::vector<std::string> parts = assigned(by_new, values);
  std::vector<std::string> columns{"id"}, cells{"s.id"};
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i]) columns.push_back(at.columns[i]), cells.push_back(literal(*values[i]));
  state.present.insert(key);
  return {fmt::format("MERGE INTO {0} USING (VALUES ({1})) AS s (id) ON {0}.id = s.id "
                      "WHEN MATCHED THEN UPDATE SET {2} WHEN NOT MATCHED THEN INSERT ({3}) VALUES ({4})",
                      at.table, key, fmt::join(parts, ", "), fmt::join(columns, ", "),
                      fmt::join(cells, ", ")),
          {{.key = key, .by_new = by_new, .values = values}}};
}

/// A row that others refer to gets another name, goes, or comes.
Writer::Statement Writer::parent_change(State& state) {
  const std::string name = fmt::format("p{}_{}", m_setting.number, ++state.serial);
  if (state.parents.size() < 2) {
    state.parents.push_back(name);
    return {fmt::format("INSERT INTO parents (name) VALUES ('{}')", name)};
  }
  const std::size_t at = static_cast<std::size_t>(below(static_cast<int>(state.parents.size())));
  const std::string before = state.parents[at];
  RowWrite write{.kind = RowWrite::Kind::cascade, .from_parent = before, .to_parent = name};
  if (below(3) > 0) {
    state.parents[at] = name;
    return {fmt::format("UPDATE parents SET name = '{}' WHERE name = '{}'", name, before), {write}};
  }
  write.to_parent = std::nullopt;
  state.parents.erase(state.parents.begin() + static_cast<std::ptrdiff_t>(at));
  return {fmt::format("DELETE FROM parents WHERE name = '{}'", before), {write}};
}

std::vector<Writer::Statement> Writer::own_statements(State& state) {
  const bool by_new = m_deployed && below(2) == 0;
  if (m_case.parents && below(4) == 0) return {parent_change(state)};
  const std::vector<int> keys = some_of(state.present);
  const int any = first_own_key(m_setting.number) + below(k_own);
  switch (below(12)) {
  case 0:
  case 1:
  case 2:
    return insert_rows(state, by_new);
  case 3:
    if (!m_case.cross) return {upsert(state, by_new, any)};
    break;
  case 4:
    if (m_setting.dialect == Dialect::postgres && m_case.copies && !m_case.cross
        && PostgresServer::instance().major_version() >= 15)
      return {merge_row(state, any)};
    break;
  case 5:
    if (m_case.moves && !keys.empty()) return {move_row(state, keys[0])};
    break;
  case 6: {
    if (keys.empty()) return {};
    Statement erase{fmt::format("DELETE FROM {} WHERE id IN ({})", m_case.olds.table, list(keys))};
    for (const int key : keys) {
      state.present.erase(key);
      erase.writes.push_back({.kind = RowWrite::Kind::erase, .key = key});
    }
    return {erase};
  }
  case 7:
    if (!m_case.extras.empty() && !keys.empty()) {
      std::string sql =
          m_case.extras[static_cast<std::size_t>(below(static_cast<int>(m_case.extras.size())))];
      return {{sql.replace(sql.find("{key}"), 5, std::to_string(keys[0]))}};
    }
    break;
  default:
    break;
  }
  if (keys.empty()) return {};
  if (m_case.cross && by_new) return {upsert(state, true, keys[0])};
  return {update_rows(state, by_new, keys)};
}

std::vector<Writer::Statement> Writer::some_statements(State& state) {
  if (below(2) == 0) return shared_statements(state);
  std::vector<Statement> statements;
  for (int left = below(4) == 0 ? 3 : 1; left > 0; --left)
    for (Statement& statement : own_statements(state)) statements.push_back(std::move(statement));
  return statements;
}

void Writer::execute(const std::vector<Statement>& statements, int level, std::vector<RowWrite>& done) {
  constexpr std::array<const char*, 3> k_levels{"READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"};
  const bool in_block = statements.size() > 1 || level > 0;
  if (in_block)
    m_database->query(
        m_setting.dialect == Dialect::sqlite
            ? "BEGIN IMMEDIATE"
            : fmt::format("BEGIN ISOLATION LEVEL {}", k_levels.at(static_cast<std::size_t>(level))));
  for (const Statement& statement : statements) {
    const bool early = !m_deployed;
    const long started = now();
    const Result result = m_database->query(statement.sql);
    for (RowWrite write : statement.writes) {
      write.started = started;
      write.early = early;
      bool found = !statement.numbered;
      for (const auto& row : result.rows)
        if (statement.numbered && std::stoi(row.at(0).value()) == write.key)
          found = true, write.order = std::stol(row.at(1).value());
      if (found) done.push_back(std::move(write));
    }
  }
  if (in_block) m_database->query("COMMIT");
}

void Writer::transaction() {
  State state = m_state;
  const std::vector<Statement> statements = some_statements(state);
  if (statements.empty()) return;
  const int level = m_setting.dialect == Dialect::postgres && below(3) == 0 ? 1 + below(2) : 0;
  const bool copies = std::ranges::any_of(statements, &Statement::copy);
  const bool everybodys = std::ranges::any_of(statements, [](const Statement& statement) {
    return !statement.writes.empty() && statement.writes[0].key < k_shared;
  });
  std::vector<RowWrite> done;
  for (bool again = true; again;) {
    again = false;
    done.clear();
    try {
      if (!copies) {
        execute(statements, level, done);
      } else {
        for (const Statement& statement : statements) {
          if (statement.copy) {
            run_psql(m_setting.url, statement.sql);
            done.insert(done.end(), statement.writes.begin(), statement.writes.end());
          } else {
            execute({statement}, 0, done);
          }
        }
      }
    } catch (const Error& error) {
      m_database->rollback();
      if (error.sqlstate == "40001" && level > 0) {
        ++m_counts.retried_serializations, again = true;
      } else if (error.sqlstate == "40P01" && (m_case.cross || (m_crosses && everybodys)) && !copies) {
        ++m_counts.retried_deadlocks, again = true;
      } else {
        m_failure =
            fmt::format("writer {}: {} {} ({})", m_setting.number, error.sqlstate, error.message, error.sql);
        m_failed = true;
        return;
      }
    }
  }
  const long ended = now();
  for (RowWrite& write : done) {
    write.ended = ended;
    const bool is_shared = write.key < k_shared && write.kind != RowWrite::Kind::cascade;
    (is_shared ? m_shared : m_own).push_back(std::move(write));
  }
  m_state = std::move(state);
  ++m_counts.acknowledged;
}

} // namespace afloat::test
