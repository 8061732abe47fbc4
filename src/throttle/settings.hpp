#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// How hard a backfill may press on the database. Values and rules only: nothing here waits, measures or
/// connects.
namespace afloat {

/// What can make a backfill pause; the index of brake_rows().
enum class Brake { lag, load, query, waiters, commit, wal, vacuum };
constexpr std::size_t k_brakes = 7;

/// How hard a backfill may press, as configured. A limit that is not there is not watched.
struct ThrottleSettings {
  std::array<std::optional<double>, k_brakes> limits; ///< by Brake, in the brake's own unit
  std::string pause_when;                             ///< the query of Brake::query
  std::optional<std::int64_t> rate;                   ///< rows a second at most
  std::optional<double> pause;                        ///< rest after a batch, as a share of its time
  std::int64_t vacuum_every = 0;                      ///< rows between two VACUUMs; 0: none
  std::optional<std::int64_t> workers;                ///< that fill side by side; nothing: one

  std::optional<double>& limit(Brake brake) { return limits.at(static_cast<std::size_t>(brake)); }
  const std::optional<double>& limit(Brake brake) const { return limits.at(static_cast<std::size_t>(brake)); }
  bool operator==(const ThrottleSettings&) const = default;
};

/// One setting of [throttle]: a key of afloat.toml, an option of `expand` and an environment variable.
struct ThrottleRow {
  std::string_view key;       ///< "max_lag"
  std::string_view option;    ///< "--max-lag"
  std::string_view variable;  ///< "AFLOAT_MAX_LAG"
  std::string_view value;     ///< "DURATION"; empty: a flag
  std::string_view otherwise; ///< the default, as it would be written
  std::string_view meaning;
};

inline constexpr std::array k_throttle_rows{
    ThrottleRow{"rate", "--rate", "AFLOAT_RATE", "ROWS", "", "Rows that a backfill fills a second at most"},
    ThrottleRow{"max_lag", "--max-lag", "AFLOAT_MAX_LAG", "DURATION", "",
                "Pause while a streaming replica is further behind than this"},
    ThrottleRow{"max_load", "--max-load", "AFLOAT_MAX_LOAD", "N", "",
                "Pause while more client sessions of the server than this run a statement"},
    ThrottleRow{"pause_when", "--pause-when", "AFLOAT_PAUSE_WHEN", "SQL", "",
                "Pause while this query returns true or a number other than 0"},
    ThrottleRow{"max_waiters", "--max-waiters", "AFLOAT_MAX_WAITERS", "N", "0",
                "Pause when more sessions than this wait for rows of a batch"},
    ThrottleRow{"max_commit", "--max-commit", "AFLOAT_MAX_COMMIT", "DURATION", "1s",
                "Pause while a COMMIT takes longer than this"},
    ThrottleRow{"max_wal_rate", "--max-wal-rate", "AFLOAT_MAX_WAL_RATE", "SIZE", "",
                "Pause while the server writes more WAL a second than this: 20MB"},
    ThrottleRow{"yield_to_vacuum", "--yield-to-vacuum", "AFLOAT_YIELD_TO_VACUUM", "", "false",
                "Pause while a vacuum or an index build is at work on the table"},
    ThrottleRow{"pause", "--pause", "AFLOAT_PAUSE", "PERCENT", "",
                "Rest after each batch, in percent of its time (SQLite 100%, PostgreSQL 0%)"},
    ThrottleRow{"vacuum_every", "--vacuum-every", "AFLOAT_VACUUM_EVERY", "ROWS", "0",
                "VACUUM the table each time so many rows are filled; 0 leaves it to autovacuum"},
    ThrottleRow{"workers", "--workers", "AFLOAT_WORKERS", "N", "",
                "Fill by so many connections at once, each a key range of its own (1, with --full-speed 2)"},
};

/// Sets one of them from its text. Returns what is wrong with the text in words, or nothing. An empty text
/// takes the setting away where its default is empty.
std::string set_throttle(ThrottleSettings& settings, std::string_view key, std::string_view text);

/// With every setting at its default.
ThrottleSettings default_throttle();

/// No brake, no rest, and a second worker where the database has more than one writer at a time: what
/// --full-speed asks for. A rate and what else was asked for by name stay.
ThrottleSettings without_defaults(ThrottleSettings settings, bool one_writer);

/// "20MB", "512kB", "1GB", "1000" -> bytes. Nothing if the text is not a size.
std::optional<double> parse_size(std::string_view text);

} // namespace afloat
