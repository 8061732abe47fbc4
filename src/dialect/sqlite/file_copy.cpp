#include "dialect/file_copy.hpp"

#include "dialect/sqlite/handle.hpp"
#include "support/error.hpp"

#include <algorithm>
#include <thread>

#include <fmt/format.h>
#include <sqlite3.h>

namespace afloat {
namespace {
using sqlite::Handle;
using Time = std::chrono::steady_clock;

constexpr int k_pages_in_a_step = 2048;     // 8 MB: a few milliseconds
constexpr int k_pages_beside_writers = 256; // the lock is held for less than one
constexpr int k_most_restarts = 5;
constexpr std::chrono::milliseconds k_pause{2};

struct Finish {
  void operator()(sqlite3_backup* backup) const { sqlite3_backup_finish(backup); }
};
using Backup = std::unique_ptr<sqlite3_backup, Finish>;

Backup start(Handle& to, Handle& from) {
  Backup backup(sqlite3_backup_init(to.raw(), "main", from.raw(), "main"));
  if (!backup) throw to.failure("");
  return backup;
}

/// One step; waits for locks at most as long as it may. True when all is copied.
bool step(sqlite3_backup* backup, int pages, std::chrono::milliseconds lock_timeout, Handle& to,
          const TellPages& tell) {
  const auto since = Time::now();
  for (;;) {
    const int code = sqlite3_backup_step(backup, pages);
    if (code == SQLITE_DONE) return true;
    if (code == SQLITE_OK) return false;
    const bool busy = (code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED;
    if (!busy || Time::now() - since >= lock_timeout) throw to.failure_of(code);
    tell(0, 0);
    std::this_thread::sleep_for(k_pause);
  }
}

/// A moment of its own: the read transaction begins with the first read.
void hold(Handle& database) {
  database.run("BEGIN");
  database.run("SELECT count(*) FROM sqlite_schema");
}

/// `locked` is called when the target is locked and nothing is copied yet.
int copy_pages(Handle& from, Handle& to, std::chrono::milliseconds lock_timeout, bool held,
               const TellPages& tell, const std::function<void()>& locked = {}) {
  Backup backup = start(to, from);
  if (locked) {
    step(backup.get(), 0, lock_timeout, to, tell);
    locked();
  }
  int restarts = 0, left = -1;
  for (bool done = false; !done;) {
    done = step(backup.get(), held ? k_pages_in_a_step : k_pages_beside_writers, lock_timeout, to, tell);
    const int remaining = sqlite3_backup_remaining(backup.get()),
              total = sqlite3_backup_pagecount(backup.get());
    if (left >= 0 && remaining > left) ++restarts;
    left = remaining;
    tell(total - remaining, total);
    if (held || done) continue;
    if (restarts >= k_most_restarts) {
      hold(from);
      held = true;
    } else
      std::this_thread::yield();
  }
  return restarts;
}
} // namespace

int copy_file(const std::string& from, const std::filesystem::path& to,
              std::chrono::milliseconds lock_timeout, const TellPages& tell) {
  Handle source(from, Handle::Mode::existing), target(to.string(), Handle::Mode::create);
  source.wait_for_locks(lock_timeout);
  source.watch([&] { tell(0, 0); });
  target.run("PRAGMA journal_mode = OFF");
  target.run("PRAGMA synchronous = OFF"); // the caller waits for the disk, once
  const bool wal = source.text("PRAGMA journal_mode") == "wal";
  if (wal) hold(source);
  return copy_pages(source, target, lock_timeout, wal, tell);
}

void put_file_back(const std::filesystem::path& from, const std::string& to,
                   std::chrono::milliseconds lock_timeout, const std::function<void()>& locked,
                   const TellPages& tell) {
  Handle source(from.string(), Handle::Mode::stored), target(to, Handle::Mode::existing);
  target.wait_for_locks(lock_timeout);
  target.watch([&] { tell(0, 0); });
  const bool wal = target.text("PRAGMA journal_mode") == "wal";
  if (!wal) {
    // The copy itself would lock readers out from its first step on. In this locking mode the lock that keeps
    // out writers alone outlives its transaction; set before, the wait for it would keep a writer from its
    // COMMIT.
    target.run("BEGIN IMMEDIATE; PRAGMA locking_mode = EXCLUSIVE; ROLLBACK");
    locked();
  }
  copy_pages(source, target, lock_timeout, true, tell, wal ? locked : nullptr);
}

std::string file_integrity(const std::filesystem::path& file, const std::function<void()>& watch) {
  Handle database(file.string(), Handle::Mode::existing);
  database.watch(watch);
  return database.text("PRAGMA integrity_check(3)");
}

std::int64_t file_bytes(const std::string& file) {
  Handle database(file, Handle::Mode::existing);
  return std::stoll(database.text("PRAGMA page_count")) * std::stoll(database.text("PRAGMA page_size"));
}

} // namespace afloat
