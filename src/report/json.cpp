#include "report/node.hpp"

#include <nlohmann/json.hpp>

namespace afloat {
namespace {
using Json = nlohmann::ordered_json;

Json convert(const Node& node);

struct Converter {
  Json operator()(const Node::List& list) const {
    Json json = Json::array();
    for (const Node& item : list) json.push_back(convert(item));
    return json;
  }
  Json operator()(const Node::Object& object) const {
    Json json = Json::object();
    for (const auto& [name, item] : object) json[name] = convert(item);
    return json;
  }
  Json operator()(const Node::Json& document) const { return Json::parse(document.text); }
  template <typename T>
  Json operator()(const T& plain) const {
    return plain;
  }
};

Json convert(const Node& node) {
  return std::visit(Converter{}, node.value);
}
} // namespace

std::string to_json(const Node::Object& document) {
  Json json = Json::object();
  json["format"] = 1;
  for (const auto& [name, item] : document) json[name] = convert(item);
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace afloat
