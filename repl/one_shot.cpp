#include "repl/one_shot.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include <fmt/core.h>

#include "repl/quote.h"
#include "src/command/table.h"
#include "src/store/store.h"

namespace kvstore::repl {
namespace {

constexpr std::size_t kLeastFree = std::size_t{1} << 18;

}  // namespace

bool has_blank(std::string_view word) { return word.find_first_of(" \t\n") != word.npos; }

bool are_text_lines(const std::vector<std::string>& words) {
  return !words.empty() && (words.size() == 1 || has_blank(words.front()));
}

std::string note_on_words(const std::vector<std::string>& words) {
  const command::Command* const first = command::find_command(words.front());
  if (first == nullptr) return {};
  // A value may begin with anything: `SET note 'get milk'`.
  const bool takes_anything = first->takes(words.size() - 1) && !first->has(command::kRead) &&
                              !first->has(command::kTransaction);
  if (takes_anything) return {};
  const auto is_line = [](const std::string& word) {
    return has_blank(word) && command::find_command(word.substr(0, word.find_first_of(" \t\n")));
  };
  const auto line = std::find_if(words.begin() + 1, words.end(), is_line);
  if (line == words.end()) return {};
  return fmt::format(
      "note: '{0}' is an argument of {1} here; commands one after another are lines of text, and "
      "the first of them holds a blank: '{1} ' '{0}'",
      harmless(*line), first->name);
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
