#include "src/command/listpack.h"

#include <cstdint>

#include "src/command/numbers.h"

namespace kvstore::command {

bool fits_listpack(const SortedSet& set) {
  constexpr std::uint64_t kMostListed = 128, kLongestListed = 64;
  if (set.size() > kMostListed) return false;
  for (auto at = set.cursor(0); at.valid(); at.next()) {
    if (at.member().name.size() > kLongestListed) return false;
  }
  return true;
}

std::string listpack_score_text(double score) {
  constexpr double kMostWhole = 0x1p62;  // that Redis looks at
  const bool is_small = score >= -kMostWhole && score <= kMostWhole;
  const std::int64_t whole = is_small ? static_cast<std::int64_t>(score) : 0;
  const bool is_whole = is_small && static_cast<double>(whole) == score;
  return is_whole ? std::to_string(whole) : redis_real_text(score);
}

}  // namespace kvstore::command
