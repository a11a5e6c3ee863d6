#include "src/bench/payload.h"

#include <algorithm>
#include <random>
#include <utility>

#include "src/base/hash.h"

namespace kvstore::bench {
namespace {

constexpr std::size_t kDigits = 12;
constexpr std::size_t kPlaces = 65'536;  // offsets in the pattern at which a piece may begin
constexpr std::size_t kAllLooked = 1024, kPart = 256;

std::string random_pattern(std::size_t size, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::string bytes(size, '\0');
  std::size_t at = 0;
  for (; at + 8 <= size; at += 8) {
    const std::uint64_t word = random();
    std::copy_n(reinterpret_cast<const char*>(&word), 8, bytes.data() + at);
  }
  for (; at < size; ++at) bytes[at] = static_cast<char>(random());
  return bytes;
}

}  // namespace

Payload::Payload(std::size_t size, std::string prefix, std::uint64_t seed)
    : size_(size), prefix_(std::move(prefix)), pattern_(random_pattern(size + kPlaces, seed)) {}

std::string_view Payload::piece(std::uint64_t key) const {
  const std::string_view number(reinterpret_cast<const char*>(&key), sizeof key);
  return std::string_view(pattern_).substr(hash_key(number, 0) % kPlaces, size_);
}

void Payload::key(std::uint64_t number, std::string* out) const {
  out->assign(prefix_);
  out->resize(prefix_.size() + kDigits);
  for (std::size_t i = 0; i < kDigits; ++i, number /= 10) {
    (*out)[out->size() - 1 - i] = static_cast<char>('0' + number % 10);
  }
}

std::optional<std::uint64_t> Payload::number_of(std::string_view key) const {
  if (key.size() != prefix_.size() + kDigits || !key.starts_with(prefix_)) return std::nullopt;
  std::uint64_t number = 0;
  for (const char digit : key.substr(prefix_.size())) {
    if (digit < '0' || digit > '9') return std::nullopt;
    number = number * 10 + static_cast<std::uint64_t>(digit - '0');
  }
  return number;
}

bool Payload::matches(std::uint64_t key, std::uint64_t offset, std::string_view bytes) const {
  if (bytes.size() <= kAllLooked) return is_all(key, offset, bytes);
  const std::size_t last = bytes.size() - kPart, middle = last / 2;
  return is_all(key, offset, bytes.substr(0, kPart)) &&
         is_all(key, offset + middle, bytes.substr(middle, kPart)) &&
         is_all(key, offset + last, bytes.substr(last));
}

bool Payload::is_all(std::uint64_t key, std::uint64_t offset, std::string_view bytes) const {
  const std::string_view whole = piece(key);
  while (!bytes.empty()) {
    const std::string_view part = whole.substr(offset % size_, bytes.size());
    if (!bytes.starts_with(part)) return false;
    bytes.remove_prefix(part.size());
    offset += part.size();
  }
  return true;
}

}  // namespace kvstore::bench
