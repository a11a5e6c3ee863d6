// A value that follows its command's line in the text protocol, as its bytes arrive: so
// many counted ones, or a block of lines up to a sentinel. One that is over the limit is
// skipped in bounded memory. Pure, and linear in the bytes however they are cut up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "src/wire/input_buffer.h"

namespace kvstore::wire {

// What has become of it.
struct ValueStep {
  enum class What : std::uint8_t {
    kNeedInput,
    kWhole,   // `value`
    kTooBig,  // all of it is skipped, or is with `consumed`
    kCutOff,  // the input has ended inside; `value` is what came of counted bytes
  };
  What what = What::kNeedInput;
  std::string_view value = {};
  std::size_t consumed = 0;    // bytes of input that belong to the request, line and all
  std::uint64_t newlines = 0;  // passed in this step
  bool no_line_end = false;    // what is left of the line is no part of the request
};

class CountedValue {
 public:
  // The value begins `begin` bytes into the input.
  CountedValue(std::uint64_t count, std::size_t begin) : count_(count), begin_(begin) {}
  // The value begins the input, and is skipped.
  static CountedValue skipped(std::uint64_t count);

  ValueStep next(InputBuffer& input, bool finished);
  // Bytes that have yet to come.
  std::uint64_t missing(const InputBuffer& input) const;
  std::uint64_t count() const { return count_; }

 private:
  ValueStep read(const InputBuffer& input, bool finished) const;
  ValueStep skip(InputBuffer& input, bool finished);

  std::uint64_t count_;  // skipping: what is left of it
  std::size_t begin_ = 0;
  bool skips_ = false;
};

struct BlockRules {
  std::size_t max_value = 0;
  bool crlf = false;        // the command's line ended so: then the value's last line, too
  bool may_be_cut = false;  // a last line without a newline may be the beginning of another
};

class BlockValue {
 public:
  BlockValue(std::string_view sentinel, std::size_t begin, const BlockRules& rules)
      : sentinel_(sentinel), rules_(rules), begin_(begin), line_(begin), scanned_(begin) {}

  ValueStep next(InputBuffer& input, bool finished);
  const std::string& sentinel() const { return sentinel_; }

 private:
  // The line that begins at line_, as far as it is there.
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
  std::size_t line_;     // where the line being read begins
  std::size_t scanned_;  // no newline before this offset
  bool skips_ = false;
  bool is_line_cut_ = false;  // skipping: that line's beginning was dropped
};

}  // namespace kvstore::wire
