#include "repl/one_shot.h"

#include <unistd.h>

#include <cerrno>

#include <fmt/core.h>

#include "src/store/store.h"

namespace kvstore::repl {
namespace {

constexpr std::size_t kLeastFree = std::size_t{1} << 18;

}  // namespace

bool has_blank(std::string_view word) { return word.find_first_of(" \t\n") != word.npos; }

bool are_text_lines(const std::vector<std::string>& words) {
  return !words.empty() && (words.size() == 1 || has_blank(words.front()));
}

Result<std::string> read_argument(int descriptor) {
  std::string all;
  while (true) {
    const std::size_t before = all.size();
    all.resize(before + kLeastFree);
    const ssize_t got = ::read(descriptor, all.data() + before, kLeastFree);
    if (got < 0 && errno != EINTR) return fail_errno(errno, "read", "standard input");
    all.resize(before + (got < 0 ? 0 : static_cast<std::size_t>(got)));
    if (got == 0) return all;
    if (all.size() > kMaxValueSize) {
      return fail(Code::kTooBig,
                  fmt::format("standard input is longer than a value may be, {} bytes",
                              kMaxValueSize),
                  "several APPENDs, for instance with split(1)");
    }
  }
}

}  // namespace kvstore::repl
