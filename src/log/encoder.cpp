#include "src/log/encoder.h"

#include <zstd.h>

#include <new>

#include "src/base/check.h"
#include "src/base/coding.h"

namespace kvstore::log {
namespace {

// A saving of less than a sixteenth is not worth a decompression at each read.
bool is_worth_it(std::size_t raw, std::size_t stored) { return stored + raw / 16 < raw; }

void set(ZSTD_CCtx* context, ZSTD_cParameter parameter, int value) {
  KV_CHECK(!ZSTD_isError(ZSTD_CCtx_setParameter(context, parameter, value)));
}

}  // namespace

void Encoder::FreeContext::operator()(ZSTD_CCtx_s* context) const { ZSTD_freeCCtx(context); }
void Encoder::FreeDictionary::operator()(ZSTD_CDict_s* dictionary) const {
  ZSTD_freeCDict(dictionary);
}
void Encoder::FreeDictionary::operator()(ZSTD_DDict_s* dictionary) const {
  ZSTD_freeDDict(dictionary);
}

Encoder::Encoder(int level, std::string_view dictionary) : context_(ZSTD_createCCtx()) {
  KV_CHECK(level >= 1 && level <= ZSTD_maxCLevel());
  if (!context_) throw std::bad_alloc();
  set(context_.get(), ZSTD_c_compressionLevel, level);
  // Both would be redundant: the record's checksum covers the bytes, and the codec determines the
  // dictionary.
  set(context_.get(), ZSTD_c_checksumFlag, 0);
  set(context_.get(), ZSTD_c_dictIDFlag, 0);
  if (dictionary.empty()) return;
  dictionary_.reset(ZSTD_createCDict(dictionary.data(), dictionary.size(), level));
  decoding_dictionary_.reset(ZSTD_createDDict(dictionary.data(), dictionary.size()));
  if (!dictionary_ || !decoding_dictionary_) throw std::bad_alloc();
}

Encoder::~Encoder() = default;

bool Encoder::yields(std::string_view frame, std::string_view block, bool with_dictionary) {
  decoded_.resize(block.size());
  const auto* dictionary = with_dictionary ? decoding_dictionary_.get() : nullptr;
  return decode_frame(frame, dictionary, block.size(), decoded_.data()) && decoded_ == block;
}

// Returns the frame's size; 0: it is not smaller, and nothing was appended.
std::size_t Encoder::append_frame(std::string_view block, bool with_dictionary,
                                  std::string* stored) {
  frame_.resize(ZSTD_compressBound(block.size()));
  ZSTD_CCtx_refCDict(context_.get(), with_dictionary ? dictionary_.get() : nullptr);
  const std::size_t size =
      ZSTD_compress2(context_.get(), frame_.data(), frame_.size(), block.data(), block.size());
  if (ZSTD_isError(size)) throw std::bad_alloc();  // no other error is possible
  const std::string_view frame =
      std::string_view(frame_).substr(kFrameMagicSize, size - kFrameMagicSize);
  if (!is_worth_it(block.size(), frame.size())) return 0;
  if (!yields(frame, block, with_dictionary)) return 0;
  stored->append(frame);
  return frame.size();
}

Encoding Encoder::encode(std::string_view raw, std::string* stored) {
  KV_CHECK(raw.size() <= kMaxRawSize);
  stored->clear();
  const bool is_one_block = raw.size() <= kBlock;
  const bool with_dictionary = is_one_block && dictionary_ != nullptr;
  const bool encoded = is_one_block ? !raw.empty() && append_frame(raw, with_dictionary, stored) > 0
                                    : encode_blocks(raw, stored);
  if (!encoded) return {};
  return {with_dictionary ? Codec::kZstdDictionary : Codec::kZstd, kBlockShift,
          static_cast<std::uint32_t>(raw.size())};
}

bool Encoder::encode_blocks(std::string_view raw, std::string* stored) {
  const std::size_t count = (raw.size() + kBlock - 1) / kBlock;
  stored->resize(4 * count);
  for (std::size_t block = 0; block < count; ++block) {
    const std::string_view bytes = raw.substr(block * kBlock, kBlock);
    if (append_frame(bytes, false, stored) == 0) stored->append(bytes);
    store_le(reinterpret_cast<std::uint8_t*>(stored->data()) + 4 * block,
             static_cast<std::uint32_t>(stored->size()));
  }
  return is_worth_it(raw.size(), stored->size());
}

}  // namespace kvstore::log
