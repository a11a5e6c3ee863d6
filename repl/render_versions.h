// Versions, of HISTORY and UNDO, as the shell shows them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "src/command/reply.h"

namespace kvstore::repl {

// HISTORY's versions as a table with a header, and a sentence where older ones are gone; times
// as seen from `now_us`. A reply of another shape is rendered as any array.
void render_history(const command::Reply& reply, std::uint64_t now_us, std::string* out);

// What UNDO has done.
void render_restored(const command::Reply& reply, std::string* out);

}  // namespace kvstore::repl
