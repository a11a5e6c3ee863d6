#include "src/client/text_request.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <iterator>

#include <fmt/format.h>

#include "src/base/quote.h"
#include "src/command/errors.h"
#include "src/command/quote.h"

namespace kvstore::client {
namespace {

using command::Args;
using command::ValueForm;

// From this size on a value follows its line unchanged: nothing to escape, and no limit for the
// line's length.
constexpr std::size_t kMaxInlineValue = 1024;

bool is_word(std::string_view text, std::string_view upper) {
  return text.size() == upper.size() &&
         std::equal(text.begin(), text.end(), upper.begin(), [](char a, char b) {
           return std::toupper(static_cast<unsigned char>(a)) == b;
         });
}

bool is_count(std::string_view text) {
  return !text.empty() && text.size() <= 10 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

void append_counted(Args argv, std::string_view seconds, std::string* out) {
  *out += argv[0];
  *out += ' ';
  append_quoted(argv[1], out);
  if (!seconds.empty()) *out += ' ';
  *out += seconds;
  fmt::format_to(std::back_inserter(*out), " {}\n", argv[2].size());
  *out += argv[2];
  *out += '\n';
}

void append_line(Args argv, std::string* out) {
  *out += argv[0];
  for (const std::string_view word : argv.subspan(1)) {
    *out += ' ';
    append_quoted(word, out);
  }
  *out += '\n';
}

}  // namespace

void append_counted_set(std::string_view key, std::string_view value, std::string* out) {
  append_counted(std::array<std::string_view, 3>{"SET", key, value}, "0", out);
}

void append_counted_append(std::string_view key, std::string_view value, std::string* out) {
  append_counted(std::array<std::string_view, 3>{"APPEND", key, value}, "", out);
}

Status append_text_request(Args argv, std::string* out) {
  const command::Command* command = command::find_command(argv[0]);
  if (command == nullptr) {
    // A newer server may know the command; but it must be a plain word.
    if (!is_bare_word(argv[0]) || argv[0].front() == '#' || argv[0].front() == '*') {
      return fail(Code::kUnknown, fmt::format("unknown command {}", command::quote(argv[0])),
                  "HELP");
    }
    append_line(argv, out);
    return {};
  }
  const ValueForm form = command->value_form;
  if (form != ValueForm::kNone && argv.size() == 2) {
    return fail(command::wrong_arity(*command, argv).error);
  }
  const bool large = argv.size() > 2 && argv[2].size() > kMaxInlineValue;
  if (large && form == ValueForm::kAppend && argv.size() == 3) {
    append_counted(argv, "", out);
  } else if (large && form == ValueForm::kSet && argv.size() == 3) {
    append_counted(argv, "0", out);
  } else if (large && form == ValueForm::kSet && argv.size() == 5 && is_word(argv[3], "EX") &&
             is_count(argv[4])) {
    append_counted(argv, argv[4], out);
  } else {
    append_line(argv, out);
  }
  return {};
}

}  // namespace kvstore::client
