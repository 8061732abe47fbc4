#include "fuzz/targets.hpp"

#include <cstddef>
#include <cstdint>

// One fuzz program per target: CMake says which.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  afloat::test::AFLOAT_FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
  return 0;
}
