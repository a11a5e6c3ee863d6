#include "src/command/listpack.h"

#include <cstdint>

#include "src/command/listpack_limits.h"
#include "src/command/numbers.h"
#include "src/command/server_control.h"

namespace kvstore::command {

namespace {

bool fits(const SortedSet& set, const ListpackLimits& limits) {
  const auto most = static_cast<std::uint64_t>(limits.members.load());
  const auto longest = static_cast<std::uint64_t>(limits.name_size.load());
  if (set.size() > most) return false;
  for (auto at = set.cursor(0); at.valid(); at.next()) {
    if (at.member().name.size() > longest) return false;
  }
  return true;
}

}  // namespace

bool fits_listpack(const Call& call, const SortedSet& set) {
  static const ListpackLimits kOfRedis;
  ServerControl* const control = call.session.server_control();
  return fits(set, control != nullptr ? control->listpack_limits() : kOfRedis);
}

std::string listpack_score_text(double score) {
  constexpr double kMostWhole = 0x1p62;  // limit for integers in Redis
  const bool is_small = score >= -kMostWhole && score <= kMostWhole;
  const std::int64_t whole = is_small ? static_cast<std::int64_t>(score) : 0;
  const bool is_whole = is_small && static_cast<double>(whole) == score;
  return is_whole ? std::to_string(whole) : redis_real_text(score);
}

}  // namespace kvstore::command
