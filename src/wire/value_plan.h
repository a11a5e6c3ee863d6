// Whether a command line of the text protocol announces a value on the lines
// after it, and in which form. Pure.
//
// An error never executes data. So a line that will be refused, but looks as if it
// announces a value, has its value consumed first where the size or the sentinel
// is certain (`SET k 0 12 NX`, `GET k <<E`). Where neither is, nothing after the
// line can be taken for a command (kUnknown: `SET k 0 -12`, `SET k abc 12`,
// `CREATE k 12`). What is no announcement is refused alone (`SET k hello world`).
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
    kUnknown,  // something may follow, nobody knows how much; there is a verdict
  };
  Form form = Form::kInline;
  std::uint64_t count = 0;
  std::string_view sentinel;
  std::size_t word = 0;      // the word the value replaces, or the one it is added as
  bool has_seconds = false;  // the word before it is SECONDS, not an argument
  // What the command is to be answered, once its value was consumed.
  std::optional<Error> verdict;
};

// `<<EOT`, and not in quotes.
bool is_block_mark(const LineWord& word);

// Whether lines of this command, or of what may be a misspelt one, may announce a
// value although it takes none.
bool may_announce_value(const command::Command* command, std::string_view name);

// `words` is the whole line, the command word included; not empty. `command` is
// what it names, nullptr if nothing.
ValuePlan plan_value(const command::Command* command, std::span<const LineWord> words);

}  // namespace kvstore::wire
