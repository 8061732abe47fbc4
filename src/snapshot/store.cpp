#include "snapshot/store.hpp"

#include "support/checksum.hpp"
#include "support/file.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <fcntl.h>
#include <functional>
#include <set>
#include <sys/file.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace afloat {
namespace {
constexpr std::string_view k_partial = ".partial", k_manifest = "manifest.json", k_sum = "manifest.sha256",
                           k_lock = "lock", k_given_away = ".given-away", k_elsewhere = "elsewhere";

/// What stands for a snapshot of this name that is not there (yet).
std::filesystem::path hidden(const std::filesystem::path& store, const std::string& name,
                             std::string_view what) {
  return store / fmt::format(".{}{}", name, what);
}

std::vector<std::filesystem::path> folders_in(const std::filesystem::path& store) {
  std::vector<std::filesystem::path> folders;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(store, failed))
    if (entry.is_directory(failed)) folders.push_back(entry.path());
  std::ranges::sort(folders);
  return folders;
}

int locked(const std::filesystem::path& file, int flags) {
  const int descriptor = open(file.c_str(), flags | O_CLOEXEC, 0600);
  if (descriptor >= 0 && flock(descriptor, LOCK_EX | LOCK_NB) == 0) return descriptor;
  if (descriptor >= 0) close(descriptor);
  return -1;
}

/// The file that an unfinished folder notes, or nothing.
std::filesystem::path noted_in(const std::filesystem::path& folder) {
  std::error_code failed;
  if (!std::filesystem::exists(folder / k_elsewhere, failed)) return {};
  const std::filesystem::path file = read_whole(folder / k_elsewhere);
  return file.string().ends_with(k_unfinished) ? file : std::filesystem::path();
}

std::string free_name(const std::filesystem::path& store, const std::string& name) {
  std::string candidate = name;
  for (int number = 2; std::filesystem::exists(store / candidate)
                       || std::filesystem::exists(hidden(store, candidate, k_partial))
                       || std::filesystem::exists(hidden(store, candidate, k_given_away));
       ++number)
    candidate = fmt::format("{}-{}", name, number);
  return candidate;
}

std::set<std::string> files_of(const std::filesystem::path& folder) {
  std::set<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (!entry.is_directory()) files.insert(entry.path().lexically_relative(folder).string());
  return files;
}

std::string damage_at_a_glance(const std::filesystem::path& folder, const StoredPart& part) {
  std::error_code failed;
  const auto size = std::filesystem::file_size(folder / part.file, failed);
  if (failed) return fmt::format("{} is missing", part.file);
  if (static_cast<std::int64_t>(size) != part.bytes)
    return fmt::format("{} has {} bytes in place of {}", part.file, size, part.bytes);
  return {};
}

std::string damage(const std::filesystem::path& folder, const StoredPart& part, const TellRead& tell) {
  if (std::string wrong = damage_at_a_glance(folder, part); !wrong.empty()) return wrong;
  if (summed_part(folder, part.file, tell).sha256 != part.sha256)
    return fmt::format("{} is damaged: its SHA-256 is not the one of the manifest", part.file);
  return {};
}

std::vector<std::string> damages_of_manifest(const Found& found) {
  std::vector<std::string> wrong;
  std::error_code failed;
  const bool has_sum = std::filesystem::exists(found.folder / k_sum, failed);
  if (!has_sum)
    wrong.push_back(fmt::format("{} is missing", k_sum));
  else if (read_whole(found.folder / k_sum) != sha256(read_whole(found.folder / k_manifest)) + "\n")
    wrong.push_back(fmt::format("{} or {} is damaged: they do not belong together", k_manifest, k_sum));
  if (!found.manifest) wrong.push_back(found.wrong);
  return wrong;
}

std::vector<std::string> damages_of_parts(const Found& found,
                                          const std::function<std::string(const StoredPart&)>& damage_of) {
  std::vector<std::string> wrong = damages_of_manifest(found);
  if (!found.manifest) return wrong;
  for (const StoredPart& part : found.manifest->parts)
    if (std::string what = damage_of(part); !what.empty()) wrong.push_back(std::move(what));
  return wrong;
}
} // namespace

void remove_unfinished(const std::filesystem::path& file) {
  std::error_code ignored;
  for (const char* suffix : {"", "-journal", "-wal", "-shm"})
    std::filesystem::remove(file.string() + suffix, ignored);
}

std::vector<std::string> remainders(const std::filesystem::path& store, bool remove) {
  std::vector<std::string> names;
  for (const std::filesystem::path& folder : folders_in(store)) {
    if (folder.extension() != k_partial) continue;
    const int lock = locked(folder / k_lock, O_RDWR);
    const bool no_lock = !std::filesystem::exists(folder / k_lock);
    if (lock >= 0 || no_lock) {
      names.push_back(folder.filename().string());
      if (const std::filesystem::path file = noted_in(folder); !file.empty()) {
        if (std::filesystem::exists(file)) names.push_back(file.string());
        if (remove) remove_unfinished(file);
      }
      std::error_code ignored;
      if (remove) std::filesystem::remove_all(folder, ignored);
    }
    if (lock >= 0) close(lock);
  }
  return names;
}

NewSnapshot::NewSnapshot(std::filesystem::path store, const std::string& name) : m_store(std::move(store)) {
  make_private_folder(m_store);
  remainders(m_store, true);
  m_name = free_name(m_store, name);
  m_folder = hidden(m_store, m_name, k_partial);
  make_private_folder(m_folder);
  m_lock = locked(m_folder / k_lock, O_RDWR | O_CREAT);
  if (m_lock < 0)
    throw Error(ErrorCode::undone, fmt::format("cannot write into {}", m_folder.string()),
                "Check the folder's rights and free space.");
}

