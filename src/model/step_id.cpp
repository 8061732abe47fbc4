#include "model/step_id.hpp"

#include <fmt/format.h>

namespace afloat {

std::string id_of_undoing(std::string_view undone, int number) {
  return fmt::format("{}.{}", undone, number);
}

std::string_view undone_id(const Step& step) {
  const std::string_view id = step.id;
  const std::size_t last = id.rfind('.');
  return last == id.find('.') ? std::string_view() : id.substr(0, last);
}

} // namespace afloat
