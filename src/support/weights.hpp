#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace afloat {

/// A few rows behind a place in the order of a key: their first and last key, how many, and what they weigh
/// together.
struct Sample {
  std::int64_t first = 0, last = 0, rows = 0;
  double weight = 0;
};

/// What the rows of a table weigh, by their key, a whole number: about as much as filling them takes time. It
/// is told by samples. They are taken where they tell most: where the rows of a part and those of the next
/// are unlike (wide and narrow ones, keys with gaps and without), or it is long, the part is halved.
class Weights {
 public:
  static constexpr int k_samples = 128;
  /// The rows behind a key; nothing if there is none, or no time: what is not known then is taken to be as
  /// what stands before it.
  using Look = std::function<std::optional<Sample>(std::int64_t after)>;

  /// Of the rows with keys in (from, to].
  Weights(std::int64_t from, std::int64_t to, const Look& look);
  double upto(std::int64_t key) const; ///< of the rows up to this key
  double total() const { return upto(m_to); }

 private:
  struct Part {
    std::int64_t after;
    double density; ///< weight of one key; 0 where there is no row
  };
  std::int64_t end_of(std::size_t part) const;
  double doubt(std::size_t part, double mean) const;
  bool begin(std::size_t part, std::int64_t after, const Look& look);

  std::vector<Part> m_parts; ///< by key; each ends where the next begins
  std::int64_t m_to;
};

} // namespace afloat
