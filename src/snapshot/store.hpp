#pragma once

#include "snapshot/snapshot.hpp"

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace afloat {

/// At the end of the names of files that afloat has not finished.
inline constexpr std::string_view k_unfinished = ".afloat-restoring";
/// Such a file, with what SQLite keeps beside it while it writes.
void remove_unfinished(const std::filesystem::path& file);

/// What killed processes have left in the store: folders that nobody works in any more, and the files that
/// they note. With `remove` it goes. Their names.
std::vector<std::string> remainders(const std::filesystem::path& store, bool remove);

/// A snapshot that is being made: a folder with a temporary name, which goes again unless it is finished. A
/// process that was killed leaves its folder; the next one that makes a snapshot there removes it.
class NewSnapshot {
 public:
  /// `name` is made unique with -2, -3 … where a snapshot has it already.
  NewSnapshot(std::filesystem::path store, const std::string& name);
  ~NewSnapshot();
  NewSnapshot(const NewSnapshot&) = delete;
  NewSnapshot& operator=(const NewSnapshot&) = delete;

  const std::string& name() const { return m_name; }
  std::filesystem::path path(const std::string& file) const { return m_folder / file; }
  void make_folder(const std::string& name) const;
  /// A file elsewhere, with k_unfinished behind its name, that is removed with the folder where this process
  /// is killed.
  void note_unfinished(const std::filesystem::path& file) const;
  /// Whoever makes the snapshot elsewhere under this name may have it from now on, also if this one comes to
  /// nothing: no later one gets the name.
  void give_name_away() const;
  void take_name_back() const; ///< nobody has it after all
  /// Writes the manifest with the sums of all parts, waits for the disk, and gives the folder its name.
  /// `reached` is told of the points at which a kill matters.
  void finish(Manifest manifest, const std::function<void(std::string_view)>& reached);

 private:
  std::filesystem::path m_store, m_folder;
  std::string m_name;
  int m_lock = -1;
  bool m_finished = false;
};

/// How many bytes more have been read. May throw, which ends it.
using TellRead = std::function<void(std::int64_t bytes)>;
/// A part for the manifest, with its size and sum; read again from the file.
StoredPart summed_part(const std::filesystem::path& folder, const std::string& file, const TellRead& tell);

/// A snapshot as found in the store; `wrong` says why its manifest cannot be read.
struct Found {
  std::filesystem::path folder;
  std::optional<Manifest> manifest;
  std::string name, wrong;
};

/// Oldest first. Nothing if the store is not there.
std::vector<Found> list_snapshots(const std::filesystem::path& store);
/// Error usage, with the nearest name, if there is none.
Found find_snapshot(const std::filesystem::path& store, const std::string& name);
/// The snapshot in this folder, wherever that is; nothing where there is no manifest.
std::optional<Found> snapshot_in(const std::filesystem::path& folder);
/// As damages(), of the manifest and these parts alone, where they are in it.
std::vector<std::string> damages_of(const Found& found, std::span<const std::string_view> parts,
                                    const TellRead& tell);
/// What can be told without reading the parts: a damaged manifest, parts that are missing or of another size.
std::vector<std::string> damages_at_a_glance(const Found& found);
/// Every part that is missing, of another size or another sum, and every file that is no part; a line each.
std::vector<std::string> damages(const Found& found, const SnapshotWatch& watch);
/// Gives the folder a temporary name first, so that a kill leaves no half of a snapshot behind.
void remove_snapshot(const Found& found);

} // namespace afloat
