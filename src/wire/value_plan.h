// Decides whether a command line of the text protocol announces a value on the following lines, and
// in which form. Pure.
//
// After an error data is never executed. So if a line will be refused, but seems to announce a
// value, the value is consumed first if its size or sentinel is certain (`SET k 0 12 NX`, `GET k
// <<E`). If neither is, nothing after the line can be parsed (kUnknown: `SET k 0 -12`, `SET k abc
// 12`, `CREATE k 12`). A line that announces no value is just refused (`SET k hello world`).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "src/base/status.h"
#include "src/command/table.h"

namespace kvstore::wire {

struct LineWord {
  std::string_view text;
  bool quoted = false;
};

struct ValuePlan {
  enum class Form : std::uint8_t {
    kInline,   // nothing follows
    kCounted,  // `count` bytes
    kBlock,    // lines up to `sentinel`
    kUnknown,  // something of unknown size may follow; `verdict` is set
  };
  Form form = Form::kInline;
  std::uint64_t count = 0;
  std::string_view sentinel;
  std::size_t word = 0;      // index of the word that the value replaces, or at which it is added
  bool has_seconds = false;  // the word before it is SECONDS, not an argument
  // The error of the command, reported once its value was consumed.
  std::optional<Error> verdict;
};

// Whether the word is like `<<EOT`, and not in quotes.
bool is_block_mark(const LineWord& word);

// Whether lines of this command, or of a command that may be misspelt, may announce a value
// although it takes none.
bool may_announce_value(const command::Command* command, std::string_view name);

// `words` is the whole line, including the command word; not empty. `command` is the command that
// it names, or nullptr.
ValuePlan plan_value(const command::Command* command, std::span<const LineWord> words);

}  // namespace kvstore::wire
