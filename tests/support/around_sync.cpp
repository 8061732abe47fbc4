#include "support/around_sync.hpp"

#include "dialect/database.hpp"

#include <string>

#include <fmt/format.h>

namespace afloat::test {
namespace {
/// ALTER TABLE for each trigger of afloat's: what `how` does.
std::string each_trigger(std::string_view how) {
  return fmt::format(
      "DO $$ DECLARE one record; BEGIN FOR one IN SELECT tgrelid::regclass AS at, tgname FROM pg_trigger "
      "WHERE tgname ~ '^[!~ ]+afloat_' LOOP EXECUTE format('ALTER TABLE %s %s TRIGGER %I', one.at, "
      "CASE WHEN '{0}' <> 'DISABLE' AND one.tgname LIKE '%replica' THEN 'ENABLE REPLICA' ELSE '{0}' END, "
      "one.tgname); END LOOP; END $$;",
      how);
}
} // namespace

void around_sync(const World& world, std::string_view sql) {
  const auto owner = world.connect();
  if (world.dialect() == Dialect::postgres) {
    owner->script(each_trigger("DISABLE"));
    owner->script(sql);
    return owner->script(each_trigger("ENABLE ALWAYS"));
  }
  std::string off = "BEGIN;", on = std::string(sql) + ";";
  for (const auto& row : owner->query("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").rows) {
    off += fmt::format("DROP TRIGGER \"{}\";", *row.at(0));
    on += *row.at(1) + ";";
  }
  owner->script(off + on + "COMMIT");
}

} // namespace afloat::test
