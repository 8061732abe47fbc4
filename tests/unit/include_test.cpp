#include "support/places.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

// The shape of the code: folders are the data flow, and a file may only include what its folder's row allows.
// Where the table is in the way of the simple thing, change the row, in the same commit, with the reason.
namespace {
struct Arrow {
  std::string from;            ///< a file or a folder of src/
  std::vector<std::string> to; ///< files or folders that it may include, besides its own folder
};

/// The first row whose `from` holds the file is the one that counts, so that files come before their folders.
const std::vector<Arrow>& allowed_arrows() {
  static const std::vector<std::string> below_commands{"config",
                                                       "dialect/database.hpp",
                                                       "dialect/inspector.hpp",
                                                       "dialect/schema_reader.hpp",
                                                       "dialect/schema_sql.hpp",
                                                       "dialect/sql_writer.hpp",
                                                       "execution",
                                                       "ledger",
                                                       "load",
                                                       "model",
                                                       "operations",
                                                       "planning",
                                                       "report",
                                                       "snapshot",
                                                       "sql",
                                                       "support",
                                                       "throttle",
                                                       "verification"};
  static const std::vector<Arrow> arrows{
      {"main.cpp", {"program"}},
      {"program", {"cli", "commands", "report", "support"}},
      {"cli", {"commands", "config", "support"}},
      {"commands", below_commands},
      // Copying is what the two databases do so differently that each has an interface of its own.
      {"snapshot",
       {"dialect/copy_session.hpp", "dialect/database.hpp", "dialect/file_copy.hpp", "ledger", "model", "sql",
        "support"}},
      // The gate waits with the run's clock, tells its reporter, and reads tables in the same chunks as a
      // backfill.
      {"verification", {"dialect", "execution", "ledger", "model", "sql", "support"}},
      {"execution", {"dialect", "ledger", "model", "support", "throttle"}},
      {"planning", {"dialect/sql_writer.hpp", "model", "operations", "support"}},
      {"load", {"model", "operations", "sql", "support"}},
      // Operations look for column names in expressions, and split what a TOML file gives as SQL: values,
      // and pure.
      {"operations",
       {"dialect/aside_cross.hpp", "dialect/cross_names.hpp", "dialect/discard.hpp", "dialect/numbering.hpp",
        "dialect/partitions.hpp", "dialect/sql_writer.hpp", "dialect/stored_value.hpp", "model",
        "sql/foreign_key.hpp", "sql/script.hpp", "sql/tokens.hpp", "support"}},
      // The ledger's own tables are .sql files, embedded at build time.
      {"ledger", {"dialect/database.hpp", "model", "sql/embedded.hpp", "support"}},
      // Progress is one of the reporters that a run can have.
      {"report", {"execution/reporter.hpp", "model", "support"}},
      {"dialect/open.cpp", {"dialect/postgres", "dialect/sqlite", "model", "sql", "support"}},
      {"dialect/aside_cross.cpp", {"dialect/postgres", "dialect/sqlite", "model", "sql", "support"}},
      {"dialect/key_now.cpp", {"dialect/postgres", "dialect/sqlite", "model", "sql", "support"}},
      {"dialect/postgres",
       {"dialect/aside_rows.hpp", "dialect/copy_session.hpp", "dialect/cross_names.hpp",
        "dialect/database.hpp", "dialect/inspector.hpp", "dialect/key_walk.hpp", "dialect/numbering.hpp",
        "dialect/partitions.hpp", "dialect/schema_sql.hpp", "dialect/sql_writer.hpp", "model", "sql",
        "support"}},
      {"dialect/sqlite",
       {"dialect/aside_rows.hpp", "dialect/cross_names.hpp", "dialect/database.hpp", "dialect/discard.hpp",
        "dialect/file_copy.hpp", "dialect/inspector.hpp", "dialect/key_walk.hpp", "dialect/schema_sql.hpp",
        "dialect/sql_writer.hpp", "dialect/stored_value.hpp", "model", "sql", "support"}},
      {"dialect", {"model", "sql", "support"}},
      {"sql", {"model", "support"}},
      // The settings of [throttle] and of [snapshot] stand in tables with what they mean.
      {"config", {"snapshot/settings.hpp", "support", "throttle/settings.hpp"}},
      // Brakes, pace and estimate: rules without a connection or a clock of their own.
      {"throttle", {"support"}},
      {"model", {"support"}},
      {"support", {}},
  };
  return arrows;
}

/// Headers that are slow to compile or that tie a file to one database, and the only places that may include
/// them.
const std::vector<Arrow>& homes() {
  static const std::vector<Arrow> rows{
      {"CLI/", {"cli"}},
      {"pqxx/", {"dialect/postgres/pqxx.hpp"}},
      {"libpq", {"dialect/postgres"}},
      {"sqlite3.h", {"dialect/sqlite"}},
      {"toml++/", {"support"}},
      {"nlohmann/", {"model/plan_json.cpp", "report", "snapshot/manifest.cpp"}},
      {"pg_query", {"sql/parse_tree.cpp"}},
      {"openssl/", {"support"}},
      {"zstd.h", {"support/compression.cpp"}},
  };
  return rows;
}

bool lies_in(std::string_view file, std::string_view place) {
  return file == place
         || (file.starts_with(place) && file.size() > place.size() && file[place.size()] == '/');
}

bool lies_in_any(std::string_view file, const std::vector<std::string>& places) {
  return std::ranges::any_of(places, [&](const std::string& place) { return lies_in(file, place); });
}

std::string folder_of(std::string_view file) {
  const std::size_t slash = file.rfind('/');
  return std::string(slash == std::string_view::npos ? std::string_view() : file.substr(0, slash));
}

/// These carry toml++ to the .cpp that read TOML, and no further.
constexpr std::array<std::string_view, 3> k_toml_headers{"support/toml_file.hpp", "config/config_file.hpp",
                                                         "config/config_values.hpp"};

bool carries_toml(std::string_view header) {
  return std::ranges::find(k_toml_headers, header) != k_toml_headers.end();
}

std::string complaint(const std::string& file, std::string_view header) {
  const std::vector<Arrow>& arrows = allowed_arrows();
  const auto row =
      std::ranges::find_if(arrows, [&](const Arrow& arrow) { return lies_in(file, arrow.from); });
  if (row == arrows.end()) return fmt::format("{}: its folder is not in the table of allowed arrows", file);
  if (header.find('/') == std::string_view::npos)
    return fmt::format("{}: \"{}\" must be written from src/ on", file, header);
  if (carries_toml(header) && file.ends_with(".hpp") && !carries_toml(file))
    return fmt::format("{}: \"{}\" belongs into a .cpp", file, header);
  const bool own_folder = folder_of(header) == folder_of(file);
  if (own_folder || lies_in_any(header, row->to)) return {};
  return fmt::format("{}: may not include \"{}\"", file, header);
}

std::string library_complaint(const std::string& file, std::string_view header) {
  const bool is_header = file.ends_with(".hpp");
  for (const Arrow& home : homes()) {
    if (!header.starts_with(home.from)) continue;
    if (!lies_in_any(file, home.to))
      return fmt::format("{}: <{}> belongs into {}", file, header, fmt::join(home.to, ", "));
    // A forward declaration is cheap, and so are a database's headers where no other folder sees them.
    const bool cheap = header.ends_with("json_fwd.hpp") || file.starts_with("dialect/") || carries_toml(file);
    if (is_header && !cheap) return fmt::format("{}: <{}> belongs into a .cpp", file, header);
  }
  return {};
}

/// Every include of `text` that the tables do not allow.
std::vector<std::string> violations(const std::string& file, const std::string& text) {
  std::vector<std::string> found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t word = line.find_first_not_of(" \t#");
    if (!line.starts_with('#') || word == std::string::npos || !line.substr(word).starts_with("include"))
      continue;
    const std::size_t open = line.find_first_of("\"<");
    const std::size_t close = open == std::string::npos ? open : line.find_first_of("\">", open + 1);
    if (close == std::string::npos) continue;
    const std::string header = line.substr(open + 1, close - open - 1);
    const std::string what = line[open] == '"' ? complaint(file, header) : library_complaint(file, header);
    if (!what.empty()) found.push_back(what);
  }
  return found;
}
} // namespace

