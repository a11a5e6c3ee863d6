// Commands that read, decide and write.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "src/command/call.h"

namespace kvstore::command {

// Data::update() for what may fail with Redis' wording.
Outcome edit(const Call& call, const std::function<Outcome(Edit&)>& change);

// The value of a key, its expiry, and whether it is there.
struct Present {
  bool is_there = false;
  std::uint64_t expires_at_ms = 0;
  std::string value;
};
// Counts the memory that the value takes, and as much again for what is made of it.
Checked<Present> read_for_edit(const Call& call, Edit& data, std::string_view key);

}  // namespace kvstore::command
