#include "sql/foreign_key.hpp"

#include <catch2/catch.hpp>

namespace afloat {

TEST_CASE("a foreign key is read in parts", "[sql]") {
  using Names = std::vector<std::string>;
  const ForeignKeyText key = parse_foreign_key(
      R"sql(FOREIGN KEY ("a,(b", c) REFERENCES public."Order (old)"(id, "Key") ON DELETE SET NULL (c) NOT VALID)sql");
  CHECK(key.columns == Names{"a,(b", "c"});
  CHECK(key.table == R"sql(public."Order (old)")sql");
  CHECK(key.referenced == Names{"id", "Key"});
  CHECK(key.rest == " ON DELETE SET NULL (c) NOT VALID");
  CHECK(parse_foreign_key("CHECK (a > 0)").referenced.empty());
  CHECK(parse_foreign_key("") == ForeignKeyText());
}

TEST_CASE("the actions of a foreign key are found in the texts of both databases", "[sql]") {
  const std::string_view text = "REFERENCES \"on delete\" (id) ON  UPDATE CASCADE on delete /* x */ set null";
  CHECK(has_action(text, "delete", "set"));
  CHECK(has_action(text, "update", "cascade"));
  CHECK_FALSE(has_action(text, "delete", "cascade"));
  CHECK_FALSE(has_action("FOREIGN KEY (a) REFERENCES \"on\" DEFERRABLE", "delete", "set"));
}

} // namespace afloat
