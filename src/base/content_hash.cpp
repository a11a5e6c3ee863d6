#include "src/base/content_hash.h"

#include <cstring>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "src/base/coding.h"

namespace kvstore {

struct ContentHasher::State {
  XXH3_state_t xxh3;
};

ContentHasher::ContentHasher() : state_(std::make_unique<State>()) {
  XXH3_128bits_reset(&state_->xxh3);
}

ContentHasher::~ContentHasher() = default;

void ContentHasher::add(std::string_view bytes) {
  XXH3_128bits_update(&state_->xxh3, bytes.data(), bytes.size());
}

void ContentHasher::add(std::uint64_t number) {
  std::uint8_t bytes[8];
  store_le(bytes, number);
  XXH3_128bits_update(&state_->xxh3, bytes, sizeof bytes);
}

ContentHash ContentHasher::digest() const {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(&state_->xxh3));
  ContentHash digest;
  std::memcpy(digest.data(), canonical.digest, digest.size());
  return digest;
}

}  // namespace kvstore
