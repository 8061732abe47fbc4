#include "dialect/database.hpp"
#include "dialect/schema_reader.hpp"
#include "dialect/schema_sql.hpp"
#include "model/schema_difference.hpp"
#include "support/model_summary.hpp"
#include "support/places.hpp"
#include "support/temp_folder.hpp"
#include "support/world.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace afloat::test {
namespace {
std::unique_ptr<Database> make(const std::filesystem::path& file) {
  return open_database({.url = "sqlite:" + file.string(), .must_exist = false});
}

/// What SQLite itself says of each column and index, beside what afloat reads.
std::string told_by_sqlite(Database& database) {
  std::string text;
  const auto add = [&](std::string_view query) {
    for (const auto& row : database.query(query, {}).rows) {
      for (const auto& value : row) text += value.value_or("NULL") + "|";
      text += "\n";
    }
  };
  // A default in parentheses is the same default.
  add("SELECT m.name, x.cid, x.name, x.type, x.\"notnull\", x.pk, x.hidden, trim(x.dflt_value, '()') FROM "
      "sqlite_schema m, "
      "pragma_table_xinfo(m.name) x WHERE m.name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY 1, 2");
  add("SELECT m.name, f.* FROM sqlite_schema m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table' "
      "ORDER BY 1, 2, 3");
  add("SELECT m.name, i.\"unique\", i.origin, i.partial, x.* FROM sqlite_schema m, pragma_index_list(m.name) "
      "i, "
      "pragma_index_xinfo(i.name) x WHERE m.type = 'table' ORDER BY 1, i.name, x.seqno");
  add("SELECT schema, name, type, ncol, wr, strict FROM pragma_table_list WHERE schema = 'main' ORDER BY "
      "name");
  return text;
}
} // namespace

TEST_CASE("sqlite: each kind of object is printed as SQL that makes it again", "[model]") {
  const TempFolder folder;
  const auto first = make(folder / "first"), second = make(folder / "second");
  const SchemaModel empty = read_schema(*second);
  first->script(read_file(source_folder() / "tests/conformance/broad_schema_sqlite.sql"));
  const SchemaModel model = read_schema(*first);
  for (const KindRow& row : kind_rows())
    CHECK((!row.sqlite
           || std::ranges::find(model.objects, row.name, &SchemaObject::kind) != model.objects.end()));
  const SchemaScript script = sql_between(empty, model);
  CHECK(script.by_hand.empty());
  second->script(script_text(script));
  const SchemaModel again = read_schema(*second);
  CHECK(summary(compare(model, again)) == "");
  CHECK(fingerprint(model) == fingerprint(again));
  CHECK(told_by_sqlite(*second) == told_by_sqlite(*first));
  second->script(script_text(sql_between(again, empty)));
  CHECK(summary(compare(empty, read_schema(*second))) == "");
}
} // namespace afloat::test
