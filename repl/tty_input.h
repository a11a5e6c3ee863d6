// Input from the terminal. The line editor reads it character by character; a bracketed paste is
// read as a whole, bypassing the editor.
//
// The terminal must pass on every byte (no ICRNL, ISIG, IXON, ...), because a paste is content.
#pragma once

#include <string>
#include <string_view>

namespace kvstore::repl {

class TtyInput {
 public:
  static constexpr int kEnd = -1;          // end of input
  static constexpr int kInterrupted = -2;  // by a signal: check the flags

  explicit TtyInput(int descriptor) : descriptor_(descriptor) {}

  int next_byte();
  // The next complete UTF-8 character, kEnd or kInterrupted. Bytes that are not UTF-8 are skipped.
  long next_character();

  // Whether the next byte is available already.
  bool has_buffered() const { return begin_ < buffer_.size(); }

  // Reads up to the end-of-paste sequence, after its begin sequence was read. Stops at the end of
  // input.
  std::string read_paste();

 private:
  bool fill();
  int descriptor_;
  std::string buffer_;
  std::size_t begin_ = 0;
};

// Restores a paste as it was before the terminal sent it. Most terminals send newlines as CR; a
// paste with CR and without LF had its newlines replaced.
void restore_newlines(std::string* paste);

inline constexpr std::string_view kPasteBegin = "\033[200~";
inline constexpr std::string_view kPasteEnd = "\033[201~";

}  // namespace kvstore::repl
