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

// Data::update() for changes that may fail with Redis' wording.
Outcome edit(const Call& call, FunctionRef<Outcome(Edit&)> change);

// The same for a command that reads these sorted sets. Large ones that are not in memory are read
// before the change, without the writer lock, so that others write meanwhile.
Outcome edit_sorted_sets(const Call& call, Args keys, FunctionRef<Outcome(Edit&)> change);

// A key's value, its expiry, and whether the key exists.
struct Present {
  bool is_there = false;
  std::uint64_t expires_at_ms = 0;
  std::string value;
};
// Accounts for the memory of the value, and for as much again for the result of the command.
Checked<Present> read_for_edit(const Call& call, Edit& data, std::string_view key);
// The same, with the result of data.stat().
Checked<Present> read_for_edit(const Call& call, Edit& data, std::string_view key,
                               const std::optional<KeyInfo>& info);

// Calls `change` with the bytes of the value of args[1], extended with zeros to at least `least`
// bytes. They become the value if there were fewer before, or if `change` returns true; keyspace
// events then report `event`. Zeros that are not overwritten take no memory, except in a
// transaction.
Outcome edit_bytes(const Call& call, std::uint64_t least, KeyEvent event,
                   const std::function<bool(std::span<char> bytes)>& change);

}  // namespace kvstore::command
