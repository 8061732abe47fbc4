#include "support/checksum.hpp"

#include <array>
#include <cstring>

#include <fmt/format.h>

// SHA256_* are deprecated in OpenSSL 3, but its other interface costs 0.7 ms of start-up.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

namespace afloat {
namespace {
std::uint64_t mixed(std::uint64_t value) {
  value ^= value >> 30U;
  value *= 0xbf58476d1ce4e5b9U;
  value ^= value >> 27U;
  value *= 0x94d049bb133111ebU;
  return value ^ (value >> 31U);
}
} // namespace

struct Sha256::State {
  SHA256_CTX context;
};

Sha256::Sha256() : m_state(std::make_unique<State>()) {
  SHA256_Init(&m_state->context);
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::add(std::string_view bytes) {
  SHA256_Update(&m_state->context, bytes.data(), bytes.size());
}

std::string Sha256::hex() {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256_Final(digest.data(), &m_state->context);
  std::string text;
  for (const unsigned char byte : digest) text += fmt::format("{:02x}", byte);
  return text;
}

void RowSum::add(std::string_view row) {
  std::uint64_t hash = mixed(row.size() + 1);
  for (; row.size() >= sizeof hash; row.remove_prefix(sizeof hash)) {
    std::uint64_t word = 0;
    std::memcpy(&word, row.data(), sizeof word);
    hash = (hash ^ word) * 0x9e3779b97f4a7c15U;
    hash ^= hash >> 32U;
  }
  std::uint64_t rest = 0;
  std::memcpy(&rest, row.data(), row.size());
  m_sum += mixed(hash ^ rest);
  ++m_rows;
}

std::string RowSum::hex() const {
  return fmt::format("{:016x}", m_sum);
}

} // namespace afloat
