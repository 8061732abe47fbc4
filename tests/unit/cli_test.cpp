#include "cli/help.hpp"
#include "cli/parse.hpp"
#include "unit/error_of.hpp"

#include <catch2/catch.hpp>

namespace afloat {
namespace {
ParseOutcome parsed(std::vector<const char*> words) {
  words.insert(words.begin(), "afloat");
  return parse_command_line(static_cast<int>(words.size()), words.data(), global_options(), command_rows());
}

Arguments arguments(std::vector<const char*> words) {
  return std::get<Arguments>(parsed(std::move(words)));
}

std::string text(std::vector<const char*> words) {
  return std::get<TextToPrint>(parsed(std::move(words))).text;
}

std::string usage(std::vector<const char*> words) {
  return test::error_of([&] { parsed(words); });
}

TEST_CASE("options of the program go before or behind the command", "[cli]") {
  for (const Arguments& given : {arguments({"--url", "sqlite:a", "-q", "expand", "0007"}),
                                 arguments({"expand", "0007", "--url=sqlite:a", "--no-progress"})}) {
    CHECK(given.command == "expand");
    CHECK(given.positionals == std::vector<std::string>{"0007"});
    CHECK(given.value("--url") == "sqlite:a");
    CHECK(given.has("--no-progress"));
    CHECK_FALSE(given.has("--log-sql"));
  }
}

TEST_CASE("a command of two words is known", "[cli]") {
  const Arguments given = arguments({"attic", "purge", "3", "--retention", "0"});
  CHECK(given.command == "attic");
  CHECK(given.subcommand == "purge");
  CHECK(given.positionals == std::vector<std::string>{"3"});
  CHECK(given.value("--retention") == "0");
}

TEST_CASE("an argument may be called like a command", "[cli]") {
  for (const char* name : {"schema", "snapshot", "create", "list", "plan"}) {
    const Arguments given = arguments({"snapshot", "create", name, "--kind", "schema", "-q"});
    CHECK(given.command == "snapshot");
    CHECK(given.subcommand == "create");
    CHECK(given.positionals == std::vector<std::string>{name});
    CHECK(given.value("--kind") == "schema");
    CHECK(given.has("--no-progress"));
    CHECK(arguments({"new", name}).positionals == std::vector<std::string>{name});
  }
  CHECK(arguments({"schema", "diff", "diff", "show"}).positionals
        == std::vector<std::string>{"diff", "show"});
}

TEST_CASE("every command has its help, on every way to ask for it", "[cli]") {
  for (const CommandRow& row : command_rows()) {
    const std::string name(row.name);
    std::vector<std::string> parts{name};
    if (const std::size_t space = name.find(' '); space != std::string::npos)
      parts = {name.substr(0, space), name.substr(space + 1)};
    for (const char* flag : {"--help", "-h"}) {
      std::vector<const char*> words;
      for (const std::string& part : parts) words.push_back(part.c_str());
      words.push_back(flag);
      CHECK(text(words) == command_help(row));
    }
  }
  CHECK(text({"--help"}) == program_help(global_options(), command_rows()));
  CHECK(text({"--version"}) == version_text());
  CHECK(text({"-V"}) == version_text());
}

TEST_CASE("the first word of several commands has a help of its own", "[cli]") {
  for (const char* flag : {"--help", "-h"}) {
    CHECK(text({"attic", flag}) == group_help("attic", command_rows()));
    CHECK(text({flag, "attic"}) == group_help("attic", command_rows()));
    CHECK(text({"attic", flag, "list"}).starts_with("Usage: afloat attic list"));
    for (const char* first : {"snapshot", "schema", "backfill"})
      CHECK(text({first, flag}) == group_help(first, command_rows()));
  }
  CHECK(group_help("attic", command_rows())
        == "Usage: afloat attic COMMAND …\n\n"
           "Commands:\n"
           "  attic list  Show the old shapes that contract has hidden\n"
           "  attic purge Really drop what is in the attic, after the retention\n\n"
           "`afloat attic COMMAND --help` tells more about one command.\n");
}

TEST_CASE("--show-config needs no command", "[cli]") {
  const Arguments given = arguments({"--env", "production", "--show-config"});
  CHECK(given.command == "");
  CHECK(given.value("--env") == "production");
  CHECK(usage({"--show-config", "--enw=production"}).starts_with("error: there is no option \"--enw\"\n"));
  CHECK(usage({"--env", "production"}).starts_with("error: no command was given\n"));
}

TEST_CASE("an unknown command offers the nearest", "[cli]") {
  CHECK(usage({"expnd"})
        == "error: there is no command \"expnd\"\n  hint: Did you mean \"expand\"? `afloat --help` lists "
           "all.\n");
  CHECK(usage({"frobnicate"})
        == "error: there is no command \"frobnicate\"\n  hint: `afloat --help` lists the commands.\n");
  CHECK(usage({}) == "error: no command was given\n  hint: `afloat --help` lists the commands.\n");
}

TEST_CASE("an unknown option is named where there is no command, too", "[cli]") {
  CHECK(usage({"--verison"})
        == "error: there is no option \"--verison\"\n  hint: Did you mean \"--version\"? `afloat --help` "
           "tells what there is.\n");
  CHECK(usage({"-x"}) == "error: there is no option \"-x\"\n  hint: `afloat --help` tells what there is.\n");
}

TEST_CASE("a command that is only half there says how it goes on", "[cli]") {
  CHECK(usage({"attic"})
        == "error: `attic` needs a second word: list or purge\n  hint: `afloat attic --help` lists them.\n");
  CHECK(usage({"attic", "prge"})
        == "error: there is no command \"attic prge\"\n  hint: Did you mean \"attic purge\"? `afloat --help` "
           "lists all.\n");
}

TEST_CASE("an unknown option offers the nearest", "[cli]") {
  CHECK(usage({"contract", "--quite", "2s"})
        == "error: there is no option \"--quite\"\n  hint: Did you mean \"--quiet\"? `afloat contract "
           "--help` tells what it takes.\n");
  CHECK(usage({"expand", "--wobble"})
        == "error: there is no option \"--wobble\"\n  hint: `afloat expand --help` tells what it takes.\n");
}

TEST_CASE("an option without its value is refused", "[cli]") {
  CHECK(usage({"contract", "--quiet"})
        == "error: --quiet needs a value: DURATION\n  hint: `afloat contract --help` tells what it takes.\n");
}

TEST_CASE("too many and too few arguments are refused", "[cli]") {
  CHECK(usage({"expand", "1", "2"})
        == "error: `afloat expand` takes 1 argument\n  hint: `afloat expand --help` tells what it takes.\n");
  CHECK(usage({"new"})
        == "error: `afloat new` needs NAME\n  hint: `afloat new --help` tells what it takes.\n");
  CHECK(usage({"schema", "diff", "production"})
        == "error: `afloat schema diff` needs 2 arguments, and has 1: A B\n"
           "  hint: `afloat schema diff --help` tells what it takes.\n");
}
} // namespace
} // namespace afloat
