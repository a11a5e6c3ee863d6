// What is said to people: errors, notices, hints. Always on stderr.
#pragma once

#include <string>
#include <string_view>

#include "src/base/status.h"

namespace kvstore::repl {

enum class Color { kAuto, kAlways, kNever };

// Whether to colour what goes to `descriptor`: kAuto asks for a terminal that
// understands them, and no NO_COLOR.
bool use_color(Color color, int descriptor);

// "WHERE: CODE: message" and, on a line of its own, what to type next. `where`
// may be empty. Control characters in the message are escaped: it may quote what
// somebody else stored.
std::string describe(std::string_view where, const Error& error, bool color);

void say_error(std::string_view where, const Error& error, bool color);
// A line on stderr, as it is.
void say(std::string_view line);

}  // namespace kvstore::repl
