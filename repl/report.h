// Messages for people: errors, notices, hints. Always on stderr.
#pragma once

#include <string>
#include <string_view>

#include "src/base/status.h"

namespace kvstore::repl {

enum class Color { kAuto, kAlways, kNever };

// Whether to use colour on `descriptor`: kAuto requires a terminal that supports it, and no
// NO_COLOR.
bool use_color(Color color, int descriptor);

// "WHERE: CODE: message" and, on a line of its own, what to type next. `where` may be empty.
// Control characters in the message are escaped, because it may contain foreign data.
std::string describe(std::string_view where, const Error& error, bool color);

void say_error(std::string_view where, const Error& error, bool color);
// Writes a line to stderr, unchanged.
void say(std::string_view line);

}  // namespace kvstore::repl
