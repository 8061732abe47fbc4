#include "support/sides_fuzz.hpp"
#include "support/text.hpp"
#include "support/writers_fuzz.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

// The table of cases. Those of one operation differ in what hangs on the column.
namespace afloat::test {
namespace {
const Cells k_words{"a", "B", "Bob", "bob", "it's", "", " ", "Zoë", std::nullopt};

Cells same(const Cells& cells) {
  return cells;
}

std::string operation(const std::string& type, const std::string& fields) {
  return fmt::format("[[operation]]\ntype = \"{}\"\n{}\n", type, fields);
}

std::string items(const std::string& columns) {
  return fmt::format("CREATE TABLE items (id integer PRIMARY KEY, n integer NOT NULL DEFAULT 1, {});",
                     columns);
}

WriterCase pair_case(std::string name, std::string schema, std::string migration) {
  WriterCase one{.name = std::move(name), .schema = std::move(schema), .migration = std::move(migration)};
  one.olds = {.columns = {"value"}, .values = {k_words}};
  one.news = {.columns = {"value2"}, .values = {k_words}};
  one.up = one.down = same;
  return one;
}

WriterCase renaming(std::string name, std::string schema) {
  return pair_case(std::move(name), std::move(schema),
                   operation("rename_column", "table = \"items\"\nfrom = \"value\"\nto = \"value2\""));
}

/// A row goes to the other partition when its key changes.
std::string in_partitions(const std::string& columns) {
  return fmt::format("CREATE TABLE items (id integer PRIMARY KEY, n integer NOT NULL DEFAULT 1, {}) "
                     "PARTITION BY RANGE (id);"
                     "CREATE TABLE items_low PARTITION OF items FOR VALUES FROM (0) TO (10000);"
                     "CREATE TABLE items_high PARTITION OF items FOR VALUES FROM (10000) TO (20000);",
                     columns);
}

WriterCase rename_in_partitions() {
  WriterCase one = renaming("rename_column in partitions", in_partitions("value text"));
  one.dialects = {Dialect::postgres};
  return one;
}

/// A trigger of the user's between the passes of sync, one that sorts before every name of sync's, and one
/// AFTER the row: each notes what it sees.
WriterCase rename_with_triggers() {
  WriterCase one = renaming("rename_column with triggers", items("value text, slug text, early text"));
  one.schema += "CREATE TABLE seen (no integer PRIMARY KEY, id integer, value text);";
  one.postgres =
      "CREATE SEQUENCE seen_no; ALTER TABLE seen ALTER COLUMN no SET DEFAULT nextval('seen_no');"
      "CREATE FUNCTION slug() RETURNS trigger LANGUAGE plpgsql AS "
      "'BEGIN NEW.slug := lower(NEW.value); RETURN NEW; END';"
      "CREATE FUNCTION early() RETURNS trigger LANGUAGE plpgsql AS "
      "'BEGIN NEW.early := upper(NEW.value); RETURN NEW; END';"
      "CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS "
      "'BEGIN INSERT INTO seen (id, value) VALUES (NEW.id, NEW.value); RETURN NULL; END';"
      "CREATE TRIGGER slug BEFORE INSERT OR UPDATE ON items FOR EACH ROW EXECUTE FUNCTION slug();"
      "CREATE TRIGGER \" early\" BEFORE INSERT OR UPDATE ON items FOR EACH ROW EXECUTE FUNCTION early();"
      "CREATE TRIGGER see AFTER INSERT OR UPDATE ON items FOR EACH ROW EXECUTE FUNCTION see();";
  one.invariants = {"SELECT count(*) FROM items WHERE slug IS DISTINCT FROM lower(value)",
                    "SELECT count(*) FROM items WHERE early IS DISTINCT FROM upper(value)",
                    "SELECT count(*) FROM items i WHERE value IS DISTINCT FROM "
                    "(SELECT s.value FROM seen s WHERE s.id = i.id ORDER BY no DESC LIMIT 1)"};
  one.moves = false; // `seen` has the key that it saw
  one.dialects = {Dialect::postgres};
  return one;
}

/// The same with column lists, a condition, and one that is called at COMMIT.
WriterCase rename_with_column_lists() {
  WriterCase one = rename_with_triggers();
  one.name = "rename_column with triggers, column lists";
  one.postgres = replaced(std::move(one.postgres), "INSERT OR UPDATE ON", "INSERT OR UPDATE OF value ON");
  one.postgres =
      replaced(std::move(one.postgres), "FOR EACH ROW EXECUTE FUNCTION slug",
               "FOR EACH ROW WHEN (NEW.slug IS DISTINCT FROM lower(NEW.value)) EXECUTE FUNCTION slug");
  one.postgres += "CREATE CONSTRAINT TRIGGER late AFTER INSERT OR UPDATE OF slug, value ON items DEFERRABLE "
                  "INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION see();";
  return one;
}

WriterCase rename_with_sqlite_triggers() {
  WriterCase one = renaming("rename_column with triggers, column lists", items("value text, slug text"));
  one.schema += "CREATE TABLE seen (no integer PRIMARY KEY, id integer, value text);"
                "CREATE TRIGGER see_new AFTER INSERT ON items BEGIN "
                "INSERT INTO seen (id, value) VALUES (NEW.id, NEW.value); END;"
                "CREATE TRIGGER see AFTER UPDATE OF value ON items BEGIN "
                "INSERT INTO seen (id, value) VALUES (NEW.id, NEW.value); END;"
                "CREATE TRIGGER slug_new AFTER INSERT ON items BEGIN "
                "UPDATE items SET slug = lower(NEW.value) WHERE id = NEW.id; END;"
                "CREATE TRIGGER slug AFTER UPDATE OF n, value ON items BEGIN "
                "UPDATE items SET slug = lower(NEW.value) WHERE id = NEW.id; END;";
  one.invariants = {"SELECT count(*) FROM items WHERE slug IS NOT lower(value)",
                    "SELECT count(*) FROM items i WHERE value IS NOT "
                    "(SELECT s.value FROM seen s WHERE s.id = i.id ORDER BY no DESC LIMIT 1)"};
  one.moves = false;
  one.dialects = {Dialect::sqlite};
  return one;
}

/// The column refers to parents whose names change and which go.
WriterCase rename_with_cascade() {
  WriterCase one = renaming("rename_column under a cascade", "CREATE TABLE parents (name text PRIMARY KEY);");
  one.schema += items("value text REFERENCES parents (name) ON UPDATE CASCADE ON DELETE SET NULL");
  one.olds.values = one.news.values = {{"shared", "other", std::nullopt}};
  one.parents = true;
  return one;
}

/// NULL of the new release is a value of its own: the old one reads an empty text.
WriterCase change_type_to_null() {
  WriterCase one = pair_case("change_type where NULL means something", items("value varchar(20)"),
                             operation("change_type", "table = \"items\"\ncolumn = \"value\"\n"
                                                      "column_type = \"text\"\nto = \"value2\"\n"
                                                      "up = \"value\"\ndown = \"coalesce(value2, '')\""));
  one.down = [](const Cells& cells) { return Cells{cells[0].value_or("")}; };
  return one;
}

WriterCase change_type(const FuzzPair& pair, std::string name, std::string schema) {
  WriterCase one = pair_case(
      std::move(name), std::move(schema),
      operation("change_type", fmt::format("table = \"items\"\ncolumn = \"value\"\ncolumn_type = \"{}\"\n"
                                           "to = \"value2\"\nup = \"{}\"\ndown = \"{}\"",
                                           pair.new_type, pair.up, pair.down)));
  one.olds.values = {pair.old_values};
  one.news.values = {pair.new_values};
  one.up = [pair](const Cells& cells) { return Cells{pair.up_model(cells[0])}; };
  one.down = [pair](const Cells& cells) { return Cells{pair.down_model(cells[0])}; };
  return one;
}

WriterCase add_following() {
  WriterCase one = pair_case("add_column that follows", items("value text"),
                             operation("add_column", "table = \"items\"\ncolumn = \"value2\"\n"
                                                     "column_type = \"text\"\nup = \"'x' || value\"\n"
                                                     "follow = true"));
  one.up = [](const Cells& cells) { return Cells{cells[0] ? Cell("x" + *cells[0]) : Cell()}; };
  one.news.values = {{"own", "", "it's", "Zoë"}};
  one.follow = true;
  return one;
}

std::string column_list(const std::vector<SyncColumn>& side, std::string_view key, std::string_view mapping) {
  std::string text;
  for (const SyncColumn& column : side)
    text += fmt::format("[[operation.{}]]\ncolumn = \"{}\"\n{}{} = \"{}\"\n", key, column.name,
                        mapping == "up" ? "column_type = \"text\"\n" : "", mapping, column.expression);
  return text;
}

WriterCase reshaping(const FuzzSides& sides, bool partitions = false) {
  const bool split = sides.name == "split";
  std::string columns, migration;
  for (const SyncColumn& column : sides.old_side)
    columns += (columns.empty() ? "" : ", ") + column.name + " text";
  if (split)
    migration = operation("split_column",
                          fmt::format("table = \"items\"\ncolumn = \"whole\"\ndown = \"{}\"\n{}",
                                      sides.old_side[0].expression, column_list(sides.new_side, "to", "up")));
  else
    migration =
        operation("merge_columns",
                  fmt::format("table = \"items\"\nto = \"whole\"\ncolumn_type = \"text\"\nup = \"{}\"\n{}",
                              sides.new_side[0].expression, column_list(sides.old_side, "from", "down")));
  WriterCase one = pair_case(split ? "split_column" : "merge_columns",
                             partitions ? in_partitions(columns) : items(columns), migration);
  if (partitions) {
    one.name += " in partitions";
    one.partitions = true;
    one.dialects = {Dialect::postgres};
  }
  one.olds = {.columns = {}, .values = sides.old_values};
  one.news = {.columns = {}, .values = sides.new_values};
  for (const SyncColumn& column : sides.old_side) one.olds.columns.push_back(column.name);
  for (const SyncColumn& column : sides.new_side) one.news.columns.push_back(column.name);
  one.up = sides.up;
  one.down = sides.down;
  return one;
}

WriterCase moving() {
  WriterCase one =
      pair_case("move_column",
                items("value text")
                    + "CREATE TABLE details (item_id integer PRIMARY KEY REFERENCES items (id) "
                      "ON DELETE CASCADE ON UPDATE CASCADE);",
                operation("move_column", "table = \"items\"\ncolumn = \"value\"\nto_table = \"details\""));
  one.news = {.table = "details", .key = "item_id", .columns = {"value"}, .values = {k_words}};
  one.cross = one.beside = true;
  return one;
}

WriterCase extracting() {
  WriterCase one =
      pair_case("extract_table", items("value text, other text"),
                operation("extract_table", "table = \"items\"\ncolumns = [\"value\", \"other\"]\n"
                                           "to_table = \"details\"\nkey = [\"item_id\"]"));
  one.olds.columns = {"value", "other"};
  one.olds.values = {k_words, k_words};
  one.news = {
      .table = "details", .key = "item_id", .columns = {"value", "other"}, .values = {k_words, k_words}};
  one.cross = true;
  return one;
}

WriterCase widening() {
  WriterCase one = pair_case("widen_key",
                             items("value text")
                                 + "CREATE TABLE notes (no integer PRIMARY KEY, item_id integer NOT NULL "
                                   "REFERENCES items (id) ON DELETE CASCADE ON UPDATE CASCADE);",
                             operation("widen_key", "table = \"items\""));
  one.postgres =
      "CREATE SEQUENCE notes_no; ALTER TABLE notes ALTER COLUMN no SET DEFAULT nextval('notes_no');";
  one.news = one.olds;
  one.same = true;
  one.extras = {"INSERT INTO notes (item_id) VALUES ({key})", "DELETE FROM notes WHERE item_id = {key}"};
  one.invariants = {"SELECT count(*) FROM items WHERE id IS DISTINCT FROM _afloat_new_1_id",
                    "SELECT count(*) FROM notes WHERE item_id IS DISTINCT FROM _afloat_new_1_item_id"};
  one.dialects = {Dialect::postgres}; // nothing to do on SQLite
  return one;
}

WriterCase renaming_table() {
  WriterCase one = pair_case("rename_table", items("value text"),
                             operation("rename_table", "table = \"items\"\nto = \"things\""));
  one.news = {.table = "things", .columns = {"value"}, .values = {k_words}};
  one.copies = false; // the old name is a view in the window
  one.without_sync =
      "DROP VIEW items; CREATE TABLE items AS SELECT * FROM things; "
      "ALTER TABLE items ADD PRIMARY KEY (id), ALTER COLUMN n SET DEFAULT 1; GRANT ALL ON items TO app";
  return one;
}
} // namespace

std::vector<WriterCase> writer_cases() {
  const std::vector<FuzzPair> pairs = fuzz_pairs();
  const std::vector<FuzzSides> sides = fuzz_sides();
  std::vector<WriterCase> all{renaming("rename_column", items("value text")),
                              rename_in_partitions(),
                              rename_with_triggers(),
                              rename_with_column_lists(),
                              rename_with_sqlite_triggers(),
                              rename_with_cascade(),
                              change_type(pairs[1], "change_type", items("value varchar(20)")),
                              change_type(pairs[2], "change_type that loses", items("value numeric(10,2)")),
                              change_type_to_null(),
                              add_following(),
                              reshaping(sides[0]),
                              reshaping(sides[1]),
                              reshaping(sides[0], true),
                              reshaping(sides[1], true),
                              moving(),
                              extracting(),
                              widening(),
                              renaming_table()};
  std::ranges::find(all, "change_type that loses", &WriterCase::name)->dialects = {Dialect::postgres};
  return all;
}

} // namespace afloat::test
