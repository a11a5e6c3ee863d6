#include "src/wire/long_line.h"

#include <string>
#include <vector>

#include "src/command/table.h"
#include "src/wire/text_value.h"
#include "src/wire/text_words.h"

namespace kvstore::wire {
namespace {

using command::Command;
using command::find_command;
using command::ValueForm;

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
  is_comment_ = words.empty();
  if (is_comment_) return;
  const std::string_view name = std::string_view(copy).substr(words[0].offset, words[0].size);
  const Command* command = find_command(name);
  takes_value_ = (command != nullptr && command->value_form != ValueForm::kNone) ||
                 wire::may_announce_value(command, name);
  is_short_of_words_ = words.size() < 3;
}

void LongLine::add(std::string_view bytes) {
  for (const char byte : bytes) {
    if (held_cr_) add_byte('\r');
    held_cr_ = byte == '\r';
    if (!held_cr_) add_byte(byte);
  }
}

void LongLine::begin_word(char first) {
  ++words_;
  word_size_ = 0;
  is_number_ = all_marks_ = true;
  if (first == '"' || first == '\'') quote_ = first;
}

void LongLine::add_byte(char byte) {
  if (quote_ != 0 && in_word_) {
    const bool ends = byte == quote_ && !escaped_;
    escaped_ = quote_ == '"' && byte == '\\' && !escaped_;
    if (ends) quote_ = 0;
    return;
  }
  const bool is_blank = byte == ' ' || byte == '\t';
  if (is_blank && in_word_) has_number_ |= is_number_ && words_ > 2;
  if (!is_blank && !in_word_) begin_word(byte);
  in_word_ = !is_blank;
  if (is_blank) return;
  ++word_size_;
  is_number_ &= (byte >= '0' && byte <= '9') || (word_size_ == 1 && (byte == '-' || byte == '+'));
  all_marks_ &= byte == '<';
  has_mark_ |= all_marks_ && word_size_ == kMarkSize;
}

bool LongLine::may_announce_value() const {
  if (is_comment_) return false;
  const bool ends_in_number = in_word_ && is_number_ && words_ > 2;
  const bool announces = is_short_of_words_ || has_number_ || ends_in_number;
  return has_mark_ || quote_ != 0 || (takes_value_ && announces);
}

}  // namespace kvstore::wire
