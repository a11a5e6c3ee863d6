// Reads a value that follows its command's line in the text protocol as it arrives: a number of
// bytes, or a block of lines up to a sentinel. A value over the limit is skipped in bounded memory.
// Pure, and linear in the bytes however they are split.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "src/wire/input_buffer.h"

namespace kvstore::wire {

// The result of a step.
struct ValueStep {
  enum class What : std::uint8_t {
    kNeedInput,
    kWhole,   // `value`
    kTooBig,  // all of it is skipped, or will be with `consumed`
    kCutOff,  // the input ended within it; `value` has the counted bytes that came
  };
  What what = What::kNeedInput;
  std::string_view value = {};
  std::size_t consumed = 0;    // bytes of input that belong to the request, including its line
  std::uint64_t newlines = 0;  // passed in this step
  bool no_line_end = false;    // the rest of the line is not part of the request
};

class CountedValue {
 public:
  // The value begins `begin` bytes into the input.
  CountedValue(std::uint64_t count, std::size_t begin) : count_(count), begin_(begin) {}
  // For a value at the input's begin that is skipped.
  static CountedValue skipped(std::uint64_t count);

  ValueStep next(InputBuffer& input, bool finished);
  // Number of bytes that have not arrived yet.
  std::uint64_t missing(const InputBuffer& input) const;
  std::uint64_t count() const { return count_; }

 private:
  ValueStep read(const InputBuffer& input, bool finished) const;
  ValueStep skip(InputBuffer& input, bool finished);

  std::uint64_t count_;  // when skipping: the rest of it
  std::size_t begin_ = 0;
  bool skips_ = false;
};

struct BlockRules {
  std::size_t max_value = 0;
  bool crlf = false;        // the command's line ended with CR LF: then the value's last line does,
                            // too
  bool may_be_cut = false;  // a last line without a newline may be incomplete
};

class BlockValue {
 public:
  BlockValue(std::string_view sentinel, std::size_t begin, const BlockRules& rules)
      : sentinel_(sentinel), rules_(rules), begin_(begin), line_(begin), scanned_(begin) {}

  ValueStep next(InputBuffer& input, bool finished);
  const std::string& sentinel() const { return sentinel_; }

 private:
  // The line that begins at line_, as far as it has arrived.
  struct Line {
    std::size_t end = 0;
    bool has_newline = false;
  };
  Line find_line(const InputBuffer& input) const;
  ValueStep read(const InputBuffer& input, bool finished);
  ValueStep skip(InputBuffer& input, bool finished);
  void begin_to_skip(InputBuffer& input);
  bool is_sentinel(std::string_view line) const;
  std::string_view value_in(const InputBuffer& input) const;

  const std::string sentinel_;
  const BlockRules rules_;
  std::size_t begin_;
  std::size_t line_;     // begin of the line that is being read
  std::size_t scanned_;  // no newline before this offset
  bool skips_ = false;
  bool is_line_cut_ = false;  // when skipping: the begin of that line was dropped
};

}  // namespace kvstore::wire
