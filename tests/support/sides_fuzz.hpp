#pragma once

#include "dialect/database.hpp"
#include "dialect/sql_writer.hpp"
#include "support/sync_fuzz.hpp"

#include <functional>
#include <vector>

/// Random writes by an old and a new release to one table whose sides have several columns, as SQL that both
/// databases take, beside a model that says what each must read.
namespace afloat::test {

using Cells = std::vector<Cell>;

/// Two sides that are kept in step by mappings that lose something.
struct FuzzSides {
  std::string name;
  std::vector<SyncColumn> old_side, new_side;
  std::function<Cells(const Cells&)> up, down;
  std::vector<Cells> old_values, new_values; ///< what the releases write, for each column
};

/// A name that is split, and one that is merged, each at its last space.
std::vector<FuzzSides> fuzz_sides();

struct SidesRow {
  Cells olds, news;
  bool operator==(const SidesRow&) const = default;
};

/// The model. `keep_agreeing`: an update that leaves the sides in agreement lets the other one be (SQLite);
/// otherwise it is derived anew.
class SidesModel {
 public:
  SidesModel(const FuzzSides& sides, bool keep_agreeing, std::uint32_t seed)
      : m_sides(sides), m_keep_agreeing(keep_agreeing), m_state(seed) {}

  bool next_is_new() { return below(2) == 1; }
  /// One statement of one release, which the model has taken in; empty where there was nothing to do.
  std::string next(bool by_new);
  /// Reads all rows of one side as (id, columns…).
  std::string query(bool of_new) const;
  /// Rows of the result that differ from the model's.
  int wrong(const Result& result, bool of_new) const;
  int below(int limit);

  static constexpr int k_keys = 100;
  std::vector<std::optional<SidesRow>> rows = std::vector<std::optional<SidesRow>>(k_keys);

 private:
  using Values = std::vector<std::optional<Cell>>; ///< nothing where a column is left out
  Values some_values(bool by_new);
  std::vector<int> some_keys(bool present);
  void inserted(bool by_new, int key, const Values& values);
  void updated(bool by_new, int key, const Values& values);
  bool agrees(const SidesRow& row) const;
  std::string insert(bool by_new, const std::vector<int>& keys);
  std::string upsert(bool by_new, int key);
  std::string update(bool by_new, const std::vector<int>& keys);

  const FuzzSides& m_sides;
  bool m_keep_agreeing;
  std::uint64_t m_state;
};

} // namespace afloat::test
