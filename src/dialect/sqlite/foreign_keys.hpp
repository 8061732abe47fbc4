#pragma once

#include "dialect/database.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

/// Watches over a transaction that runs with foreign keys switched off. Internal to dialect/sqlite.
namespace afloat::sqlite {

class ForeignKeyCheck {
 public:
  /// Looks at the database as it is now, inside the transaction. Reads the tables that have foreign keys.
  explicit ForeignKeyCheck(Database& database);

  /// Throws Error `statement` if a table has more rows that refer to nothing than it had, or fewer rows than
  /// before although it refers to a table that was made anew. Rows that were wrong before are left alone.
  void verify(Database& database) const;

 private:
  struct Child {
    std::set<std::string> parents; ///< lower case
    std::int64_t rows = 0;
    std::optional<std::int64_t> violations; ///< nothing where SQLite cannot tell: the parent has no such key
  };
  struct State {
    std::map<std::string, std::pair<std::string, std::string>>
        tables;                            ///< by lower-case name: what is one's own
    std::map<std::string, Child> children; ///< by lower-case name
  };
  static State look(Database& database);
  static std::optional<std::int64_t> violations(Database& database, const std::string& table);

  State m_before;
};

} // namespace afloat::sqlite
