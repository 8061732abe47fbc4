#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace afloat {

/// SHA-256 of bytes that come piece by piece.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void add(std::string_view bytes);
  std::string hex(); ///< 64 lower-case hexadecimal digits; ends the sum

 private:
  struct State;
  std::unique_ptr<State> m_state;
};

/// Tells two sets of rows apart whatever their order: the sum of a 64-bit hash of each. It finds accidents,
/// not forgeries.
class RowSum {
 public:
  void add(std::string_view row);
  std::int64_t rows() const { return m_rows; }
  std::string hex() const; ///< 16 hexadecimal digits

 private:
  std::uint64_t m_sum = 0;
  std::int64_t m_rows = 0;
};

} // namespace afloat
