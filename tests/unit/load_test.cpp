#include "load/file_name.hpp"
#include "load/load.hpp"
#include "model/fields.hpp"
#include "support/temp_folder.hpp"
#include "support/text.hpp"
#include "unit/error_of.hpp"

#include <algorithm>
#include <fstream>

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace afloat {
namespace {
const std::string k_path = "migrations/0007_rename.toml";

Migration parsed(std::string_view text) {
  return parse_migration(k_path, text, operation_rows());
}

std::string parse_error(std::string_view text) {
  return test::error_of([&] { parsed(text); });
}

TEST_CASE("a migration file becomes values with positions", "[load]") {
  const Migration migration = parsed("description = \"user_name becomes username\"\n"
                                     "[[operation]]\ntype  = \"rename_column\"\ntable = \"users\"\n"
                                     "from  = \"user_name\"\nto    = \"username\"\n");
  CHECK(migration.version == 7);
  CHECK(migration.title() == "0007_rename");
  CHECK(migration.description == "user_name becomes username");
  CHECK(migration.path == k_path);
  REQUIRE(migration.operations.size() == 1);
  const OperationSpec& spec = migration.operations[0];
  CHECK(spec.type == "rename_column");
  CHECK(spec.where == SourcePosition{k_path, 2, 1, "[[operation]]"});
  REQUIRE(spec.fields.size() == 3);
  const auto from = std::ranges::find(spec.fields, "from", &Field::name);
  CHECK(*from == Field{"from", std::string("user_name"), {k_path, 5, 9, "from  = \"user_name\""}});
}

TEST_CASE("one text or a list of texts may be given where both are allowed", "[load]") {
  const Migration migration =
      parsed("[[operation]]\ntype = \"sql\"\nexpand = \"SELECT 1\"\nabort = [\"SELECT 2\", \"SELECT 3\"]\n");
  const Record& fields = migration.operations.at(0).fields;
  CHECK(list(fields, "expand") == std::vector<std::string>{"SELECT 1"});
  CHECK(list(fields, "abort") == std::vector<std::string>{"SELECT 2", "SELECT 3"});
}

TEST_CASE("the checksum does not depend on the form of line ends", "[load]") {
  CHECK(checksum_of("a\nb\n") == checksum_of("a\r\nb\r\n"));
  CHECK(checksum_of("a\nb\n") != checksum_of("a\nb"));
}

TEST_CASE("a key with letters that must stand in quotes is shown at its place", "[load]") {
  CHECK(parse_error("\xEF\xBB\xBF[[operation]]\r\n  gr\u00f6\u00dfe = 1\r\n")
        == "error: not valid TOML: a character that must stand in quotes\n"
           "  --> migrations/0007_rename.toml:2:5\n"
           "   |   gr\u00f6\u00dfe = 1\n"
           "   |     ^\n"
           "  hint: Put keys and texts with such characters in quotes. Nothing was changed.\n");
}

TEST_CASE("an unknown key is shown with a caret and the nearest known one", "[load]") {
  CHECK(parse_error("[[operation]]\ntype = \"rename_column\"\ntable = \"users\"\nform = \"a\"\nto = \"b\"\n")
        == "error: operation 1 (rename_column): unknown key \"form\"\n"
           "  --> migrations/0007_rename.toml:4:1\n"
           "   | form = \"a\"\n"
           "   | ^\n"
           "  hint: Did you mean \"from\"? Nothing was changed.\n");
  CHECK(parse_error("desciption = \"x\"\n[[operation]]\ntype = \"sql\"\nexpand = \"x\"\n")
        == "error: unknown key \"desciption\"\n"
           "  --> migrations/0007_rename.toml:1:1\n"
           "   | desciption = \"x\"\n"
           "   | ^\n"
           "  hint: Did you mean \"description\"? Nothing was changed.\n");
}

TEST_CASE("an unknown operation offers the nearest", "[load]") {
  CHECK(parse_error("[[operation]]\ntype = \"rename_colum\"\n")
        == "error: operation 1: there is no operation \"rename_colum\"\n"
           "  --> migrations/0007_rename.toml:2:8\n"
           "   | type = \"rename_colum\"\n"
           "   |        ^\n"
           "  hint: Did you mean \"rename_column\"? Nothing was changed.\n");
  std::vector<std::string> names;
  for (const OperationRow& row : operation_rows()) names.emplace_back(row.name);
  CHECK(parse_error("[[operation]]\ntable = \"users\"\n")
        == "error: operation 1: the key \"type\" is missing\n"
           "  --> migrations/0007_rename.toml:1:1\n"
           "   | [[operation]]\n"
           "   | ^\n"
           "  hint: It is one of: "
               + join(names, ", ") + ". Nothing was changed.\n");
}

TEST_CASE("a missing or an empty key says what belongs there", "[load]") {
  CHECK(parse_error("[[operation]]\ntype = \"drop_column\"\ntable = \"users\"\n")
        == "error: operation 1 (drop_column): the key \"column\" is missing\n"
           "  --> migrations/0007_rename.toml:1:1\n"
           "   | [[operation]]\n"
           "   | ^\n"
           "  hint: Add `column = …`, the column that goes. Nothing was changed.\n");
  CHECK(parse_error("[[operation]]\ntype = \"drop_column\"\ntable = \"users\"\ncolumn = \" \"\n")
        == "error: operation 1 (drop_column): \"column\" is empty\n"
           "  --> migrations/0007_rename.toml:4:10\n"
           "   | column = \" \"\n"
           "   |          ^\n"
           "  hint: The column that goes. Nothing was changed.\n");
}

TEST_CASE("a value of the wrong kind says which kind is meant", "[load]") {
  CHECK(parse_error("[[operation]]\ntype = \"add_column\"\ntable = \"users\"\ncolumn = \"a\"\ncolumn_type = "
                    "\"text\"\nnot_null = \"yes\"\n")
        == "error: operation 1 (add_column): \"not_null\" is a text, but must be true or false\n"
           "  --> migrations/0007_rename.toml:6:12\n"
           "   | not_null = \"yes\"\n"
           "   |            ^\n"
           "  hint: Write it as not_null = true, without quotes. Nothing was changed.\n");
  CHECK(parse_error("description = 1\n[[operation]]\ntype = \"sql\"\nexpand = \"x\"\n")
        == "error: \"description\" is a number, but must be a text in quotes\n"
           "  --> migrations/0007_rename.toml:1:15\n"
           "   | description = 1\n"
           "   |               ^\n"
           "  hint: Write it as description = \"…\". Nothing was changed.\n");
}

TEST_CASE("a record inside of a list is checked like the operation", "[load]") {
  CHECK(parse_error("[[operation]]\ntype = \"create_table\"\ntable = \"users\"\ncolumns = [{ name = \"id\", "
                    "typ = \"int\" }]\n")
        == "error: operation 1 (create_table): columns: unknown key \"typ\"\n"
           "  --> migrations/0007_rename.toml:4:27\n"
           "   | columns = [{ name = \"id\", typ = \"int\" }]\n"
           "   |                           ^\n"
           "  hint: Did you mean \"type\"? Nothing was changed.\n");
}

TEST_CASE("a file without an operation is refused", "[load]") {
  CHECK(parse_error("description = \"nothing\"\n")
        == "error: the file has no operation\n"
           "  --> migrations/0007_rename.toml:1:1\n"
           "   | description = \"nothing\"\n"
           "   | ^\n"
           "  hint: Begin each operation with a line [[operation]], or remove the file. Nothing was "
           "changed.\n");
}

TEST_CASE("a file that is not TOML is shown where it breaks", "[load]") {
  CHECK(parse_error("[[operation]]\ntype = rename\n")
        == "error: not valid TOML: this is no value (could not determine value type)\n"
           "  --> migrations/0007_rename.toml:2:8\n"
           "   | type = rename\n"
           "   |        ^\n"
           "  hint: Put a text in quotes: name = \"shop\". Nothing was changed.\n");
}

TEST_CASE("a file name says version and name", "[load]") {
  const FileName name = parse_file_name("migrations/0012_add-user_2.toml");
  CHECK(name.version == 12);
  CHECK(name.label == "0012");
  CHECK(name.name == "add-user_2");
  for (const char* path : {"rename.toml", "0001.toml", "0001_.toml", "0001-a.toml",
                           "1234567890123456789_a.toml", "0001_a b.toml"})
    CHECK(test::error_of([&] {
            parse_file_name(path);
          }).starts_with(fmt::format("error: {} is not the name of a migration\n", path)));
}

struct Folder {
  test::TempFolder folder;

  void put(const std::string& name,
           const std::string& text = "[[operation]]\ntype = \"sql\"\nexpand = \"SELECT 1\"\n") const {
    std::ofstream(folder / name, std::ios::binary) << text;
  }
  std::string error() const {
    const std::string message = test::error_of([&] { list_migrations(folder.path()); });
    return replaced(message, folder.path().string(), "FOLDER");
  }
  static std::string replaced(std::string text, const std::string& from, const std::string& to) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
      text.replace(at, from.size(), to);
    return text;
  }
};

TEST_CASE("files are put in order of their versions as numbers", "[load]") {
  Folder folder;
  for (const char* name : {"10_c.toml", "2_b.toml", "0001_a.toml", ".hidden.toml", "README.md"})
    folder.put(name);
  const auto migrations = list_migrations(folder.folder.path());
  REQUIRE(migrations.size() == 3);
  CHECK(migrations[0].title() == "0001_a");
  CHECK(migrations[1].title() == "2_b");
  CHECK(migrations[2].title() == "10_c");
  CHECK(next_migration_path(folder.folder.path(), "d", ".toml").filename() == "0011_d.toml");
}

TEST_CASE("the same version twice is refused, however it is written", "[load]") {
  Folder folder;
  folder.put("1_a.toml");
  folder.put("0001_b.toml");
  CHECK(folder.error()
        == "error: version 1 is there twice: FOLDER/0001_b.toml and FOLDER/1_a.toml\n"
           "  hint: Versions are compared as numbers; rename one of the files. Nothing was changed.\n");
}

TEST_CASE("migrations in TOML and in SQL are one order", "[load]") {
  Folder folder;
  folder.put("0002_b.toml");
  folder.put("0001_a.sql", "SELECT 1");
  folder.put("0003_c.sql.orig", "SELECT 1"); // not ours
  const auto migrations = list_migrations(folder.folder.path());
  REQUIRE(migrations.size() == 2);
  CHECK(migrations[0].title() == "0001_a");
  CHECK(migrations[1].title() == "0002_b");
}

TEST_CASE("a folder that is not there says how to make it", "[load]") {
  CHECK(test::error_of([] { list_migrations("/nowhere/migrations"); })
        == "error: cannot read the migrations folder /nowhere/migrations: No such file or directory\n"
           "  hint: A new project begins with `afloat init`; in one that is there, `mkdir -p "
           "/nowhere/migrations` makes it, or `migrations` under [project] names another.\n");
}
} // namespace
} // namespace afloat
