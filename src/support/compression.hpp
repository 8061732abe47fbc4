#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>

namespace afloat {

using ByteSink = std::function<void(std::string_view)>;

/// zstd, piece by piece; the work is done by a thread of its own, beside the caller.
class Compressor {
 public:
  explicit Compressor(ByteSink sink);
  ~Compressor();
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;

  void write(std::string_view bytes);
  void finish();

 private:
  struct State;
  void run(std::string_view bytes, bool end);

  ByteSink m_sink;
  std::unique_ptr<State> m_state;
};

/// What was compressed. `read`: bytes of the file, as they are taken. Error undone for a file that is damaged
/// or cut off.
void decompress(const std::filesystem::path& file, const ByteSink& sink,
                const std::function<void(std::int64_t)>& read = {});

} // namespace afloat
