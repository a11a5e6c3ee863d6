// Whether a command line of the text protocol announces a value on the lines
// behind it, and in which form. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "src/base/status.h"
#include "src/command/table.h"

namespace kvstore::command {

struct LineWord {
  std::string_view text;
  bool quoted = false;
};

struct ValuePlan {
  enum class Form : std::uint8_t {
    kInline,   // nothing follows
    kCounted,  // `count` bytes
    kBlock,    // lines up to `sentinel`
  };
  Form form = Form::kInline;
  std::uint64_t count = 0;
  std::string_view sentinel;
  std::size_t word = 0;      // the word the value replaces, or the one it is added as
  bool has_seconds = false;  // the word before it is SECONDS, not an argument
  // What the command is to be answered, once its value was consumed.
  std::optional<Error> verdict;
};

// `words` is the whole line, the command word included; not empty. `form` is that
// command's.
ValuePlan plan_value(ValueForm form, std::span<const LineWord> words);

}  // namespace kvstore::command
