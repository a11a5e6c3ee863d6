// The keys' names, and the values that they must have.
//
// A value is its key's piece, once or, after appends, several times. The piece's bytes follow from
// a
// seed and the key's number. So a reader can check any part of any value, whichever client wrote it
// and however often, and nothing needs to be built before it is written.
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
  // Pieces have `size` bytes, at least 1. Keys are `prefix` and twelve digits.
  Payload(std::size_t size, std::string prefix, std::uint64_t seed = 1);

  std::size_t size() const { return size_; }
  const std::string& prefix() const { return prefix_; }
  std::string_view piece(std::uint64_t key) const;

  void key(std::uint64_t number, std::string* out) const;
  std::string last_key() const { return prefix_ + "999999999999"; }
  // The number of a key that has this form; otherwise nullopt.
  std::optional<std::uint64_t> number_of(std::string_view key) const;

  // Whether `bytes` can be those of the value from `offset` on. Compares all bytes up to 1 KiB; of
  // longer
  // ones the beginning, the end, and some between.
  bool matches(std::uint64_t key, std::uint64_t offset, std::string_view bytes) const;

 private:
  bool is_all(std::uint64_t key, std::uint64_t offset, std::string_view bytes) const;

  const std::size_t size_;
  const std::string prefix_;
  std::string pattern_;
};

}  // namespace kvstore::bench
