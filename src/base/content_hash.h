// XXH3 with 128 bits over bytes that arrive in pieces, to compare long sequences of records. Not
// secure against forgery.
//
// Thread rule: one thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

namespace kvstore {

using ContentHash = std::array<std::uint8_t, 16>;

class ContentHasher {
 public:
  ContentHasher();  // throws std::bad_alloc
  ~ContentHasher();
  ContentHasher(const ContentHasher&) = delete;
  ContentHasher& operator=(const ContentHasher&) = delete;

  void add(std::string_view bytes);
  void add(std::uint64_t number);  // little-endian
  ContentHash digest() const;      // of everything so far; big-endian, as XXH128 is printed

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

}  // namespace kvstore
