#include "support/compression.hpp"

#include "support/error.hpp"
#include "support/file.hpp"

#include <string>
#include <utility>
#include <zstd.h>

#include <fmt/format.h>

namespace afloat {
namespace {
constexpr int k_level = 1; // the bottleneck is then the database, and files are a tenth larger than at 3

constexpr std::size_t k_piece = 1U << 18U;

struct FreeStream {
  void operator()(ZSTD_CCtx* stream) const { ZSTD_freeCCtx(stream); }
  void operator()(ZSTD_DCtx* stream) const { ZSTD_freeDCtx(stream); }
};
} // namespace

struct Compressor::State {
  std::unique_ptr<ZSTD_CCtx, FreeStream> stream{ZSTD_createCCtx()};
  std::string buffer = std::string(ZSTD_CStreamOutSize(), '\0');
  std::string waiting; ///< rows are small, and each call of the library costs
};

Compressor::Compressor(ByteSink sink) : m_sink(std::move(sink)), m_state(std::make_unique<State>()) {
  ZSTD_CCtx* stream = m_state->stream.get();
  ZSTD_CCtx_setParameter(stream, ZSTD_c_compressionLevel, k_level);
  ZSTD_CCtx_setParameter(stream, ZSTD_c_nbWorkers, 1); // a library without threads stays with none
}

Compressor::~Compressor() = default;

void Compressor::write(std::string_view bytes) {
  m_state->waiting += bytes;
  if (m_state->waiting.size() < k_piece) return;
  run(m_state->waiting, false);
  m_state->waiting.clear();
}

void Compressor::finish() {
  run(m_state->waiting, true);
}

void Compressor::run(std::string_view bytes, bool end) {
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  for (bool more = true; more;) {
    ZSTD_outBuffer out{m_state->buffer.data(), m_state->buffer.size(), 0};
    const std::size_t left =
        ZSTD_compressStream2(m_state->stream.get(), &out, &in, end ? ZSTD_e_end : ZSTD_e_continue);
    if (ZSTD_isError(left) != 0)
      throw Error(ErrorCode::undone, fmt::format("cannot compress: {}", ZSTD_getErrorName(left)));
    if (out.pos > 0) m_sink(std::string_view(m_state->buffer.data(), out.pos));
    more = end ? left != 0 : in.pos < in.size;
  }
}

void decompress(const std::filesystem::path& file, const ByteSink& sink,
                const std::function<void(std::int64_t)>& read) {
  const std::unique_ptr<ZSTD_DCtx, FreeStream> stream(ZSTD_createDCtx());
  std::string buffer(ZSTD_DStreamOutSize(), '\0');
  std::size_t left = 0;
  read_chunks(file, [&](std::string_view chunk) {
    ZSTD_inBuffer in{chunk.data(), chunk.size(), 0};
    while (in.pos < in.size) {
      ZSTD_outBuffer out{buffer.data(), buffer.size(), 0};
      const std::size_t before = in.pos;
      left = ZSTD_decompressStream(stream.get(), &out, &in);
      if (ZSTD_isError(left) != 0)
        throw Error(ErrorCode::undone,
                    fmt::format("{} is damaged: {}", file.string(), ZSTD_getErrorName(left)),
                    "`afloat snapshot verify` says which parts are whole.");
      if (read) read(static_cast<std::int64_t>(in.pos - before));
      if (out.pos > 0) sink(std::string_view(buffer.data(), out.pos));
    }
  });
  if (left != 0)
    throw Error(ErrorCode::undone, fmt::format("{} is cut off", file.string()),
                "`afloat snapshot verify` says which parts are whole.");
}

} // namespace afloat
