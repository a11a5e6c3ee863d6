// Commands that read, decide and write.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "src/base/function_ref.h"
#include "src/command/call.h"

namespace kvstore::command {

// Data::update() for what may fail with Redis' wording.
Outcome edit(const Call& call, FunctionRef<Outcome(Edit&)> change);

// The value of a key, its expiry, and whether it is there.
struct Present {
  bool is_there = false;
  std::uint64_t expires_at_ms = 0;
  std::string value;
};
// Counts the memory that the value takes, and as much again for what is made of it.
Checked<Present> read_for_edit(const Call& call, Edit& data, std::string_view key);
// The same of what data.stat() has just said of it.
Checked<Present> read_for_edit(const Call& call, Edit& data, std::string_view key,
                               const std::optional<KeyInfo>& info);

// Calls `change` with the bytes of the value of args[1], and zeros after them until there are
// `least`. They become the value if there were fewer before, or `change` answers true. Zeros that
// nobody overwrites take no memory, but in a transaction. Then `event` has happened.
Outcome edit_bytes(const Call& call, std::uint64_t least, KeyEvent event,
                   const std::function<bool(std::span<char> bytes)>& change);

}  // namespace kvstore::command
