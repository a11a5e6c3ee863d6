// Formats versions of HISTORY and UNDO for the shell.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "repl/render.h"
#include "src/command/reply.h"

namespace kvstore::repl {

// HISTORY's versions as a table with a header, and a sentence if older ones are gone; relative
// times refer to `now_us`. If the table exceeds `width` columns, expiries are shortened to "in 99
// s". A reply of another form is rendered as any array.
void render_history(const command::Reply& reply, std::uint64_t now_us, std::size_t width,
                    std::string* out);

// The reply of META, a line with a name for each item.
void render_meta(const command::Reply& reply, std::uint64_t now_us, const Look& look,
                 std::string* out);

// The result of UNDO.
void render_restored(const command::Reply& reply, std::string* out);

}  // namespace kvstore::repl
