#include "repl/report.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include <fmt/core.h>

#include "repl/quote.h"
#include "repl/terminal_kind.h"

namespace kvstore::repl {
bool use_color(Color color, int descriptor) {
  if (color != Color::kAuto) return color == Color::kAlways;
  const char* no_color = std::getenv("NO_COLOR");
  if (no_color != nullptr && *no_color != '\0') return false;
  return ::isatty(descriptor) == 1 && understands_escapes();
}

std::string describe(std::string_view where, const Error& error, bool color) {
  const char* red = color ? "\033[1;31m" : "";
  const char* dim = color ? "\033[2m" : "";
  const char* off = color ? "\033[0m" : "";
  std::string out = where.empty() ? "" : fmt::format("{}: ", where);
  out += fmt::format("{}{}{}: {}\n", red, code_name(error.code), off, harmless(error.message));
  if (!error.hint.empty()) out += fmt::format("  {}try:{} {}\n", dim, off, harmless(error.hint));
  return out;
}

void say_error(std::string_view where, const Error& error, bool color) {
  const std::string text = describe(where, error, color);
  std::fwrite(text.data(), 1, text.size(), stderr);
}

void say(std::string_view line) { std::fprintf(stderr, "%.*s\n", int(line.size()), line.data()); }

}  // namespace kvstore::repl
