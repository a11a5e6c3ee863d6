// What a fuzz target found: a promise that was broken, in words; nothing if none.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace kvstore::fuzz {

using Finding = std::optional<std::string>;
using Input = std::span<const std::uint8_t>;

inline std::string_view as_text(Input input) {
  return {reinterpret_cast<const char*>(input.data()), input.size()};
}
inline Input as_input(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// What a fuzz target does with a finding: says it, and aborts, as a crash does.
void stop_at(const Finding& finding);

}  // namespace kvstore::fuzz
