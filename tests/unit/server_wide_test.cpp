#include "sql/server_wide.hpp"

#include <array>
#include <string>
#include <string_view>

#include <catch2/catch.hpp>

namespace afloat {

TEST_CASE("a statement that acts beyond its database is told by its first words", "[unit]") {
  struct Case {
    std::string_view statement, words;
  };
  constexpr std::array cases{
      Case{"create role app", "CREATE ROLE"},
      Case{"ALTER USER app SET search_path = a", "ALTER USER"},
      Case{"CREATE USER MAPPING FOR app SERVER s", ""},
      Case{"/* note */ ALTER DATABASE shop SET timezone = 'UTC'", "ALTER DATABASE"},
      Case{"ALTER SYSTEM SET work_mem = '1GB'", "ALTER SYSTEM"},
      Case{"DROP OWNED BY app", "DROP OWNED"},
      Case{"REASSIGN OWNED BY app TO other", "REASSIGN OWNED"},
      Case{"CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p", "CREATE SUBSCRIPTION"},
      Case{"COMMENT ON DATABASE shop IS 'x'", "COMMENT … ON DATABASE"},
      Case{"COMMENT ON TABLE database IS 'role'", ""},
      Case{"GRANT app TO migrator", "GRANT of a role"},
      Case{"REVOKE ALL ON DATABASE shop FROM PUBLIC", "REVOKE … ON DATABASE"},
      Case{"GRANT SELECT ON a TO app", ""},
      Case{"ALTER TABLE role ADD role text", ""},
      Case{"CREATE TABLE \"role\" (id integer)", ""},
      Case{"SELECT 1", ""},
  };
  for (const Case& one : cases) {
    INFO(one.statement);
    CHECK(server_wide(one.statement) == one.words);
  }
}

} // namespace afloat
