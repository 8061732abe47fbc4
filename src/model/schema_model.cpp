#include "model/schema_model.hpp"

#include "model/schema.hpp"
#include "support/error.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <tuple>

#include <fmt/format.h>

namespace afloat {
namespace {
constexpr std::array k_kinds{
    KindRow{"schema"},
    KindRow{"language"},
    KindRow{"extension"},
    KindRow{"access method"},
    KindRow{"collation"},
    KindRow{"type"},
    KindRow{"sequence"},
    KindRow{"function"},
    KindRow{"aggregate"},
    KindRow{"cast"},
    KindRow{"operator"},
    KindRow{"operator family"},
    KindRow{"operator class"},
    KindRow{"transform"},
    KindRow{"conversion"},
    KindRow{"text search parser"},
    KindRow{"text search template"},
    KindRow{"text search dictionary"},
    KindRow{"text search configuration"},
    KindRow{"foreign data wrapper"},
    KindRow{"server"},
    KindRow{"user mapping"},
    KindRow{"table", true, true},
    KindRow{"column", true, true},
    KindRow{"constraint", true, true},
    KindRow{"index", true, true},
    KindRow{"view", true, true},
    KindRow{"statistics"},
    KindRow{"rule"},
    KindRow{"trigger", true, true},
    KindRow{"policy"},
    KindRow{"event trigger"},
    KindRow{"publication"},
    KindRow{"subscription"},
    KindRow{"default privilege"},
    KindRow{"setting"},
    KindRow{"pragma", false, true},
};

std::size_t place_of(std::string_view kind) {
  return static_cast<std::size_t>(std::ranges::find(k_kinds, kind, &KindRow::name) - k_kinds.begin());
}

void add_escaped(std::string& to, std::string_view text) {
  for (const char letter : text) {
    if (letter == '\\')
      to += "\\\\";
    else if (letter == '\n')
      to += "\\n";
    else if (letter == '\t')
      to += "\\t";
    else
      to += letter;
  }
}

std::string unescaped(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      result += text[i];
      continue;
    }
    const char next = text[++i];
    result += next == 'n' ? '\n' : next == 't' ? '\t' : next;
  }
  return result;
}

Error damaged(std::string_view line) {
  return Error(ErrorCode::ledger_conflict,
               fmt::format("the recorded schema cannot be read at \"{}\"", one_line(line, 60)),
               "Record it anew: `afloat drift --accept REASON`. Nothing was changed.");
}

SchemaObject parse_object(std::string_view line) {
  const std::size_t first = line.find('\t');
  const std::size_t second = first == line.npos ? line.npos : line.find('\t', first + 1);
  if (second == line.npos) throw damaged(line);
  return {kind_named(line.substr(0, first)),
          unescaped(line.substr(first + 1, second - first - 1)),
          unescaped(line.substr(second + 1)),
          {}};
}

Property parse_property(std::string_view line) {
  constexpr std::string_view k_between = " = ";
  const std::size_t at = line.find(k_between);
  if (at == line.npos) throw damaged(line);
  return {std::string(line.substr(1, at - 1)), unescaped(line.substr(at + k_between.size()))};
}

/// The last part of a name as SQL writes it: "_afloat_x" of public."_afloat_x".
std::string_view last_name(std::string_view name) {
  if (name.ends_with('"')) {
    const std::size_t open = name.rfind('"', name.size() - 2);
    return open == name.npos ? name : name.substr(open + 1, name.size() - open - 2);
  }
  const std::size_t dot = name.rfind('.');
  return dot == name.npos ? name : name.substr(dot + 1);
}
} // namespace

std::span<const KindRow> kind_rows() {
  return k_kinds;
}

std::string_view kind_named(std::string_view name) {
  const std::size_t place = place_of(name);
  if (place == k_kinds.size()) throw damaged(name);
  return k_kinds[place].name;
}

std::string_view SchemaObject::value(std::string_view property) const {
  const auto found = std::ranges::find(properties, property, &Property::first);
  return found == properties.end() ? std::string_view() : std::string_view(found->second);
}

std::string display(const SchemaObject& object) {
  return object.table.empty() ? fmt::format("{} {}", object.kind, object.name)
                              : fmt::format("{} {} of {}", object.kind, object.name, object.table);
}

void sort(SchemaModel& model) {
  std::array<std::vector<SchemaObject>, k_kinds.size()> by_kind;
  std::string_view kind;
  std::size_t place = 0;
  for (SchemaObject& object : model.objects) {
    std::ranges::sort(object.properties);
    if (object.kind != kind) place = place_of(kind = object.kind);
    by_kind.at(place).push_back(std::move(object));
  }
  model.objects.clear();
  for (std::vector<SchemaObject>& objects : by_kind) {
    std::ranges::sort(objects, [](const SchemaObject& one, const SchemaObject& other) {
      return std::tie(one.table, one.name) < std::tie(other.table, other.name);
    });
    std::ranges::move(objects, std::back_inserter(model.objects));
  }
}

std::string canonical_text(const SchemaModel& model) {
  std::string text;
  for (const SchemaObject& object : model.objects) {
    text += object.kind;
    text += '\t';
    add_escaped(text, object.table);
    text += '\t';
    add_escaped(text, object.name);
    text += '\n';
    for (const auto& [name, value] : object.properties) {
      text += ' ';
      text += name;
      text += " = ";
      add_escaped(text, value);
      text += '\n';
    }
  }
  return text;
}

SchemaModel parse_canonical(std::string_view text, Dialect dialect, int server_version) {
  SchemaModel model{dialect, server_version, {}, {}};
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    if (!line.starts_with(' '))
      model.objects.push_back(parse_object(line));
    else if (model.objects.empty())
      throw damaged(line);
    else
      model.objects.back().properties.push_back(parse_property(line));
  }
  return model;
}

std::string fingerprint(const SchemaModel& model) {
  return sha256(canonical_text(model));
}

void remove_own(SchemaModel& model) {
  std::erase_if(model.objects, [](const SchemaObject& object) {
    return object.name.starts_with("afloat.") || is_own_name(last_name(object.name))
           || is_own_name(last_name(object.table));
  });
}

} // namespace afloat
