#pragma once

#include "support/world.hpp"

#include <memory>
#include <string_view>

#include <fmt/format.h>

/// The table that the tests of faults change.
namespace afloat::test {

inline constexpr const char* k_rename = R"(
[[operation]]
type = "rename_column"
table = "users"
from = "user_name"
to = "username"
)";

/// Of two users. `type`: of their column user_name. `more`: further columns, each with a comma before it.
inline std::unique_ptr<World> users(Dialect dialect, std::string_view type = "text NOT NULL",
                                    std::string_view more = "") {
  auto world = make_world(dialect);
  world->prepare(fmt::format("CREATE TABLE users (id integer PRIMARY KEY, user_name {}{});"
                             "INSERT INTO users (id, user_name) VALUES (1, 'ada'), (2, 'bert')",
                             type, more));
  return world;
}

} // namespace afloat::test
