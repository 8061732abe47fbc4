#pragma once

#include "model/dialect.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace afloat::test {

/// What a case does next: write a file into the project, or run a line with the shell. Comments and blank
/// lines are kept for the text.
struct CaseItem {
  enum class Kind { text, file, command };
  Kind kind = Kind::text;
  std::string text;     ///< the comment, the file's name, or the command line
  std::string content;  ///< of the file
  std::string expected; ///< of the command: stdout behind "> ", stderr behind "! ", "exit N"

  bool operator==(const CaseItem&) const = default;
};

/// One bad input: how it comes about, what afloat says to it, and that the next command works.
struct Case {
  std::string title;
  std::vector<Dialect> dialects; ///< on which databases the same must come out
  std::string needs;             ///< a word of functions.sh that fails where the case cannot be run; or empty
  std::vector<CaseItem> items;
};

/// A file of cases about one subject; tests/scenario/bad/README.md tells how it is written.
struct CaseFile {
  std::string preface; ///< what stands before the first case
  std::vector<Case> cases;
};

/// Throws std::runtime_error with the line's number where it cannot be read.
CaseFile parse_cases(std::string_view text);
/// The text again: parse_cases and then text_of give back what was read.
std::string text_of(const CaseFile& file);
std::string text_of(const Case& one);

} // namespace afloat::test
