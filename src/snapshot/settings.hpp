#pragma once

#include "support/error.hpp"

#include <array>
#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>

namespace afloat {

/// [snapshot] and [env.NAME.snapshot].
struct SnapshotSettings {
  std::filesystem::path folder = "snapshots";
  std::string name = "{{project}}-pre-{{version}}";
  std::string before_expand = "auto", before_contract = "auto",
              before_purge = "auto"; ///< words of k_policies
  int jobs = 2;
  std::string programs; ///< folder of pg_dump and pg_restore; empty: looked for
  std::string command, observe;
  std::chrono::milliseconds deadline{std::chrono::minutes(30)};
  std::string scratch; ///< URL of a server for scratch databases; empty: the one of the environment
  int keep = 5;
  std::chrono::milliseconds keep_for{std::chrono::hours(24 * 30)};
};

/// What may stand for before_expand and the like. `auto`: the tables from which a step takes what cannot be
/// derived back, and nothing where there is no such step.
inline constexpr std::array<std::string_view, 6> k_policies{"auto",   "none", "schema",
                                                            "tables", "full", "command"};

/// One key of [snapshot]; the configuration's rows are made from this table.
struct SnapshotRow {
  std::string_view key, otherwise, meaning, variable;
};
inline constexpr std::array k_snapshot_rows{
    SnapshotRow{"before_expand", "auto",
                "Snapshot before expand: `auto`, `none`, `schema`, `tables`, `full` or `command`", ""},
    SnapshotRow{"before_contract", "auto", "The same before contract", ""},
    SnapshotRow{"before_purge", "auto", "The same before a purge", ""},
    SnapshotRow{"folder", "snapshots", "Where snapshots are kept, from the folder of afloat.toml on",
                "AFLOAT_SNAPSHOT_FOLDER"},
    SnapshotRow{"name", "{{project}}-pre-{{version}}",
                "Their names; also `{{env}}`, `{{phase}}` (added where it is not expand)", ""},
    SnapshotRow{"jobs", "2", "Connections that copy tables at once, and -j of pg_dump and pg_restore", ""},
    SnapshotRow{"programs", "", "Folder of pg_dump and pg_restore; else the first that fits the server", ""},
    SnapshotRow{"command", "", "Kind `command`: program and arguments, with `{{name}}` in them; no shell",
                ""},
    SnapshotRow{"observe", "", "Program that ends with 0 once the snapshot `{{name}}` is available", ""},
    SnapshotRow{"deadline", "30m", "How long that may take", ""},
    SnapshotRow{"scratch", "",
                "URL of a server for scratch databases: `verify --restore`, and what `schema show` and "
                "`schema diff` replay",
                ""},
    SnapshotRow{"keep", "5", "`prune` leaves so many of the newest", ""},
    SnapshotRow{"keep_for", "30d", "`prune` leaves those that are younger", ""},
};

/// Sets one key from its text; returns what is wrong with it, or nothing.
std::string set_snapshot(SnapshotSettings& settings, std::string_view key, const std::string& text);

} // namespace afloat
