#include "src/store/dictionary_training.h"

#include <zdict.h>

#include <algorithm>

namespace kvstore {
namespace {

// Of the values' bytes a dictionary may take at most one of so many; zdict wants 256 at least.
constexpr std::uint64_t kLeastShare = 50;
constexpr std::size_t kLeastSize = 256;
// Values that are compressed for a try.
constexpr std::size_t kTried = 2000;

struct Tried {
  std::uint64_t raw = 0;     // bytes of values
  std::uint64_t stored = 0;  // of their records
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

}  // namespace

std::string train_dictionary(const ValueSample::Values& values, std::uint64_t all_bytes,
                             int level) {
  const std::size_t size =
      std::min<std::uint64_t>(log::kMaxDictionarySize, all_bytes / kLeastShare);
  if (size < kLeastSize || values.sizes.empty()) return {};
  std::string dictionary(size, '\0');
  const std::size_t made =
      ZDICT_trainFromBuffer(dictionary.data(), dictionary.size(), values.bytes.data(),
                            values.sizes.data(), static_cast<unsigned>(values.sizes.size()));
  if (ZDICT_isError(made)) return {};  // too few values, or nothing in common
  dictionary.resize(made);
  return gains(values, all_bytes, level, dictionary) ? dictionary : std::string();
}

}  // namespace kvstore
