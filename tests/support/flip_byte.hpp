#pragma once

#include <filesystem>
#include <fstream>

namespace afloat::test {

/// Changes one bit in the middle of the file; done twice, the file is as it was.
inline void flip_byte(const std::filesystem::path& file) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  const auto middle = static_cast<std::streamoff>(std::filesystem::file_size(file) / 2);
  stream.seekg(middle);
  const char byte = static_cast<char>(stream.get() ^ 0x20);
  stream.seekp(middle);
  stream.put(byte);
}

} // namespace afloat::test
