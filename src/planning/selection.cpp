#include "planning/selection.hpp"

#include "support/text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat {
namespace {
std::optional<std::int64_t> parse_version(std::span<const Migration> migrations,
                                          const std::optional<std::string>& typed) {
  if (!typed) return std::nullopt;
  const bool digits = !typed->empty() && typed->size() <= 18
                      && std::ranges::all_of(*typed, [](char c) { return c >= '0' && c <= '9'; });
  if (!digits)
    throw Error(ErrorCode::usage, fmt::format("\"{}\" is not a version", *typed),
                "A version is the digits of a migration's file name, such as 0001.");
  const std::int64_t version = std::stoll(*typed);
  if (find_migration(migrations, version)) return version;
  std::vector<std::string> labels;
  for (const Migration& migration : migrations) labels.push_back(migration.label);
  throw Error(ErrorCode::usage, fmt::format("there is no migration {}", *typed),
              labels.empty() ? "There are no migration files; `afloat new NAME` makes one."
              : labels.size() == 1
                  ? fmt::format("There is only {}.", labels.front())
                  : fmt::format("The files go from {} to {}.", labels.front(), labels.back()));
}

void check_file(const LedgerEntry& entry, const Migration* migration, std::span<const Migration> all) {
  if (!migration) {
    const auto moved = std::ranges::find(all, entry.checksum, &Migration::checksum);
    throw Error(
        ErrorCode::ledger_conflict,
        fmt::format("migration {} was applied, but its file is missing", entry.title()),
        moved == all.end()
            ? "Bring the file back (it is in your version control). Nothing was changed."
            : fmt::format("{} has the same contents: give it its old name {} back. Nothing was changed.",
                          moved->path, entry.title()));
  }
  if (migration->checksum != entry.checksum)
    throw Error(
        ErrorCode::ledger_conflict,
        fmt::format("migration {} was changed after it was applied: checksum {}…, the ledger has {}…",
                    entry.title(), migration->checksum.substr(0, 12), entry.checksum.substr(0, 12)),
        fmt::format(
            "Restore the file as it was and put the change into a new migration{}. Nothing was changed.",
            entry.open() && entry.state != "reverting"
                ? fmt::format("; or go back first, with `afloat abort {}`", entry.label)
                : ""))
        .at({migration->path, 0, 0, {}});
}
} // namespace

const LedgerEntry* find_entry(std::span<const LedgerEntry> entries, std::int64_t version) {
  const auto found = std::ranges::lower_bound(entries, version, {}, &LedgerEntry::version);
  return found == entries.end() || found->version != version ? nullptr : &*found;
}

const Migration* find_migration(std::span<const Migration> migrations, std::int64_t version) {
  const auto found = std::ranges::lower_bound(migrations, version, {}, &Migration::version);
  return found == migrations.end() || found->version != version ? nullptr : &*found;
}

const Migration* first_pending(std::span<const Migration> migrations, std::span<const LedgerEntry> entries) {
  const auto found = std::ranges::find_if(
      migrations, [&](const Migration& migration) { return !find_entry(entries, migration.version); });
  return found == migrations.end() ? nullptr : &*found;
}

bool needs_expand(const LedgerEntry* entry) {
  return !entry || entry->state == "expanding";
}

void check_files(std::span<const Migration> migrations, std::span<const LedgerEntry> entries) {
  // Both are sorted by version: one walk, so that a thousand applied migrations cost nothing.
  auto file = migrations.begin();
  for (const LedgerEntry& entry : entries) {
    while (file != migrations.end() && file->version < entry.version) ++file;
    check_file(entry, file != migrations.end() && file->version == entry.version ? &*file : nullptr,
               migrations);
  }
}

void check_order(std::span<const Migration> migrations, std::span<const LedgerEntry> entries,
                 const Target& target) {
  if (target.version && find_entry(entries, *target.version)) return;
  const Migration* pending = first_pending(migrations, entries);
  if (!pending) return;
  if (!entries.empty() && pending->version < entries.back().version)
    throw Error(ErrorCode::ledger_conflict,
                fmt::format("migration {} is pending, but {} above it has been applied", pending->title(),
                            entries.back().title()),
                "Give it a higher version, or set `order = \"any\"` under [project]. Nothing was changed.")
        .at({pending->path, 0, 0, {}});
  if (target.version && pending->version < *target.version)
    throw Error(ErrorCode::ledger_conflict,
                fmt::format("migration {} is pending, and comes before {}", pending->title(),
                            find_migration(migrations, *target.version)->title()),
                fmt::format("Run `afloat expand --to {}` for both, or set `order = \"any\"` under [project]. "
                            "Nothing was changed.",
                            find_migration(migrations, *target.version)->label));
}

Target parse_target(std::span<const Migration> migrations, const std::optional<std::string>& version,
                    const std::optional<std::string>& to) {
  if (version && to)
    throw Error(ErrorCode::usage, "VERSION and --to cannot be given together",
                "VERSION is one migration, --to is all up to and including one.");
  return {parse_version(migrations, version), parse_version(migrations, to)};
}

} // namespace afloat
