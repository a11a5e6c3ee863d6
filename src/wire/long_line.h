// Analyses a line that is too long to be held: whether a value may follow it. After an error data
// must never be executed as commands, and if a line's words are unknown, so is the length of what
// follows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kvstore::wire {

class LongLine {
 public:
  // `head` is the begin of the line; add() must get all of the line, including the head.
  explicit LongLine(std::string_view head);
  void add(std::string_view bytes);

  // Size of what was added, without the CR of the line end.
  std::uint64_t size() const { return size_ - (held_cr_ ? 1 : 0); }
  bool ends_in_cr() const { return held_cr_; }
  // True for a command that takes values, or may be meant as one, unless it has an inline value and
  // no word is a number; and for any command with a word that begins with <<, or an unterminated
  // quote. True for some lines that announce no value.
  bool may_announce_value() const;

 private:
  enum class In : std::uint8_t { kBlanks, kWord, kSingleQuotes, kDoubleQuotes, kEscape };

  void add_byte(char byte);
  void begin_word(char first);
  void add_to_word(char byte);
  bool is_counting() const { return is_number_ && words_ > 2; }

  // Known from the head:
  bool takes_value_ = false;
  bool is_short_of_words_ = false;
  bool is_comment_ = false;

  In in_ = In::kBlanks;
  bool held_cr_ = false;  // belongs to the line end if nothing follows
  std::uint64_t size_ = 0;
  bool has_mark_ = false;
  bool has_number_ = false;  // after the command and the key
  // The present or last word:
  std::size_t words_ = 0;
  std::size_t word_size_ = 0;
  bool is_number_ = false;
  bool all_marks_ = false;
};

}  // namespace kvstore::wire
