// The records that a value is made of, along its chain.
#pragma once

#include <cstdint>

#include "src/log/view.h"

namespace kvstore::maint {

// Calls visit(record) for the records of the value whose newest is given, as far as they can be
// read. Each takes one of *left, and none is visited without: values do not share records, so that
// who gives as many as the file has sees them all, and ends where chains are not right.
template <class Visit>
void for_value_records(const log::View& view, const log::Record& newest, std::uint64_t* left,
                       const Visit& visit) {
  log::Record record = newest;
  for (; *left > 0; --*left) {
    visit(record);
    if (record.begins_anew() || record.prev == 0 || record.prev >= record.offset) return;
    if (view.header(record.prev, &record) != log::HeaderCheck::kValid) return;
  }
}

// What it takes in the file of what it adds to its value.
inline std::uint64_t stored_length(const log::Record& record) {
  return record.is_encoded() ? record.value_size : record.length();
}

}  // namespace kvstore::maint
