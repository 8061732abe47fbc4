#include "model/schema.hpp"

#include <string_view>

#include <catch2/catch.hpp>

namespace afloat {

TEST_CASE("a written table name has a schema before its dot, and quotes as in SQL", "[model]") {
  struct Case {
    std::string_view text;
    RelationName name;
  };
  for (const auto& [text, name] :
       {Case{"users", {"", "users"}}, Case{"shop.users", {"shop", "users"}}, Case{"a.b.c", {"a", "b.c"}},
        Case{"\"a.b\"", {"", "a.b"}}, Case{"shop.\"order lines\"", {"shop", "order lines"}},
        Case{"\"my shop\".users", {"my shop", "users"}}, Case{"\"a.b\".\"c\"\"d\"", {"a.b", "c\"d"}},
        Case{"it\"s", {"", "it\"s"}}, Case{"\"open", {"", "\"open"}}, Case{"\"a\"b", {"", "\"a\"b"}},
        Case{"", {"", ""}}}) {
    INFO(text);
    CHECK(parse_relation(text) == name);
  }
}

TEST_CASE("a name is shown so that it can be written, also with dots in its parts", "[model]") {
  for (const RelationName& name : {RelationName{"shop", "users"}, RelationName{"a.b", "c"},
                                   RelationName{"a", "b.c"}, RelationName{"a.\"b", "c.d"}})
    CHECK(parse_relation(display(name)) == name);
  CHECK(display({"a.b", "c"}) == "\"a.b\".c");
  CHECK(display({"a", "b.c"}) == "a.\"b.c\"");
  CHECK(display({"", "b.c"}) == "b.c");
  CHECK(display({"my shop", "it's"}) == "my shop.it's");
}

} // namespace afloat
