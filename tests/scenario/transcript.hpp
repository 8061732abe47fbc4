#pragma once

#include "support/program.hpp"
#include "support/temp_folder.hpp"
#include "support/world.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace afloat::test {

/// The text with TIME and the like in the place of times, durations, rates, process ids; never of a count or
/// a name.
std::string without_times(std::string text);

/// A project in a folder of its own, and everything that the program says about it, as one text: the command
/// as typed, stdout, stderr behind "! ", and the exit status. What differs from run to run (paths, ports,
/// times, checksums' first digits are not among it) is replaced by words.
class Transcript {
 public:
  explicit Transcript(World& world);

  /// Writes a migration file: "0001_rename" and the text behind its first line.
  void migration(const std::string& name, const std::string& text);
  void remove(const std::string& file) { std::filesystem::remove(m_folder / file); }
  /// Runs afloat on the world and takes its outcome down.
  Outcome afloat(const std::vector<std::string>& arguments);
  /// The same with a URL of its own (empty: none).
  Outcome afloat_at(const std::string& url, const std::vector<std::string>& arguments);
  void note(const std::string& text) { m_text += "# " + text + "\n"; }
  void also_replace(const std::string& text, const std::string& by) { m_words.emplace_back(text, by); }
  void set(const std::string& variable, const std::string& value) { m_environment[variable] = value; }

  /// Compares with tests/scenario/expected/NAME.txt; no credentials may stand in it.
  void check(const std::string& name) const;
  const std::filesystem::path& folder() const { return m_folder.path(); }
  const std::string& text() const { return m_text; }

 private:
  std::string plain(std::string text) const;

  World& m_world;
  TempFolder m_folder;
  std::string m_text;
  bool m_leaked = false; ///< a password was printed
  std::vector<std::pair<std::string, std::string>> m_words;
  std::map<std::string, std::string> m_environment;
};

} // namespace afloat::test
