// A readable part of a log: the mapping up to a limit, and what its records are bound to. A value;
// copies are cheap. Valid as long as the mapping.
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
  // The mapped file, used to find long ranges of zeros without reading holes. Null: the mapping is
  // read.
  const file::LogFile* file = nullptr;
  // Null if only the bytes are known, and not even whether they begin with a base.
  const ValidityMap* validity = nullptr;
  // For compressed values. Null: there are none, as far as known.
  const Dictionary* dictionary = nullptr;
  // Another process may be writing: it may be building a record at the log's end, or truncating the
  // zeros after it, so these are not read through the mapping.
  bool is_shared = false;

  // The record at `offset`; it counts as bad if its epoch is not in force there, or if it lies in a
  // range known to hold no records.
  HeaderCheck header(std::uint64_t offset, Record* record) const {
    const HeaderCheck found = read_header(data, offset, limit, *binding, record);
    if (found != HeaderCheck::kValid || !validity) return found;
    return validity->holds(offset, record->epoch) ? HeaderCheck::kValid : HeaderCheck::kBad;
  }
  // The same for a scan in order (ValidityMap::may_hold).
  HeaderCheck header_in_order(std::uint64_t offset, Record* record) const {
    const HeaderCheck found = read_header(data, offset, limit, *binding, record);
    if (found != HeaderCheck::kValid || !validity) return found;
    return validity->may_hold(offset, record->epoch) ? HeaderCheck::kValid : HeaderCheck::kBad;
  }
  Base base() const { return validity ? validity->base() : Base{}; }
  // Whether bytes [begin, end) are all zero.
  bool is_zero(std::uint64_t begin, std::uint64_t end) const;
  // A hint that bytes [begin, end) will be read soon; used for long ranges only.
  void will_read(std::uint64_t begin, std::uint64_t end) const {
    constexpr std::uint64_t kMany = std::uint64_t{32} << 10;
    if (end - begin >= kMany && file) file->will_read(begin, end);
  }
  // The begin of the zeros that reach up to the limit, at or after `from`.
  std::uint64_t zeros_begin(std::uint64_t from) const;
  View up_to(std::uint64_t end) const {
    View shorter = *this;
    shorter.limit = end;
    return shorter;
  }
};

// The same for mapped bytes.
bool is_zero(const std::uint8_t* data, std::uint64_t begin, std::uint64_t end);

}  // namespace kvstore::log
