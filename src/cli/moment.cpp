#include "src/cli/moment.h"

#include <fmt/format.h>

#include "src/command/at.h"

namespace kvstore::cli {

Result<At> parse_moment(std::string_view option, const std::string& text, std::uint64_t now_us) {
  if (text.empty()) return At{};
  auto at = command::parse_at(text, now_us);
  if (at) return at;
  return fail(Code::kUsage, fmt::format("{}: {}", option, at.error().message),
              fmt::format("{0} 1234, {0} 2026-03-01T14:30Z, {0} @1772373600 or {0} -5m", option));
}

}  // namespace kvstore::cli
