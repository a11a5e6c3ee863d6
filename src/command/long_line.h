// What is known of a line that is too long to be held: whether a value may follow
// it. An error must never run data as commands, and where the words of a line are
// unknown so is the length of what follows.
#pragma once

#include <cstddef>
#include <string_view>

namespace kvstore::command {

class LongLine {
 public:
  // `head` is how the line begins; then add() gets all of it, head and all.
  explicit LongLine(std::string_view head);
  void add(std::string_view bytes);
  // SET or APPEND, and it has no inline value as far as is known, or ends in a
  // count, or some word begins with <<. True for some lines that announce none.
  bool may_announce_value() const;

 private:
  void add_byte(char byte);

  bool takes_value_ = false;
  bool is_short_of_words_ = false;
  bool has_mark_ = false;
  // The word being read, or read last.
  std::size_t word_size_ = 0;
  bool in_word_ = false;
  bool all_digits_ = false;
  bool all_marks_ = false;
  bool held_cr_ = false;  // belongs to the line's end if nothing follows
};

}  // namespace kvstore::command
