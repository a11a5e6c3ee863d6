#include "src/log/codec.h"

#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

#include "src/base/check.h"
#include "src/base/coding.h"

namespace kvstore::log {
namespace {

struct FreeContext {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

// Memory for decoding, reused for all values.
struct Workplace {
  std::unique_ptr<ZSTD_DCtx, FreeContext> context{ZSTD_createDCtx()};
  std::vector<char> frame;  // a frame with its magic number
  std::vector<char> block;

  static Workplace& here() {
    thread_local Workplace own;
    if (!own.context) own.context.reset(ZSTD_createDCtx());
    if (!own.context) throw std::bad_alloc();
    return own;
  }
};

}  // namespace

Encoding load_encoding(const std::uint8_t* at) {
  return {static_cast<Codec>(at[0]), at[1], load_le<std::uint32_t>(at + 2)};
}

void store_encoding(const Encoding& encoding, std::uint8_t* at) {
  at[0] = static_cast<std::uint8_t>(encoding.codec);
  at[1] = encoding.block_shift;
  store_le(at + 2, encoding.raw_size);
}

bool is_known(const Encoding& encoding) {
  const bool codec_known =
      encoding.codec == Codec::kZstd || encoding.codec == Codec::kZstdDictionary;
  return codec_known && encoding.block_shift >= kMinBlockShift &&
         encoding.block_shift <= kMaxBlockShift && encoding.raw_size > 0 &&
         encoding.raw_size <= kMaxRawSize;
}

ByteRange BlockMap::raw(std::uint32_t block) const {
  const std::uint64_t begin = std::uint64_t{block} << encoding_.block_shift;
  const std::uint64_t size = std::uint64_t{1} << encoding_.block_shift;
  return {begin, std::min<std::uint64_t>(begin + size, encoding_.raw_size)};
}

std::optional<ByteRange> BlockMap::frame(std::uint32_t block) const {
  KV_CHECK(block < count());
  if (count() == 1) return ByteRange{0, stored_.size()};
  const std::uint64_t first = table().end;
  if (first > stored_.size()) return std::nullopt;
  const auto* ends = reinterpret_cast<const std::uint8_t*>(stored_.data());
  const auto end_of = [ends](std::size_t one) { return load_le<std::uint32_t>(ends + 4 * one); };
  const ByteRange range{block == 0 ? first : end_of(block - 1), end_of(block)};
  const bool fits = first <= range.begin && range.begin < range.end && range.end <= stored_.size();
  return fits ? std::optional(range) : std::nullopt;
}

bool decode_frame(std::string_view frame, const ZSTD_DDict_s* dictionary, std::uint64_t raw_size,
                  char* out) {
  if (frame.size() >= raw_size) {
    if (frame.size() == raw_size) std::memcpy(out, frame.data(), frame.size());
    return frame.size() == raw_size;
  }
  Workplace& workplace = Workplace::here();
  std::vector<char>& whole = workplace.frame;
  whole.resize(kFrameMagicSize + frame.size());
  store_le(reinterpret_cast<std::uint8_t*>(whole.data()), std::uint32_t{ZSTD_MAGICNUMBER});
  std::copy(frame.begin(), frame.end(), whole.begin() + kFrameMagicSize);
  const std::size_t got = ZSTD_decompress_usingDDict(workplace.context.get(), out, raw_size,
                                                     whole.data(), whole.size(), dictionary);
  return !ZSTD_isError(got) && got == raw_size;
}

bool decode_frame_part(std::string_view frame, const ZSTD_DDict_s* dictionary,
                       std::uint64_t raw_size, std::uint64_t begin, std::uint64_t end, char* out) {
  KV_CHECK(begin <= end && end <= raw_size);
  if (begin == 0 && end == raw_size) return decode_frame(frame, dictionary, raw_size, out);
  std::vector<char>& block = Workplace::here().block;
  block.resize(raw_size);
  if (!decode_frame(frame, dictionary, raw_size, block.data())) return false;
  std::memcpy(out, block.data() + begin, end - begin);
  return true;
}

}  // namespace kvstore::log
