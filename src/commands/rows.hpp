#pragma once

#include "commands/command.hpp"

namespace afloat {

extern const CommandRow k_init, k_new, k_plan, k_expand, k_contract, k_migrate, k_abort, k_status, k_history,
    k_verify, k_attic_list, k_attic_purge, k_revert;
extern const CommandRow k_snapshot_create, k_snapshot_list, k_snapshot_verify, k_snapshot_restore,
    k_snapshot_prune;
extern const CommandRow k_backfill_status, k_backfill_pause, k_backfill_resume, k_backfill_set;
extern const CommandRow k_drift, k_schema_show, k_schema_diff;

} // namespace afloat
