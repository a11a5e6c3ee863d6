#include "repl/progress.h"

#include <cstdio>

#include <fmt/format.h>

#include "repl/terminal_kind.h"
#include "src/base/human.h"

namespace kvstore::repl {

Progress::Progress(bool wanted, std::string_view noun)
    : wanted_(wanted && understands_escapes()), noun_(noun) {}

Progress::~Progress() {
  if (shown_) std::fputs("\r\033[K", stderr);
}

void Progress::update(std::uint64_t count, std::uint64_t more_bytes) {
  bytes_ += more_bytes;
  const auto now = Clock::now();
  if (!wanted_ || now < next_) return;
  next_ = now + std::chrono::milliseconds(250);
  shown_ = true;
  const double seconds = std::chrono::duration<double>(now - began_).count();
  const auto rate = static_cast<std::uint64_t>(static_cast<double>(count) / seconds);
  fmt::print(stderr, "\r\033[K{} {}, {}, {}/s", with_commas(count), noun_, human_size(bytes_),
             with_commas(rate));
}

}  // namespace kvstore::repl
