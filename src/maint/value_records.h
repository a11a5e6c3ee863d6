// The records of a value, along its chain.
#pragma once

#include <cstdint>

#include "src/log/view.h"

namespace kvstore::maint {

// Calls visit(record) for the readable records of the value with this newest record. Each takes one
// of *left, and the walk ends at 0: values do not share records, so with the number of records in
// the file as the initial *left all are visited, and invalid chains end.
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

// Bytes in the file of what the record adds to its value.
inline std::uint64_t stored_length(const log::Record& record) {
  return record.is_encoded() ? record.value_size : record.length();
}

}  // namespace kvstore::maint
