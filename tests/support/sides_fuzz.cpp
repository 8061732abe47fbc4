#include "support/sides_fuzz.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat::test {
namespace {
std::string trimmed_spaces(const std::string& text) {
  const std::size_t first = text.find_first_not_of(' ');
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(' ') + 1 - first);
}

/// What stands behind the last space, and what before it: NULL if nothing does.
Cells parts_of(const Cells& whole) {
  if (!whole[0]) return {std::nullopt, std::nullopt};
  const std::string& text = *whole[0];
  const std::size_t space = text.rfind(' ');
  const std::size_t behind = space == std::string::npos ? 0 : space + 1;
  const std::string before = trimmed_spaces(text.substr(0, behind));
  return {before.empty() ? Cell() : Cell(before), text.substr(behind)};
}

/// Never NULL: then NULLs that the new release writes are not those of a row that was never filled.
Cells whole_of(const Cells& parts) {
  return {trimmed_spaces(parts[0].value_or("") + " " + parts[1].value_or(""))};
}

Cells strict_whole_of(const Cells& parts) {
  return {parts[1] ? Cell(trimmed_spaces(parts[0].value_or("") + " " + *parts[1])) : Cell()};
}

const Cells k_wholes{"Ada Lovelace", "Mary Ann Evans", "Plato", "",          " ",
                     "a  b",         "Zoë van Dyk",    "it's",  std::nullopt};
const Cells k_firsts{"Ada", "Mary Ann", "", " x", "Zoë", std::nullopt};
const Cells k_lasts{"Lovelace", "van Dyk", "", "Evans", "it's", std::nullopt};

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

std::vector<FuzzSides> fuzz_sides() {
  const std::string behind = "rtrim(whole, replace(whole, ' ', ''))";
  const std::string first = fmt::format("nullif(trim({}), '')", behind);
  const std::string last = fmt::format("substr(items.whole, length({}) + 1)", behind);
  const std::string coalesced = "trim(coalesce(first, '') || ' ' || coalesce(items.last, ''))";
  const std::string strict = "trim(coalesce(first, '') || ' ' || last)";
  return {{"split",
           {{"whole", "text", coalesced}},
           {{"first", "text", first}, {"last", "text", last}},
           parts_of,
           whole_of,
           {k_wholes},
           {k_firsts, k_lasts}},
          {"merge",
           {{"first", "text", first}, {"last", "text", last}},
           {{"whole", "text", strict}},
           strict_whole_of,
           parts_of,
           {k_firsts, k_lasts},
           {k_wholes}}};
}

int SidesModel::below(int limit) {
  m_state = m_state * 6364136223846793005ULL + 1442695040888963407ULL;
  return static_cast<int>((m_state >> 33U) % static_cast<std::uint64_t>(limit));
}

std::vector<int> SidesModel::some_keys(bool present) {
  std::vector<int> keys;
  for (int tries = 1 + below(3); tries > 0; --tries) {
    const int key = below(k_keys);
    if (rows[static_cast<std::size_t>(key)].has_value() == present
        && std::ranges::find(keys, key) == keys.end())
      keys.push_back(key);
  }
  return keys;
}

/// For some of the columns of a side, at least one.
SidesModel::Values SidesModel::some_values(bool by_new) {
  const std::vector<Cells>& choices = by_new ? m_sides.new_values : m_sides.old_values;
  Values values(choices.size());
  while (std::ranges::none_of(values, [](const auto& value) { return value.has_value(); }))
    for (std::size_t i = 0; i < choices.size(); ++i)
      if (below(3) > 0)
        values[i] = choices[i][static_cast<std::size_t>(below(static_cast<int>(choices[i].size())))];
  return values;
}

bool SidesModel::agrees(const SidesRow& row) const {
  return m_sides.up(row.olds) == row.news || m_sides.down(row.news) == row.olds;
}

void SidesModel::inserted(bool by_new, int key, const Values& values) {
  SidesRow row{Cells(m_sides.old_side.size()), Cells(m_sides.new_side.size())};
  Cells& own = by_new ? row.news : row.olds;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i]) own[i] = *values[i];
  const bool new_idle = row.news == Cells(row.news.size());
  if (m_sides.up(row.olds) != row.news) {
    if (new_idle)
      row.news = m_sides.up(row.olds);
    else
      row.olds = m_sides.down(row.news);
  }
  rows[static_cast<std::size_t>(key)] = row;
}

