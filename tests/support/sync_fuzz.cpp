#include "support/sync_fuzz.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

namespace afloat::test {
namespace {
Cell map(const Cell& value, const std::function<std::string(const std::string&)>& change) {
  return value ? Cell(change(*value)) : Cell();
}

long long cents(const std::string& number) {
  const bool negative = number.front() == '-';
  const std::size_t dot = number.find('.');
  const long long whole = std::stoll(number.substr(0, dot));
  const long long part = dot == std::string::npos ? 0 : std::stoll(number.substr(dot + 1));
  return whole * 100 + (negative ? -part : part);
}

std::string as_numeric(long long value) {
  return fmt::format("{}{}.{:02}", value < 0 ? "-" : "", std::abs(value) / 100, std::abs(value) % 100);
}

std::string lowered(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

FuzzPair identity_pair() {
  FuzzPair pair{.name = "identity", .old_type = "text", .new_type = "text", .up = "value", .down = "value2"};
  pair.identity = true;
  pair.up_model = pair.down_model = [](const Cell& value) { return value; };
  pair.old_values = pair.new_values = {"a", "B", "Bob", "bob", "it's", "", " ", std::nullopt, "Zoë"};
  pair.user_trigger = "lower(NEW.value)";
  pair.user_model = [](const Cell& value) { return map(value, lowered); };
  return pair;
}

FuzzPair lossless_pair() {
  FuzzPair pair{.name = "lossless", .old_type = "character varying(20)", .new_type = "text"};
  pair.up = "'x' || items.value";
  pair.down = "substr(value2, 2)";
  pair.old_default = "Def";
  pair.new_default = "xDef";
  pair.up_model = [](const Cell& value) {
    return map(value, [](const std::string& text) { return "x" + text; });
  };
  pair.down_model = [](const Cell& value) {
    return map(value, [](const std::string& text) { return text.substr(1); });
  };
  pair.old_values = {"a", "B", "Bob", "bob", "", "Def", std::nullopt};
  for (const Cell& value : pair.old_values) pair.new_values.push_back(pair.up_model(value));
  pair.user_trigger = "lower(NEW.value)";
  pair.user_model = [](const Cell& value) { return map(value, lowered); };
  return pair;
}

/// 9.99 becomes 10 and 10 becomes 10.00: an update that touches neither must leave 9.99 alone.
FuzzPair lossy_pair() {
  FuzzPair pair{.name = "lossy", .old_type = "numeric(10,2)", .new_type = "integer"};
  pair.up = "round(value)::integer";
  pair.down = "value2::numeric";
  pair.old_default = "7.50";
  pair.new_default = "8";
  pair.up_model = [](const Cell& value) {
    return map(value, [](const std::string& text) {
      const long long hundredths = cents(text);
      return std::to_string((std::abs(hundredths) + 50) / 100 * (hundredths < 0 ? -1 : 1));
    });
  };
  pair.down_model = [](const Cell& value) {
    return map(value, [](const std::string& text) { return as_numeric(std::stoll(text) * 100); });
  };
  pair.old_values = {"9.99", "10.00", "10.49", "7.50", "8.00", "-0.50", "600.25", "0.00", std::nullopt};
  pair.new_values = {"10", "8", "9", "-1", "0", "600", "7", std::nullopt};
  pair.user_trigger = "least(NEW.value, 500.00)";
  // least() ignores NULL.
  pair.user_model = [](const Cell& value) {
    return value ? Cell(as_numeric(std::min(cents(*value), 50'000LL))) : Cell("500.00");
  };
  return pair;
}

std::string literal(const Cell& value) {
  if (!value) return "NULL";
  std::string text = "'";
  for (const char c : *value) text += c == '\'' ? std::string("''") : std::string(1, c);
  return text + "'";
}

std::string list(const std::vector<int>& keys) {
  return fmt::format("{}", fmt::join(keys, ","));
}
} // namespace

std::vector<FuzzPair> fuzz_pairs() {
  return {identity_pair(), lossless_pair(), lossy_pair()};
}

int FuzzModel::below(int limit) {
  m_state = m_state * 6364136223846793005ULL + 1442695040888963407ULL;
  return static_cast<int>((m_state >> 33U) % static_cast<std::uint64_t>(limit));
}

std::vector<int> FuzzModel::some_keys(bool present) {
  std::vector<int> keys;
  for (int tries = 1 + below(3); tries > 0; --tries) {
    const int key = below(k_keys);
    const bool there = rows[static_cast<std::size_t>(key)].has_value();
    if (there == present && std::ranges::find(keys, key) == keys.end()) keys.push_back(key);
  }
  return keys;
}

Cell FuzzModel::some_value(bool by_new) {
  const std::vector<Cell>& values = by_new ? m_pair.new_values : m_pair.old_values;
  return values[static_cast<std::size_t>(below(static_cast<int>(values.size())))];
}

FuzzRow FuzzModel::after_user_trigger(FuzzRow row) const {
  row.old_value = m_pair.user_model(row.old_value);
  return row;
}

void FuzzModel::inserted(bool by_new, int key, const std::optional<Cell>& value) {
  FuzzRow row{m_pair.old_default, m_pair.new_default};
  if (value) (by_new ? row.new_value : row.old_value) = *value;
  const auto agrees = [&] {
    return m_pair.up_model(row.old_value) == row.new_value
           || m_pair.down_model(row.new_value) == row.old_value;
  };
  if (m_pair.up_model(row.old_value) != row.new_value) {
    if (row.new_value == m_pair.new_default)
      row.new_value = m_pair.up_model(row.old_value);
    else
      row.old_value = m_pair.down_model(row.new_value);
  }
  if (m_user != UserTrigger::none) {
    row = after_user_trigger(row);
    if (!agrees()) row.new_value = m_pair.up_model(row.old_value);
  }
  rows[static_cast<std::size_t>(key)] = row;
}

void FuzzModel::updated(bool by_new, int key, const std::optional<Cell>& value) {
  const FuzzRow before = *rows[static_cast<std::size_t>(key)];
  FuzzRow row = before;
  if (value) (by_new ? row.new_value : row.old_value) = *value;
  const auto agrees = [&] {
    return m_pair.up_model(row.old_value) == row.new_value
           || m_pair.down_model(row.new_value) == row.old_value;
  };
  if (row.new_value != before.new_value) {
    if (row.old_value == before.old_value || !agrees()) row.old_value = m_pair.down_model(row.new_value);
  } else if (row.old_value != before.old_value) {
    row.new_value = m_pair.up_model(row.old_value);
  }
  if (m_user != UserTrigger::none) {
    row = after_user_trigger(row);
    if (!agrees()) row.new_value = m_pair.up_model(row.old_value);
  }
  rows[static_cast<std::size_t>(key)] = row;
}

std::string FuzzModel::insert(bool by_new, const std::vector<int>& keys) {
  const std::string column = by_new ? "value2" : "value";
  if (below(5) == 0) {
    std::vector<std::string> tuples;
    for (const int key : keys) {
      inserted(by_new, key, std::nullopt);
      tuples.push_back(fmt::format("({})", key));
    }
    return fmt::format("INSERT INTO items (id) VALUES {}", fmt::join(tuples, ","));
  }
  std::vector<std::string> tuples;
  for (const int key : keys) {
    const bool by_default = below(6) == 0;
    const Cell value = some_value(by_new);
    inserted(by_new, key, by_default ? std::optional<Cell>() : std::optional<Cell>(value));
    tuples.push_back(fmt::format("({},{})", key, by_default ? "DEFAULT" : literal(value)));
  }
  return fmt::format("INSERT INTO items (id,{}) VALUES {}", column, fmt::join(tuples, ","));
}

std::string FuzzModel::upsert(bool by_new, int key) {
  const std::string column = by_new ? "value2" : "value";
  const Cell value = some_value(by_new);
  const auto& row = rows[static_cast<std::size_t>(key)];
  if (row)
    // A user's trigger has changed what was proposed before ON CONFLICT reads it: EXCLUDED is the row after
    // triggers.
    updated(by_new, key, [&]() -> std::optional<Cell> {
      const FuzzRow kept = *row;
      inserted(by_new, key, std::optional<Cell>(value));
      const FuzzRow proposed = *row;
      rows[static_cast<std::size_t>(key)] = kept;
      return by_new ? proposed.new_value : proposed.old_value;
    }());
  else
    inserted(by_new, key, std::optional<Cell>(value));
  return fmt::format(
      "INSERT INTO items (id,{0}) VALUES ({1},{2}) ON CONFLICT (id) DO UPDATE SET {0}=EXCLUDED.{0}", column,
      key, literal(value));
}

std::string FuzzModel::update(bool by_new, const std::vector<int>& keys) {
  const std::string column = by_new ? "value2" : "value";
  std::string assignment = fmt::format("{0}={0}", column);
  std::optional<Cell> value;
  switch (below(5)) {
  case 0:
    break;
  case 1:
    assignment = "touched=touched+1";
    break;
  default:
    value = some_value(by_new);
    assignment = fmt::format("{}={}", column, literal(*value));
  }
  for (const int key : keys) updated(by_new, key, value);
  return fmt::format("UPDATE items SET {} WHERE id IN ({})", assignment, list(keys));
}

std::string FuzzModel::operation(bool by_new) {
  const int kind = below(10);
  if (kind < 2) return upsert(by_new, below(k_keys));
  const std::vector<int> keys = some_keys(kind > 3);
  if (keys.empty()) return {};
  if (kind <= 3) return insert(by_new, keys);
  if (kind < 9) return update(by_new, keys);
  for (const int key : keys) rows[static_cast<std::size_t>(key)].reset();
  return fmt::format("DELETE FROM items WHERE id IN ({})", list(keys));
}

std::string FuzzModel::next_run(bool by_new, int count) {
  std::string script;
  while (count > 0) {
    const std::string sql = operation(by_new);
    if (sql.empty()) continue;
    script += sql + ";";
    --count;
  }
  return script;
}

} // namespace afloat::test
