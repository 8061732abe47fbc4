#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

struct sqlite3;

namespace afloat::sqlite {

/// ALTER TABLE … RENAME and DROP COLUMN parse every trigger of the schema several times, in a time that grows
/// with the square of the trigger's length (SQLite 3.40, sqlite3RenameTokenRemap: one list of all its words).
/// Sync's own triggers on a table of 400 columns took it a quarter of a minute. Those that do not have the
/// altered name in their text come out of it unchanged; so they are taken out of the schema for the one
/// statement, and put back under their own numbers, which are what decides in which order triggers fire.
class LongTriggersAside {
 public:
  /// Does nothing unless `sql` is one such ALTER TABLE. A transaction must be open: nobody else sees it.
  LongTriggersAside(sqlite3* connection, std::string_view sql);
  LongTriggersAside(const LongTriggersAside&) = delete;
  LongTriggersAside& operator=(const LongTriggersAside&) = delete;
  /// After a statement that failed: whoever began the transaction rolls it back, or finds all as it was.
  ~LongTriggersAside();

  bool any() const { return !m_triggers.empty(); }
  /// Throws Error `statement` if they could not be put back: the transaction must be rolled back then.
  void put_back();

 private:
  struct Trigger {
    std::int64_t number = 0;
    std::string name, table, sql;
  };

  sqlite3* m_connection;
  std::vector<Trigger> m_triggers;
};

} // namespace afloat::sqlite
