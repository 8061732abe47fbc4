#pragma once

#include <string_view>

namespace afloat {

enum class Dialect { postgres, sqlite };

constexpr std::string_view name_of(Dialect dialect) {
  return dialect == Dialect::postgres ? "postgres" : "sqlite";
}

} // namespace afloat
