// SQLite: full-text tables that read the columns of another table by name.
#include "support/project.hpp"
#include "support/world.hpp"

#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

TEST_CASE("contract waits while a full-text table reads the column that goes", "[operations][sqlite]") {
  const auto world = make_world(Dialect::sqlite);
  const std::string content = GENERATE("content=\"Notes\"", "content='notes'");
  const std::string search =
      fmt::format("CREATE VIRTUAL TABLE search USING fts5(Body, {}, content_rowid='id')", content);
  world->prepare("CREATE TABLE notes (id integer PRIMARY KEY, body text, title text);"
                 "CREATE VIRTUAL TABLE titles USING fts5(title, content='notes', content_rowid='id');"
                 "INSERT INTO notes VALUES (1, 'a', 'b');"
                 + search);
  const auto& [operation, was] = GENERATE(table<std::string, std::string>(
      {{"type = \"rename_column\"\ntable = \"notes\"\nfrom = \"body\"\nto = \"text\"\n", "body"},
       {"type = \"drop_column\"\ntable = \"notes\"\ncolumn = \"body\"\n", "body"}}));
  const Project project({"[[operation]]\n" + operation});
  project.succeed(*world, {"expand"});
  const Outcome outcome = project.run(*world, {"contract", "--quiet", "0"});
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.out,
             Catch::Contains("virtual table search reads notes.body by its name: drop it, and make "
                             "it again after contract\n")
                 && !Catch::Contains("titles"));
  world->connect()->script("DROP TABLE search");
  project.succeed(*world, {"contract", "--quiet", "0", "--accept-drift", "search"});
}