NewSnapshot::~NewSnapshot() {
  std::error_code ignored;
  if (!m_finished) std::filesystem::remove_all(m_folder, ignored);
  if (m_lock >= 0) close(m_lock);
}

void NewSnapshot::make_folder(const std::string& name) const {
  make_private_folder(m_folder / name);
}

void NewSnapshot::note_unfinished(const std::filesystem::path& file) const {
  OutputFile output(m_folder / k_elsewhere);
  output.write(std::filesystem::absolute(file).string());
  output.finish();
}

void NewSnapshot::give_name_away() const {
  OutputFile output(hidden(m_store, m_name, k_given_away));
  output.finish();
  sync_to_disk(m_store);
}

void NewSnapshot::take_name_back() const {
  std::error_code ignored;
  std::filesystem::remove(hidden(m_store, m_name, k_given_away), ignored);
}

StoredPart summed_part(const std::filesystem::path& folder, const std::string& file, const TellRead& tell) {
  Sha256 sum;
  StoredPart part{file, 0, ""};
  read_chunks(folder / file, [&](std::string_view chunk) {
    sum.add(chunk);
    part.bytes += static_cast<std::int64_t>(chunk.size());
    tell(static_cast<std::int64_t>(chunk.size()));
  });
  part.sha256 = sum.hex();
  return part;
}

void NewSnapshot::finish(Manifest manifest, const std::function<void(std::string_view)>& reached) {
  manifest.name = m_name;
  std::set<std::filesystem::path> folders{m_folder};
  for (const StoredPart& part : manifest.parts) folders.insert((m_folder / part.file).parent_path());
  const std::string text = to_text(manifest);
  for (const auto& [file, content] : {std::pair{k_manifest, text}, std::pair{k_sum, sha256(text) + "\n"}}) {
    OutputFile output(m_folder / file);
    output.write(content);
    output.finish();
  }
  reached("before snapshot is named");
  for (const std::filesystem::path& folder : folders) sync_to_disk(folder);
  rename_folder(m_folder, m_store / m_name);
  m_finished = true;
  std::filesystem::remove(m_store / m_name
                          / k_lock); // not before: it keeps others from clearing the folder away
  take_name_back();                  // the folder has it
  sync_to_disk(m_store);
  reached("after snapshot is named");
}

std::optional<Found> snapshot_in(const std::filesystem::path& folder) {
  std::error_code failed;
  if (!std::filesystem::exists(folder / k_manifest, failed)) return std::nullopt;
  Found found{folder, std::nullopt, folder.filename().string(), ""};
  try {
    const std::string text = read_whole(folder / k_manifest);
    found.manifest = parse_manifest(text, (folder / k_manifest).string());
    found.manifest->name = found.name;
  } catch (const Error& error) {
    found.wrong = error.message;
  }
  return found;
}

std::vector<Found> list_snapshots(const std::filesystem::path& store) {
  std::vector<Found> all;
  for (const std::filesystem::path& folder : folders_in(store)) {
    if (folder.filename().string().starts_with('.')) continue;
    if (std::optional<Found> found = snapshot_in(folder)) all.push_back(std::move(*found));
  }
  std::ranges::stable_sort(all, {},
                           [](const Found& one) { return one.manifest ? one.manifest->made_at : ""; });
  return all;
}

Found find_snapshot(const std::filesystem::path& store, const std::string& name) {
  std::vector<std::string> names;
  for (Found& found : list_snapshots(store)) {
    if (found.name == name) return found;
    names.push_back(found.name);
  }
  const auto near = nearest(name, names);
  throw Error(ErrorCode::usage, fmt::format("there is no snapshot \"{}\" in {}", name, store.string()),
              near ? fmt::format("Did you mean \"{}\"?", *near)
                   : "`afloat snapshot list` shows those that are there.");
}

std::vector<std::string> damages_of(const Found& found, std::span<const std::string_view> parts,
                                    const TellRead& tell) {
  return damages_of_parts(found, [&](const StoredPart& part) {
    return std::ranges::count(parts, part.file) > 0 ? damage(found.folder, part, tell) : std::string();
  });
}

std::vector<std::string> damages_at_a_glance(const Found& found) {
  return damages_of_parts(found,
                          [&](const StoredPart& part) { return damage_at_a_glance(found.folder, part); });
}

std::vector<std::string> damages(const Found& found, const SnapshotWatch& watch) {
  std::vector<std::string> wrong = damages_of_manifest(found);
  if (!found.manifest) return wrong;
  std::set<std::string> extra = files_of(found.folder);
  for (const std::string_view own : {k_manifest, k_sum, k_lock}) extra.erase(std::string(own));
  std::int64_t done = 0;
  const std::int64_t total = found.manifest->bytes();
  const auto tell = [&](std::int64_t bytes) {
    watch.watch();
    watch.progressed(done += bytes, total);
  };
  for (const StoredPart& part : found.manifest->parts) {
    if (std::string what = damage(found.folder, part, tell); !what.empty()) wrong.push_back(std::move(what));
    extra.erase(part.file);
  }
  for (const std::string& file : extra)
    wrong.push_back(fmt::format("{} is not a part of this snapshot", file));
  return wrong;
}

void remove_snapshot(const Found& found) {
  const std::filesystem::path store = found.folder.parent_path();
  const std::filesystem::path going = store / fmt::format(".{}{}", found.name, k_partial);
  rename_folder(found.folder, going);
  sync_to_disk(store);
  std::error_code failed;
  std::filesystem::remove_all(going, failed);
  if (failed)
    throw Error(ErrorCode::undone, fmt::format("cannot remove {}: {}", going.string(), failed.message()),
                "Remove it by hand: it is no snapshot any more.");
}

} // namespace afloat
