#include "src/command/long_line.h"

#include <string>
#include <vector>

#include "src/command/table.h"
#include "src/command/text_words.h"

namespace kvstore::command {
namespace {

constexpr std::size_t kMaxCountDigits = 10;
constexpr std::size_t kMarkSize = 2;  // <<
constexpr std::size_t kMaxCommandSize = 32;

// Whether the command is not known from the head: it begins behind it, or is cut.
bool is_cut(std::string_view head) {
  const std::size_t begin = head.find_first_not_of(" \t");
  if (begin == head.npos) return true;
  const std::string_view rest = head.substr(begin);
  return rest.size() < kMaxCommandSize && rest.find_first_of(" \t") == rest.npos && rest[0] != '#';
}

}  // namespace

LongLine::LongLine(std::string_view head) : takes_value_(is_cut(head)), is_short_of_words_(takes_value_) {
  if (takes_value_) return;
  std::string copy(head);  // splitting decodes escapes in place
  std::vector<Word> words;
  split_words(copy.data(), copy.size(), &words);
  if (words.empty()) return;
  const Command* command =
      find_command(std::string_view(copy).substr(words[0].offset, words[0].size));
  takes_value_ = command != nullptr && command->value_form != ValueForm::kNone;
  is_short_of_words_ = words.size() < 3;
}

void LongLine::add(std::string_view bytes) {
  for (const char byte : bytes) {
    if (held_cr_) add_byte('\r');
    held_cr_ = byte == '\r';
    if (!held_cr_) add_byte(byte);
  }
}

void LongLine::add_byte(char byte) {
  const bool is_blank = byte == ' ' || byte == '\t';
  if (!is_blank && !in_word_) {
    word_size_ = 0;
    all_digits_ = all_marks_ = true;
  }
  in_word_ = !is_blank;
  if (is_blank) return;
  ++word_size_;
  all_digits_ &= byte >= '0' && byte <= '9';
  all_marks_ &= byte == '<';
  has_mark_ |= all_marks_ && word_size_ == kMarkSize;
}

bool LongLine::may_announce_value() const {
  const bool ends_in_count = all_digits_ && word_size_ <= kMaxCountDigits;
  return takes_value_ && (is_short_of_words_ || ends_in_count || has_mark_);
}

}  // namespace kvstore::command
