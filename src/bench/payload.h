// What keys are called, and what their values have to be.
//
// A value is its key's piece, once or, after appends, several times: bytes that a seed and the
// key's number say. So whoever reads any part of any value knows what it has to be, whoever
// wrote it and however often; and nothing needs to be built before it is written.
//
// Thread rule: any threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kvstore::bench {

class Payload {
 public:
  // Pieces of `size` bytes, at least 1. Keys are `prefix` and twelve digits.
  Payload(std::size_t size, std::string prefix, std::uint64_t seed = 1);

  std::size_t size() const { return size_; }
  const std::string& prefix() const { return prefix_; }
  std::string_view piece(std::uint64_t key) const;

  void key(std::uint64_t number, std::string* out) const;
  std::string last_key() const { return prefix_ + "999999999999"; }
  // Whether the key is one of these; then its number.
  std::optional<std::uint64_t> number_of(std::string_view key) const;

  // Whether `bytes` can be those of the value from `offset` on: up to 1 KiB all of them are
  // looked at, of longer ones the beginning, the end, and some between.
  bool matches(std::uint64_t key, std::uint64_t offset, std::string_view bytes) const;

 private:
  bool is_all(std::uint64_t key, std::uint64_t offset, std::string_view bytes) const;

  const std::size_t size_;
  const std::string prefix_;
  std::string pattern_;
};

}  // namespace kvstore::bench
