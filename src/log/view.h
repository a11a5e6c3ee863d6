// A readable stretch of log: the mapping up to a limit, and what its records
// are bound to. A value; copies are cheap. Lives no longer than the mapping.
#pragma once

#include <cstdint>

#include "src/file/file_system.h"
#include "src/log/record.h"
#include "src/log/validity.h"

namespace kvstore::log {

class Dictionary;

struct View {
  const std::uint8_t* data = nullptr;
  std::uint64_t limit = 0;  // bytes below it exist
  const Binding* binding = nullptr;
  // What is mapped: long stretches of zeros are looked for in it, so that holes need not be
  // read. Null: in the mapping.
  const file::LogFile* file = nullptr;
  // Null where nothing but the bytes is known: not even whether they begin with a base.
  const ValidityMap* validity = nullptr;
  // For values that are compressed. Null: there are none, as far as is known.
  const Dictionary* dictionary = nullptr;
  // A writer in another process may be at work: it may be building a record at the log's
  // end, or cut the zeros after, which are therefore not looked at through the mapping.
  bool is_shared = false;

  // The record at `offset`; one that is not of the epoch in force there, or lies in a
  // range that is known to hold none, is bad.
  HeaderCheck header(std::uint64_t offset, Record* record) const {
    const HeaderCheck found = read_header(data, offset, limit, *binding, record);
    if (found != HeaderCheck::kValid || !validity) return found;
    return validity->holds(offset, record->epoch) ? HeaderCheck::kValid : HeaderCheck::kBad;
  }
  // The same for who goes over the log in order (ValidityMap::may_hold).
  HeaderCheck header_in_order(std::uint64_t offset, Record* record) const {
    const HeaderCheck found = read_header(data, offset, limit, *binding, record);
    if (found != HeaderCheck::kValid || !validity) return found;
    return validity->may_hold(offset, record->epoch) ? HeaderCheck::kValid : HeaderCheck::kBad;
  }
  Base base() const { return validity ? validity->base() : Base{}; }
  // Whether bytes [begin, end) are all zero.
  bool is_zero(std::uint64_t begin, std::uint64_t end) const;
  // Bytes [begin, end) are about to be read: a hint, and worth it only of many.
  void will_read(std::uint64_t begin, std::uint64_t end) const {
    constexpr std::uint64_t kMany = std::uint64_t{32} << 10;
    if (end - begin >= kMany && file) file->will_read(begin, end);
  }
  // Where the zeros begin that reach the limit, but not before `from`.
  std::uint64_t zeros_begin(std::uint64_t from) const;
  View up_to(std::uint64_t end) const {
    View shorter = *this;
    shorter.limit = end;
    return shorter;
  }
};

// The same of bytes that are mapped.
bool is_zero(const std::uint8_t* data, std::uint64_t begin, std::uint64_t end);

}  // namespace kvstore::log
