#include "server/argon2.h"

#include <sodium.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include "server/deadline.h"
#include "src/base/check.h"

namespace kvstore::server {
namespace {

constexpr unsigned long long kPasses = 2;
constexpr auto kPatience = std::chrono::seconds(10);

// Password hashes may use at most a quarter of the processors.
std::size_t slots_of_machine() {
  return std::clamp<std::size_t>(std::thread::hardware_concurrency() / 4, 1, 4);
}

std::optional<std::uint32_t> take_number(std::string_view* text, std::string_view name) {
  if (!text->starts_with(name)) return std::nullopt;
  text->remove_prefix(name.size());
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc{}) return std::nullopt;
  text->remove_prefix(static_cast<std::size_t>(end - text->data()));
  return number;
}

// Number of bytes that a part of a hash encodes, as base64 without padding and with unused bits 0.
// nullopt: it is invalid, for example because a part is missing.
std::optional<std::size_t> decoded_size(std::string_view base64) {
  unsigned char bytes[crypto_pwhash_STRBYTES];
  std::size_t size = 0;
  const int done = sodium_base642bin(bytes, sizeof bytes, base64.data(), base64.size(), nullptr,
                                     &size, nullptr, sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
  return done == 0 ? std::optional(size) : std::nullopt;
}

}  // namespace

// Holds one of the slots.
class Argon2::Turn {
 public:
  explicit Turn(Argon2& owner) : owner_(owner) {}
  ~Turn() { owner_.end(); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  Argon2& owner_;
};

Argon2::Argon2() : slots_(slots_of_machine()) { KV_CHECK(sodium_init() >= 0); }

Status Argon2::begin() {
  const auto deadline = Clock::now() + kPatience;
  MutexLock lock(mutex_);
  while (busy_ >= slots_ && !stops_) {
    if (!changed_.wait_until(mutex_, deadline)) break;
  }
  if (stops_ || busy_ >= slots_) {
    return fail(Code::kLimit, "too many passwords are being checked at once", "try again later");
  }
  ++busy_;
  return {};
}

void Argon2::end() {
  MutexLock lock(mutex_);
  --busy_;
  changed_.notify_one();
}

void Argon2::stop() {
  MutexLock lock(mutex_);
  stops_ = true;
  changed_.notify_all();
}

Result<std::string> Argon2::make(std::string_view password) {
  KV_TRY(begin());
  const Turn turn(*this);
  char hash[crypto_pwhash_STRBYTES];
  if (crypto_pwhash_str(hash, password.data(), password.size(), kPasses, kMemory) != 0) {
    return fail(Code::kMemory, "there is not enough memory to hash a password", "try again later");
  }
  return std::string(hash);
}

Result<bool> Argon2::fits(const std::string& hash, std::string_view password) {
  if (!is_hash(hash)) return false;
  KV_TRY(begin());
  const Turn turn(*this);
  return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

// "$argon2id$v=19$m=19456,t=2,p=1$salt$hash", with m in KiB. A truncated hash would be a valid hash
// of fewer bytes that matches no password, so exactly 32 bytes are required.
bool Argon2::is_hash(std::string_view text) const {
  constexpr std::uint32_t kMostPasses = 16;
  constexpr std::size_t kLeastSalt = 8, kHashSize = 32;
  if (text.size() >= crypto_pwhash_STRBYTES) return false;
  const auto memory = take_number(&text, "$argon2id$v=19$m=");
  const auto passes = memory ? take_number(&text, ",t=") : std::nullopt;
  const auto lanes = passes ? take_number(&text, ",p=") : std::nullopt;
  if (!lanes || *lanes != 1) return false;
  if (*memory > kMostMemory >> 10 || *passes < 1 || *passes > kMostPasses) return false;
  const std::size_t second = text.find('$', 1);
  if (!text.starts_with('$') || second == text.npos) return false;
  const auto salt = decoded_size(text.substr(1, second - 1));
  return salt >= kLeastSalt && decoded_size(text.substr(second + 1)) == kHashSize;
}

}  // namespace kvstore::server
