// Versions, of HISTORY and UNDO, as the shell shows them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "repl/render.h"
#include "src/command/reply.h"

namespace kvstore::repl {

// HISTORY's versions as a table with a header, and a sentence where older ones are gone; times
// as seen from `now_us`. Where that is more than `width` columns, expiries are only said to be "in
// 99 s". A reply of another shape is rendered as any array.
void render_history(const command::Reply& reply, std::uint64_t now_us, std::size_t width,
                    std::string* out);

// What META answers, a line for each item with its name.
void render_meta(const command::Reply& reply, std::uint64_t now_us, const Look& look,
                 std::string* out);

// What UNDO has done.
void render_restored(const command::Reply& reply, std::string* out);

}  // namespace kvstore::repl
