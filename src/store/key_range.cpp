#include "src/store/key_range.h"

#include <algorithm>
#include <utility>

#include "src/store/iterator.h"

namespace kvstore {

// The end is the first key after all with the prefix: the prefix up to its last byte that can be
// incremented, with that byte incremented.
KeyRange KeyRange::of_prefix(std::string_view prefix) {
  const std::size_t last = prefix.find_last_not_of('\xFF');
  if (last == prefix.npos) return {std::string(prefix), std::nullopt};
  std::string to(prefix.substr(0, last + 1));
  to.back() = static_cast<char>(static_cast<unsigned char>(to.back()) + 1);
  return {std::string(prefix), std::move(to)};
}

KeyRange KeyRange::of(const IteratorOptions& options) {
  KeyRange range = of_prefix(options.prefix);
  if (options.lower) range.from = std::max(range.from, *options.lower);
  if (options.upper && (!range.to || *options.upper < *range.to)) range.to = options.upper;
  return range;
}

}  // namespace kvstore
