#include "src/store/dictionary_training.h"

#include <zdict.h>
#include <zstd.h>

#include <algorithm>
#include <new>

namespace kvstore {
namespace {

// The dictionary may take at most this fraction of the values' bytes; zdict needs 256 bytes at
// least.
constexpr std::uint64_t kLeastShare = 50;
constexpr std::size_t kLeastSize = 256;
// Number of values compressed to measure the gain.
constexpr std::size_t kTried = 2000;
// Pieces of the sample, spread over it, that are compressed before the training.
constexpr std::size_t kProbes = 4, kProbeSize = std::size_t{128} << 10;
constexpr int kProbeLevel = 1;

struct Tried {
  std::uint64_t raw = 0;     // bytes of values
  std::uint64_t stored = 0;  // bytes of their records
};

Tried try_on(const ValueSample::Values& values, log::Encoder& encoder) {
  Tried tried;
  std::string stored;
  const std::size_t step = values.sizes.size() / kTried + 1;
  std::size_t at = 0;
  for (std::size_t i = 0; i < values.sizes.size(); at += values.sizes[i], ++i) {
    if (i % step != 0) continue;
    const std::string_view value = std::string_view(values.bytes).substr(at, values.sizes[i]);
    const bool encoded = encoder.encode(value, &stored).codec != log::Codec::kNone;
    const std::uint64_t as_it_is = log::record_size(0, 0, value.size());
    tried.raw += value.size();
    tried.stored += encoded ? std::min(log::record_size(1, 0, stored.size()), as_it_is) : as_it_is;
  }
  return tried;
}

bool gains(const ValueSample::Values& values, std::uint64_t all_bytes, int level,
           const std::string& dictionary) {
  log::Encoder with(level, dictionary), without(level, {});
  const Tried better = try_on(values, with), plain = try_on(values, without);
  if (better.stored >= plain.stored) return false;
  const double share =
      static_cast<double>(plain.stored - better.stored) / static_cast<double>(better.raw);
  return share * static_cast<double>(all_bytes) > static_cast<double>(dictionary.size());
}

// Whether adjacent values have common parts or any pattern. Then they shrink together, by a
// sixteenth at least, even if each is too short to be compressed by itself.
bool can_gain(const ValueSample::Values& values) {
  const std::string_view all = values.bytes;
  const std::size_t parts = std::min(kProbes, all.size() / kProbeSize + 1);
  std::string packed(ZSTD_compressBound(kProbeSize), '\0');
  for (std::size_t i = 0; i < parts; ++i) {
    const std::string_view probe = all.substr(all.size() / parts * i, kProbeSize);
    const std::size_t size =
        ZSTD_compress(packed.data(), packed.size(), probe.data(), probe.size(), kProbeLevel);
    if (ZSTD_isError(size)) throw std::bad_alloc();  // no other error is possible
    if (size + probe.size() / 16 < probe.size()) return true;
  }
  return false;
}

}  // namespace

std::string train_dictionary(const ValueSample::Values& values, std::uint64_t all_bytes,
                             int level) {
  const std::size_t size =
      std::min<std::uint64_t>(log::kMaxDictionarySize, all_bytes / kLeastShare);
  if (size < kLeastSize || values.sizes.empty() || !can_gain(values)) return {};
  std::string dictionary(size, '\0');
  const std::size_t made =
      ZDICT_trainFromBuffer(dictionary.data(), dictionary.size(), values.bytes.data(),
                            values.sizes.data(), static_cast<unsigned>(values.sizes.size()));
  if (ZDICT_isError(made)) return {};  // too few values, or nothing in common
  dictionary.resize(made);
  return gains(values, all_bytes, level, dictionary) ? dictionary : std::string();
}

}  // namespace kvstore