TEST_CASE("every include of src is an allowed arrow", "[unit]") {
  const std::filesystem::path source = afloat::test::source_folder() / "src";
  std::vector<std::string> found;
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(source)) {
    const std::filesystem::path extension = entry.path().extension();
    if (extension != ".cpp" && extension != ".hpp") continue;
    ++files;
    std::ifstream stream(entry.path());
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    std::ranges::move(violations(entry.path().lexically_relative(source).generic_string(), text),
                      std::back_inserter(found));
  }
  CHECK(files > 20);
  std::ranges::sort(found);
  CHECK(fmt::format("{}", fmt::join(found, "\n")) == "");
}

TEST_CASE("an include against the arrows is found", "[unit]") {
  using Complaints = std::vector<std::string>;
  CHECK(violations("model/plan.cpp", "#include \"ledger/ledger.hpp\"\n")
        == Complaints{"model/plan.cpp: may not include \"ledger/ledger.hpp\""});
  CHECK(violations("dialect/sqlite/database.cpp", "#include \"dialect/postgres/database.hpp\"\n")
        == Complaints{"dialect/sqlite/database.cpp: may not include \"dialect/postgres/database.hpp\""});
  CHECK(violations("planning/planner.hpp", "  \n#include \"dialect/database.hpp\"")
        == Complaints{"planning/planner.hpp: may not include \"dialect/database.hpp\""});
  CHECK(violations("support/text.cpp", "# include \"text.hpp\"\n")
        == Complaints{"support/text.cpp: \"text.hpp\" must be written from src/ on"});
  CHECK(violations("wizard/magic.cpp", "#include \"support/text.hpp\"\n")
        == Complaints{"wizard/magic.cpp: its folder is not in the table of allowed arrows"});
  CHECK(violations("commands/plan.cpp", "#include <CLI/CLI.hpp>\n")
        == Complaints{"commands/plan.cpp: <CLI/CLI.hpp> belongs into cli"});
  CHECK(violations("cli/parser.hpp", "#include <CLI/CLI.hpp>\n")
        == Complaints{"cli/parser.hpp: <CLI/CLI.hpp> belongs into a .cpp"});
  CHECK(violations("dialect/open.cpp", "#include <pqxx/pqxx>\n")
        == Complaints{"dialect/open.cpp: <pqxx/pqxx> belongs into dialect/postgres/pqxx.hpp"});
  CHECK(violations("ledger/ledger.cpp", "#include <sqlite3.h>\n")
        == Complaints{"ledger/ledger.cpp: <sqlite3.h> belongs into dialect/sqlite"});
  CHECK(violations("dialect/open.cpp", "#include \"dialect/sqlite/database.hpp\"\n#include <memory>\n")
            .empty());
}
