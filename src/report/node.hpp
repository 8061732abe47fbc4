#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace afloat {

/// A JSON value as plain data: commands build it, json.cpp alone turns it into text.
struct Node {
  using List = std::vector<Node>;
  using Object = std::vector<std::pair<std::string, Node>>; ///< keeps its order

  struct Json { ///< a document that is JSON text already
    std::string text;
  };

  std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, List, Object, Json> value = nullptr;

  Node() = default;
  Node(bool flag) : value(flag) {}
  Node(std::int64_t number) : value(number) {}
  Node(int number) : value(std::int64_t{number}) {}
  Node(double number) : value(number) {}
  Node(std::string text) : value(std::move(text)) {}
  Node(const char* text) : value(std::string(text)) {}
  Node(List list) : value(std::move(list)) {}
  Node(Object object) : value(std::move(object)) {}
  Node(Json json) : value(std::move(json)) {}
};

/// {"format": 1, …}, pretty-printed, with a line feed at the end. Invalid UTF-8 is replaced.
std::string to_json(const Node::Object& document);

} // namespace afloat
