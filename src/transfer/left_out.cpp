#include "src/transfer/left_out.h"

#include <algorithm>
#include <cstddef>

#include "src/base/quote.h"

namespace kvstore::transfer {
namespace {

constexpr std::size_t kExamples = 5;
constexpr std::size_t kMostOfCommand = 32, kMostOfKey = 64;

}  // namespace

std::uint64_t LeftOut::count() const {
  const auto missed = [](const auto& one) { return !one.second.has_expired; };
  return static_cast<std::uint64_t>(std::count_if(keys_.begin(), keys_.end(), missed));
}

std::vector<std::string> LeftOut::examples() const {
  std::vector<std::string> shown;
  for (const auto& [key, why] : keys_) {
    if (shown.size() == kExamples) break;
    if (why.has_expired) continue;
    std::string& text = shown.emplace_back();
    append_escaped(std::string_view(why.command).substr(0, kMostOfCommand), {}, &text);
    text += ' ';
    append_quoted(key, &text, kMostOfKey);
  }
  return shown;
}

}  // namespace kvstore::transfer
