// What is known of a line that is too long to be held: whether a value may follow
// it. An error must never run data as commands, and where the words of a line are
// unknown so is the length of what follows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kvstore::wire {

class LongLine {
 public:
  // `head` is how the line begins; then add() gets all of it, head and all.
  explicit LongLine(std::string_view head);
  void add(std::string_view bytes);

  // Of what was added, without the CR of its line end.
  std::uint64_t size() const { return size_ - (held_cr_ ? 1 : 0); }
  bool ends_in_cr() const { return held_cr_; }
  // A command that takes values, or may be meant as one, and no inline value as far as
  // is known, or some word is a number; whatever the command, a word that begins with
  // << or a quote that is never closed. True for some lines that announce none.
  bool may_announce_value() const;

 private:
  enum class In : std::uint8_t { kBlanks, kWord, kSingleQuotes, kDoubleQuotes, kEscape };

  void add_byte(char byte);
  void begin_word(char first);
  void add_to_word(char byte);
  bool is_counting() const { return is_number_ && words_ > 2; }

  // Of its head.
  bool takes_value_ = false;
  bool is_short_of_words_ = false;
  bool is_comment_ = false;

  In in_ = In::kBlanks;
  bool held_cr_ = false;  // belongs to the line's end if nothing follows
  std::uint64_t size_ = 0;
  bool has_mark_ = false;
  bool has_number_ = false;  // after the command and the key
  // The word being read, or read last.
  std::size_t words_ = 0;
  std::size_t word_size_ = 0;
  bool is_number_ = false;
  bool all_marks_ = false;
};

}  // namespace kvstore::wire
