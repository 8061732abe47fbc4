#include "scenario/case_file.hpp"
#include "support/error.hpp"
#include "support/golden.hpp"
#include "support/places.hpp"
#include "support/text.hpp"
#include "support/world.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <stdexcept>

#include <catch2/catch.hpp>
#include <fmt/format.h>

// docs/reference/errors.md is made of the table of error codes, and of what the cases of tests/scenario/bad
// print.
namespace afloat::test {
namespace {
struct ExampleRow {
  ErrorCode code;
  std::string_view file, title;
};
constexpr std::array k_examples{
    ExampleRow{ErrorCode::refused, "schema", "rows that are the same where a unique index is wanted"},
    ExampleRow{ErrorCode::refused, "ledger", "contract before expand"},
    ExampleRow{ErrorCode::usage, "arguments", "an unknown option offers the nearest one"},
    ExampleRow{ErrorCode::configuration, "configuration", "an unknown key offers the nearest one"},
    ExampleRow{ErrorCode::configuration, "configuration", "an environment variable that is not set"},
    ExampleRow{ErrorCode::invalid_migration, "migration_files", "an unknown key of an operation"},
    ExampleRow{ErrorCode::invalid_migration, "schema", "an expression with a column that does not exist"},
    ExampleRow{ErrorCode::ledger_conflict, "ledger", "a file that was changed after it was applied"},
    ExampleRow{ErrorCode::ledger_conflict, "ledger", "a ledger of a newer afloat"},
    ExampleRow{ErrorCode::connection, "connection", "a wrong password"},
    ExampleRow{ErrorCode::connection, "connection", "an SQLite file that is not there"},
    ExampleRow{ErrorCode::permission, "rights", "a role that may make the ledger but does not own the table"},
    ExampleRow{ErrorCode::permission, "rights", "a standby"},
    ExampleRow{ErrorCode::busy, "bad_luck", "another session reads the table for too long"},
    ExampleRow{ErrorCode::busy, "bad_luck", "a lease that its holder did not give back"},
    ExampleRow{ErrorCode::undone, "schema", "a statement of the author's own that fails"},
    ExampleRow{ErrorCode::undone, "bad_luck", "the connection is lost before the server commits"},
    ExampleRow{ErrorCode::half_way, "schema", "an expression that fails only in a row far behind"},
    ExampleRow{ErrorCode::half_way, "bad_luck", "the connection is lost half-way"},
    ExampleRow{ErrorCode::output, "arguments", "standard output that cannot be written"},
    ExampleRow{ErrorCode::interrupted, "bad_luck", "a signal to end in the middle of the work"},
};

Case case_of(const ExampleRow& example) {
  const auto path = source_folder() / "tests/scenario/bad" / fmt::format("{}.txt", example.file);
  for (Case& one : parse_cases(read_file(path)).cases)
    if (one.title == example.title) return std::move(one);
  throw std::runtime_error(fmt::format("no case \"{}\" in {}.txt", example.title, example.file));
}

/// What the first command of the case that fails so prints to stderr.
std::string message_of(const Case& one, int status) {
  for (const CaseItem& item : one.items) {
    if (!item.expected.ends_with(fmt::format("exit {}\n", status))
        || item.expected.find("! error:") == std::string::npos)
      continue;
    std::string text;
    for (const std::string& line : split(item.expected, '\n'))
      if (line.starts_with("! ")) text += line.substr(2) + "\n";
    return text;
  }
  throw std::runtime_error(fmt::format("no command of \"{}\" fails with {}", one.title, status));
}

std::string section_of(const ErrorRow& row) {
  std::string text = fmt::format("\n## {}\n\n{}. Exit status {}.\n\n**What to do.** {}\n", row.id,
                                 row.meaning, row.exit_status, row.what_to_do);
  for (const ExampleRow& example : k_examples) {
    if (example.code != row.code) continue;
    const Case one = case_of(example);
    text += fmt::format("\nFor example, {}:\n\n```\n{}```\n", one.title, message_of(one, row.exit_status));
  }
  return text;
}

TEST_CASE("the page of errors is made of the table of codes and of what the cases print", "[docs]") {
  std::string text =
      "# Errors\n\n"
      "An error says what could not be done, with names and values; where, with the line of the file and a\n"
      "caret; the statement, if one failed; and a hint with what to do next. It goes to stderr. With\n"
      "`--output json` stdout has a document with the same, and with one of these codes:\n\n"
      "| code | exit status | meaning |\n|---|---|---|\n";
  for (const ErrorRow& row : error_rows())
    text += fmt::format("| [`{}`](#{}) | {} | {} |\n", row.id, row.id, row.exit_status, row.meaning);
  text += "\nA password is never printed: in a URL it becomes `***`. More cases stand in "
          "`tests/scenario/bad/`.\n";
  for (const ErrorRow& row : error_rows()) text += section_of(row);
  check_golden("../docs/reference/errors.md", text);
}
} // namespace
} // namespace afloat::test
