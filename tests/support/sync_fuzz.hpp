#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

/// Random writes by an old and a new release to one table, as SQL, beside a model that says what each must
/// read. Knows no database: the caller runs the text and compares.
namespace afloat::test {

using Cell = std::optional<std::string>;

/// Two columns that are kept equal: `value` (old release) and `value2` (new release) of table items.
struct FuzzPair {
  std::string name, old_type, new_type;
  std::string up, down; ///< SQL
  bool identity = false;
  Cell old_default, new_default;
  std::function<Cell(const Cell&)> up_model, down_model;
  std::vector<Cell> old_values, new_values; ///< what the releases write
  std::string user_trigger;                 ///< assignment that a user's BEFORE trigger makes to NEW.value
  std::function<Cell(const Cell&)> user_model;
};

/// Whether there is a user's trigger, and whether its name sorts before "!", with which sync's begin
/// elsewhere. It runs between sync's two passes in any case.
enum class UserTrigger { none, early, between };

std::vector<FuzzPair> fuzz_pairs();

struct FuzzRow {
  Cell old_value, new_value;
  bool operator==(const FuzzRow&) const = default;
};

/// The model. Rows by key; nothing where there is no row.
class FuzzModel {
 public:
  FuzzModel(const FuzzPair& pair, UserTrigger user, std::uint32_t seed)
      : m_pair(pair), m_user(user), m_state(seed) {}

  /// SQL of one run of `count` operations by one release, which the model has taken in.
  std::string next_run(bool by_new, int count);
  /// Runs that both releases write take turns; this says whose the next one is.
  bool next_is_new() { return below(2) == 1; }
  int below(int limit);

  static constexpr int k_keys = 200;
  std::vector<std::optional<FuzzRow>> rows = std::vector<std::optional<FuzzRow>>(k_keys);

 private:
  std::string operation(bool by_new);
  std::string insert(bool by_new, const std::vector<int>& keys);
  std::string upsert(bool by_new, int key);
  std::string update(bool by_new, const std::vector<int>& keys);
  std::vector<int> some_keys(bool present);
  Cell some_value(bool by_new);
  void inserted(bool by_new, int key, const std::optional<Cell>& value);
  void updated(bool by_new, int key, const std::optional<Cell>& value);
  FuzzRow after_user_trigger(FuzzRow row) const;

  const FuzzPair& m_pair;
  UserTrigger m_user;
  std::uint64_t m_state;
};

} // namespace afloat::test
