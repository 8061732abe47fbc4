#include "config/setting_rows.hpp"

#include "snapshot/settings.hpp"
#include "throttle/settings.hpp"

#include <array>
#include <vector>

namespace afloat {
namespace {
constexpr std::array k_rows{
    SettingRow{"project", "name", "", "Name of the project, for messages", ""},
    SettingRow{"project", "migrations", "migrations", "Folder of the migration files, beside afloat.toml",
               ""},
    SettingRow{"project", "default_env", "default", "The environment that is meant without --env", ""},
    SettingRow{"project", "order", "strict", "`any` accepts a pending version below the highest applied one",
               ""},
    SettingRow{"project", "newer_syntax", "false",
               "`true` lets SQL through that only a server newer than afloat's parser can read", ""},
    SettingRow{"project", "dialect", "sqlite",
               "`postgres` or `sqlite`: what is planned for when no url is set", ""},
    SettingRow{"env", "url", "", "The database: postgres://…, libpq keywords, or sqlite:FILE", "AFLOAT_URL"},
    SettingRow{"env", "lock_timeout", "100ms", "How long one try waits for a lock", "AFLOAT_LOCK_TIMEOUT"},
    SettingRow{"env", "lock_total", "60s", "How long tries for a lock go on in all", ""},
    SettingRow{"env", "lease_timeout", "30s", "When a runner without a heartbeat may be replaced", ""},
    SettingRow{"env", "connect_timeout", "10s", "How long connecting may take", ""},
    SettingRow{"env", "batch_time", "", "Aim of one backfill batch (PostgreSQL 100ms, SQLite 15ms)", ""},
    SettingRow{"env", "protected", "false",
               "`true`: who changes this database says `--env NAME` in the command", ""},
    SettingRow{"env", "quiet", "", "contract.quiet of this environment", ""},
    SettingRow{"env", "retention", "", "contract.retention of this environment", ""},
    SettingRow{"contract", "quiet", "60s", "How long the old side must stand still before contract", ""},
    SettingRow{"contract", "retention", "7d",
               "How long the old shape stays in the attic; \"0\" purges at once", ""},
    SettingRow{"drift", "ignore", "",
               "List of patterns of what is never drift: \"table public.log_*\", \"*: comment\"", ""},
    SettingRow{"drift", "guard", "refuse",
               "`warn` lets expand, migrate and contract start on a schema that is not the recorded one", ""},
};

/// [throttle] has its rows where the brakes are, [snapshot] where snapshots are made.
std::vector<SettingRow> all_rows() {
  std::vector<SettingRow> rows(k_rows.begin(), k_rows.end());
  for (const ThrottleRow& row : k_throttle_rows)
    rows.push_back({"throttle", row.key, row.otherwise, row.meaning, row.variable});
  for (const SnapshotRow& row : k_snapshot_rows)
    rows.push_back({"snapshot", row.key, row.otherwise, row.meaning, row.variable});
  return rows;
}
} // namespace

std::span<const SettingRow> setting_rows() {
  static const std::vector<SettingRow> all = all_rows();
  return all;
}

} // namespace afloat
