// The words of one line of the text protocol (DESIGN 7, "Text grammar").
//
// Words are separated by spaces and tabs. Quotes act only at a word's start:
// "..." knows \n \r \t \\ \" \xHH, '...' is verbatim; elsewhere quotes and
// backslashes are literal. A '#' is a comment only as the line's first non-blank.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "src/base/status.h"

namespace kvstore::wire {

constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }

// Eight bytes: a line of a megabyte may hold half a million.
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

// Splits `line` (without its line end) into *words, which is cleared first.
// Escapes are decoded in place: the line's bytes change, and words point into it.
//
// An error leaves in *words what a forgiving reading gives, so that the caller can
// still see whether a value follows and skip it.
struct LineError {
  Error error;  // Code::kSyntax, naming the 1-based column
  // A quote was never closed, or what was passed over may be one that is not, or a
  // mark or a count of a value: where words end is a guess.
  bool is_open = false;
};
std::optional<LineError> split_words(char* line, std::size_t size, std::vector<Word>* words);

}  // namespace kvstore::wire
