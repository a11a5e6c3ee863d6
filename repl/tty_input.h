// Bytes from the terminal. The line editor takes them one character at a time;
// a bracketed paste is taken whole, without the editor looking at it.
//
// The terminal must pass every byte on (no ICRNL, ISIG, IXON, ...): a paste is
// content, not keys.
#pragma once

#include <string>
#include <string_view>

namespace kvstore::repl {

class TtyInput {
 public:
  static constexpr int kEnd = -1;          // end of input
  static constexpr int kInterrupted = -2;  // a signal came: look at the flags

  explicit TtyInput(int descriptor) : descriptor_(descriptor) {}

  int next_byte();
  // The next whole UTF-8 character, kEnd or kInterrupted. Bytes that are not
  // UTF-8 cannot be typed and are skipped.
  long next_character();

  // Whether the next byte is here already.
  bool has_buffered() const { return begin_ < buffer_.size(); }

  // Everything up to the end-of-paste sequence, which the beginning of one has
  // been read. Stops at the end of input.
  std::string read_paste();

 private:
  bool fill();
  int descriptor_;
  std::string buffer_;
  std::size_t begin_ = 0;
};

// What the paste was before the terminal sent it. Most terminals send a newline
// as CR; a paste that holds CR and no LF had its newlines replaced.
void restore_newlines(std::string* paste);

inline constexpr std::string_view kPasteBegin = "\033[200~";
inline constexpr std::string_view kPasteEnd = "\033[201~";

}  // namespace kvstore::repl
