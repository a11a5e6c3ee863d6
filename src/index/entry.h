// The index entry of a key: the offset of its newest record, and flags that a walk over many keys
// needs without reading the log.
#pragma once

#include <cstdint>

#include "src/log/record.h"

namespace kvstore::index {

// An offset is a multiple of 8; the low bits are flags.
class Entry {
 public:
  static constexpr std::uint64_t kIsDelete = 1;  // the newest record is a deletion
  static constexpr std::uint64_t kExpires = 2;   // it has an expiry
  static constexpr std::uint64_t kReserved = 4;
  static constexpr std::uint64_t kFlags = 7;

  Entry() = default;  // none
  explicit Entry(std::uint64_t word) : word_(word) {}
  static Entry of(std::uint64_t offset, log::Kind kind, std::uint64_t expires) {
    return Entry(offset | (kind == log::Kind::kDelete ? kIsDelete : 0) |
                 (expires != 0 ? kExpires : 0));
  }
  static Entry of(const log::Record& record) {
    return of(record.offset, record.kind, record.expires);
  }

  std::uint64_t word() const { return word_; }
  std::uint64_t offset() const { return word_ & ~kFlags; }
  bool is_delete() const { return (word_ & kIsDelete) != 0; }
  bool expires() const { return (word_ & kExpires) != 0; }

 private:
  std::uint64_t word_ = 0;
};

}  // namespace kvstore::index
