#include "src/log/view.h"

#include <algorithm>

#include "src/base/zeros.h"

namespace kvstore::log {

bool View::is_zero(std::uint64_t begin, std::uint64_t end) const {
  constexpr std::uint64_t kNear = std::uint64_t{64} << 10;  // below this, reading is faster than
                                                            // asking the file system
  if (!is_shared) {
    const std::uint64_t near_end = file ? std::min(end, begin + kNear) : end;
    if (!log::is_zero(data, begin, near_end)) return false;
    begin = near_end;
  }
  return begin >= end || file->is_zero(begin, end);
}

std::uint64_t View::zeros_begin(std::uint64_t from) const {
  std::uint64_t end = limit;
  if (file) end = std::clamp(file->data_end(from), from, limit);
  while (end > from && data[end - 1] == 0) --end;
  return end;
}

bool is_zero(const std::uint8_t* data, std::uint64_t begin, std::uint64_t end) {
  return begin >= end || all_zero(data + begin, static_cast<std::size_t>(end - begin));
}

}  // namespace kvstore::log
