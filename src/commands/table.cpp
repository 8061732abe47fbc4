#include "commands/rows.hpp"

#include <array>

namespace afloat {

std::span<const OptionRow> global_options() {
  static constexpr OptionRow rows[] = {
      {"--config", "", "FILE", "Configuration file (afloat.toml, looked for upwards)"},
      {"--env", "", "NAME", "Environment of the configuration"},
      {"--url", "", "URL", "Database: postgres://…, libpq keywords, sqlite:FILE"},
      {"--output", "", "FORMAT", "text (default) or json"},
      {"--lock-timeout", "", "DURATION", "How long one try waits for a lock (100ms)"},
      {"--log-sql", "", "", "Print each statement to stderr after it ran"},
      {"--no-progress", "-q", "", "Print no progress"},
      {"--verbose", "-v", "", "Print the settings that are in force and where they come from"},
      {"--no-color", "", "", "No colours on a terminal"},
      {"--show-config", "", "", "Print each setting and where it came from, and stop"},
      {"--version", "-V", "", "Print the version, and stop"},
  };
  return rows;
}

std::span<const CommandRow> command_rows() {
  static const std::array rows{k_init,
                               k_new,
                               k_plan,
                               k_expand,
                               k_contract,
                               k_migrate,
                               k_abort,
                               k_revert,
                               k_status,
                               k_history,
                               k_verify,
                               k_drift,
                               k_schema_show,
                               k_schema_diff,
                               k_attic_list,
                               k_attic_purge,
                               k_snapshot_create,
                               k_snapshot_list,
                               k_snapshot_verify,
                               k_snapshot_restore,
                               k_snapshot_prune,
                               k_backfill_status,
                               k_backfill_pause,
                               k_backfill_resume,
                               k_backfill_set};
  return rows;
}

} // namespace afloat
