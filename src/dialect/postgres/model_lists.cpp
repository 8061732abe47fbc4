#include "dialect/postgres/model_lists.hpp"

#include <cstddef>
#include <utility>

namespace afloat::postgres {

std::vector<std::string> list_items(std::string_view list) {
  std::vector<std::string> items;
  std::string item;
  char quote = 0;
  int depth = 0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const char letter = list[i];
    if (quote == 0 && depth == 0 && list.substr(i, 2) == ", ") {
      items.push_back(std::exchange(item, {}));
      ++i;
      continue;
    }
    if (quote == 0 && (letter == '"' || letter == '\''))
      quote = letter;
    else if (letter == quote)
      quote = 0;
    else if (quote == 0)
      depth += letter == '(' ? 1 : letter == ')' ? -1 : 0;
    item += letter;
  }
  if (!item.empty()) items.push_back(item);
  return items;
}

} // namespace afloat::postgres
