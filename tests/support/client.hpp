#pragma once

#include "support/world.hpp"

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace afloat::test {

/// What one release does, as SQL. {key} is a number, {value} a text that occurs nowhere else. ";;" between
/// statements makes them one transaction.
struct Release {
  std::string insert, update;
  std::string erase; ///< empty: it deletes nothing
  std::string read;  ///< all rows as (key, value)
};

/// Acknowledged state of the keys that one client owns; nothing where it has deleted the row.
using Journal = std::map<int, std::optional<std::string>>;

/// An application of one release that writes without pause, over a connection of its own as a role that owns
/// nothing. Its keys are first_key to first_key + keys - 1; some may be there already, with the values of
/// `start`.
class Client {
 public:
  Client(const World& world, Release release, std::string name, int first_key, int keys, Journal start = {});
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Waits until this many more writes were acknowledged, or one has failed.
  void write_more(int count);
  void stop();
  /// The first failure, or empty.
  std::string failure();
  Journal journal(); ///< after stop()
  int writes() const { return m_writes; }

 private:
  void work(const std::stop_token& stop);
  void write_one(Database& database);

  const World& m_world;
  Release m_release;
  std::string m_name;
  int m_first, m_keys;
  unsigned m_random;
  Journal m_journal;
  std::atomic<int> m_writes = 0;
  std::atomic<bool> m_failed = false;
  std::mutex m_mutex;
  std::string m_failure;
  std::jthread m_thread;
};

/// Lines about keys for which `release` does not read what was acknowledged; empty when all is there.
std::string lost_writes(const World& world, const Release& release, const Journal& journal);

} // namespace afloat::test
