#pragma once

#include "dialect/database.hpp"
#include "support/writers_fuzz.hpp"

#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace afloat::test {

/// Keys that everybody writes are 0 to k_shared - 1; a writer's own are k_own from first_own_key() on, and
/// the same behind k_moved.
constexpr int k_shared = 6, k_own = 30, k_moved = 10'000;
int first_own_key(int writer);

/// One session of the application that writes as either release, statement by statement: it does what the
/// server asks of it (40001, 40P01) and nothing more.
class Writer {
 public:
  struct Setting {
    Dialect dialect;
    std::string url; ///< of the application
    int number;
    unsigned seed;
    std::set<int> present; ///< of its own keys
  };
  Writer(const WriterCase& one, Setting setting);
  ~Writer();

  /// From now on the new release writes too.
  void deploy() { m_deployed = true; }
  /// From now on it writes several rows that others write too, in any order, so that the server ends one of
  /// two now and then, or one that waits in line behind them.
  void cross_others() { m_crosses = true; }
  void start();
  /// Waits until this many more transactions were acknowledged, or one has failed.
  void write_more(int count);
  void stop();

  const std::vector<RowWrite>& own() const { return m_own; }
  const std::vector<RowWrite>& shared() const { return m_shared; }
  const WriterCounts& counts() const { return m_counts; }
  const std::string& failure() const { return m_failure; }

 private:
  struct State {
    std::set<int> present;
    std::vector<std::string> parents;
    int serial = 0;
  };
  struct Statement {
    std::string sql;
    std::vector<RowWrite> writes{};
    bool numbered = false; ///< returns id and n of each row
    bool copy = false;     ///< a script for psql
  };
  using Values = std::vector<std::optional<Cell>>;

  void work(const std::stop_token& stop);
  void transaction();
  std::vector<Statement> some_statements(State& state);
  std::vector<Statement> shared_statements(State& state);
  std::vector<Statement> own_statements(State& state);
  std::vector<Statement> insert_rows(State& state, bool by_new);
  std::vector<Statement> cross_insert(State& state, bool by_new);
  Statement upsert(State& state, bool by_new, int key);
  Statement update_rows(State& state, bool by_new, const std::vector<int>& keys);
  Statement move_row(State& state, int key);
  Statement merge_row(State& state, int key);
  Statement parent_change(State& state);
  Values some_values(State& state, bool by_new, bool is_shared);
  std::vector<std::string> assigned(bool by_new, const Values& values) const;
  std::vector<int> some_of(const std::set<int>& keys);
  void execute(const std::vector<Statement>& statements, int level, std::vector<RowWrite>& done);
  const WriterSide& side(bool by_new) const { return by_new ? m_case.news : m_case.olds; }
  int below(int limit);

  const WriterCase& m_case;
  Setting m_setting;
  std::uint64_t m_random;
  State m_state;
  std::unique_ptr<Database> m_database;
  std::vector<RowWrite> m_own, m_shared;
  WriterCounts m_counts;
  std::string m_failure;
  std::atomic<bool> m_deployed = false, m_crosses = false, m_failed = false;
  std::atomic<int> m_done = 0;
  std::jthread m_thread;
};

} // namespace afloat::test
