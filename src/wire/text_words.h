// Splits a line of the text protocol into words.
//
// Words are separated by spaces and tabs. Quotes act only at the start of a word: "..." supports \n
// \r \t \\ \" \xHH, '...' is literal; elsewhere quotes and backslashes are literal. A '#' starts a
// comment only as the first non-blank of the line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "src/base/status.h"

namespace kvstore::wire {

constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }

// Eight bytes, because a line of a megabyte may have half a million words.
struct Word {
  Word() = default;
  Word(std::size_t the_offset, std::size_t the_size, bool is_quoted)
      : offset(static_cast<std::uint32_t>(the_offset)),
        size(static_cast<std::uint32_t>(the_size) & 0x7FFF'FFFF),
        quoted(is_quoted) {}

  std::uint32_t offset = 0;  // from the line's first byte
  std::uint32_t size : 31 = 0;
  bool quoted : 1 = false;
};
static_assert(sizeof(Word) == 8);

// Splits `line` (without its line end) into *words, which is cleared first. Escapes are decoded in
// place: the line's bytes change, and words refer to it.
//
// After an error *words has the result of a lenient reading, so that the caller can still detect
// and skip a value.
struct LineError {
  Error error;  // Code::kSyntax, naming the 1-based column
  // A quote is unterminated, or the skipped text may contain an unterminated quote, a block mark or
  // a count: where words end is uncertain.
  bool is_open = false;
};
std::optional<LineError> split_words(char* line, std::size_t size, std::vector<Word>* words);

}  // namespace kvstore::wire
