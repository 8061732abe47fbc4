#include "model/fields.hpp"

#include <algorithm>

namespace afloat {
namespace {
template <typename T>
T value_or(const Record& fields, std::string_view name, T otherwise) {
  const Field* field = find(fields, name);
  const T* value = field ? std::get_if<T>(&field->value) : nullptr;
  return value ? *value : otherwise;
}
} // namespace

const Field* find(const Record& fields, std::string_view name) {
  const auto found = std::ranges::find(fields, name, &Field::name);
  return found == fields.end() ? nullptr : &*found;
}

std::string text(const Record& fields, std::string_view name) {
  return value_or<std::string>(fields, name, {});
}

bool flag(const Record& fields, std::string_view name, bool otherwise) {
  return value_or<bool>(fields, name, otherwise);
}

std::vector<std::string> list(const Record& fields, std::string_view name) {
  return value_or<std::vector<std::string>>(fields, name, {});
}

const std::vector<Record>& records(const Record& fields, std::string_view name) {
  static const std::vector<Record> k_none;
  const Field* field = find(fields, name);
  const auto* found = field ? std::get_if<std::vector<Record>>(&field->value) : nullptr;
  return found ? *found : k_none;
}

SourcePosition where(const OperationSpec& spec, std::string_view name) {
  const Field* field = find(spec.fields, name);
  return field ? field->where : spec.where;
}

} // namespace afloat