void SidesModel::updated(bool by_new, int key, const Values& values) {
  SidesRow& row = *rows[static_cast<std::size_t>(key)];
  Cells& own = by_new ? row.news : row.olds;
  const Cells before = own;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i]) own[i] = *values[i];
  if (own == before || (m_keep_agreeing && agrees(row))) return;
  (by_new ? row.olds : row.news) = by_new ? m_sides.down(row.news) : m_sides.up(row.olds);
}

std::string SidesModel::insert(bool by_new, const std::vector<int>& keys) {
  const std::vector<SyncColumn>& side = by_new ? m_sides.new_side : m_sides.old_side;
  std::vector<std::string> columns{"id"}, tuples;
  const Values shape = below(6) == 0 ? Values(side.size()) : some_values(by_new);
  for (std::size_t i = 0; i < side.size(); ++i)
    if (shape[i]) columns.push_back(side[i].name);
  for (const int key : keys) {
    Values values = shape;
    const Values others = some_values(by_new);
    std::vector<std::string> cells{std::to_string(key)};
    for (std::size_t i = 0; i < side.size(); ++i) {
      if (!shape[i]) continue;
      if (others[i]) values[i] = others[i];
      cells.push_back(literal(*values[i]));
    }
    inserted(by_new, key, values);
    tuples.push_back(fmt::format("({})", fmt::join(cells, ",")));
  }
  return fmt::format("INSERT INTO items ({}) VALUES {}", fmt::join(columns, ","), fmt::join(tuples, ","));
}

std::string SidesModel::upsert(bool by_new, int key) {
  const std::vector<SyncColumn>& side = by_new ? m_sides.new_side : m_sides.old_side;
  const Values values = some_values(by_new);
  std::vector<std::string> columns{"id"}, cells{std::to_string(key)}, assignments;
  for (std::size_t i = 0; i < side.size(); ++i) {
    if (!values[i]) continue;
    columns.push_back(side[i].name);
    cells.push_back(literal(*values[i]));
    assignments.push_back(fmt::format("{0}=EXCLUDED.{0}", side[i].name));
  }
  rows[static_cast<std::size_t>(key)] ? updated(by_new, key, values) : inserted(by_new, key, values);
  return fmt::format("INSERT INTO items ({}) VALUES ({}) ON CONFLICT (id) DO UPDATE SET {}",
                     fmt::join(columns, ","), fmt::join(cells, ","), fmt::join(assignments, ","));
}

std::string SidesModel::update(bool by_new, const std::vector<int>& keys) {
  const std::vector<SyncColumn>& side = by_new ? m_sides.new_side : m_sides.old_side;
  Values values(side.size());
  std::vector<std::string> assignments{"touched=touched+1"};
  if (const int kind = below(5); kind == 0) {
    for (const SyncColumn& column : side) assignments.push_back(fmt::format("{0}={0}", column.name));
  } else if (kind > 1) {
    values = some_values(by_new);
    for (std::size_t i = 0; i < side.size(); ++i)
      if (values[i]) assignments.push_back(fmt::format("{}={}", side[i].name, literal(*values[i])));
  }
  for (const int key : keys) updated(by_new, key, values);
  return fmt::format("UPDATE items SET {} WHERE id IN ({})", fmt::join(assignments, ","), list(keys));
}

std::string SidesModel::next(bool by_new) {
  const int kind = below(10);
  if (kind < 2) return upsert(by_new, below(k_keys));
  const std::vector<int> keys = some_keys(kind > 3);
  if (keys.empty()) return {};
  if (kind <= 3) return insert(by_new, keys);
  if (kind < 9) return update(by_new, keys);
  for (const int key : keys) rows[static_cast<std::size_t>(key)].reset();
  return fmt::format("DELETE FROM items WHERE id IN ({})", list(keys));
}

std::string SidesModel::query(bool of_new) const {
  return fmt::format("SELECT id, {} FROM items", names_of(of_new ? m_sides.new_side : m_sides.old_side));
}

int SidesModel::wrong(const Result& result, bool of_new) const {
  std::vector<std::optional<Cells>> found(k_keys);
  for (const auto& row : result.rows) found.at(std::stoul(*row[0])) = Cells(row.begin() + 1, row.end());
  int count = 0;
  for (std::size_t key = 0; key < found.size(); ++key) {
    const bool missing = found[key].has_value() != rows[key].has_value();
    if (missing || (found[key] && *found[key] != (of_new ? rows[key]->news : rows[key]->olds))) ++count;
  }
  return count;
}

} // namespace afloat::test
