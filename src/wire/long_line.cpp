#include "src/wire/long_line.h"

#include <string>
#include <vector>

#include "src/command/table.h"
#include "src/wire/text_words.h"
#include "src/wire/value_plan.h"

namespace kvstore::wire {
namespace {

using command::Command;
using command::find_command;
using command::ValueForm;

constexpr std::size_t kMarkSize = 2;  // <<
constexpr std::size_t kMaxCommandSize = 32;

// Whether the command word extends beyond the head, or begins after it.
bool is_cut(std::string_view head) {
  const std::size_t begin = head.find_first_not_of(" \t");
  if (begin == head.npos) return true;
  const std::string_view rest = head.substr(begin);
  return rest.size() < kMaxCommandSize && rest.find_first_of(" \t") == rest.npos && rest[0] != '#';
}

}  // namespace

LongLine::LongLine(std::string_view head)
    : takes_value_(is_cut(head)), is_short_of_words_(takes_value_) {
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
  size_ += bytes.size();
  for (const char byte : bytes) {
    if (held_cr_) add_byte('\r');
    held_cr_ = byte == '\r';
    if (!held_cr_) add_byte(byte);
  }
}

void LongLine::add_byte(char byte) {
  switch (in_) {
    case In::kBlanks:
      if (!is_blank(byte)) begin_word(byte);
      break;
    case In::kWord:
      if (!is_blank(byte)) return add_to_word(byte);
      has_number_ |= is_counting();
      in_ = In::kBlanks;
      break;
    case In::kSingleQuotes:
      if (byte == '\'') in_ = In::kWord;
      break;
    case In::kDoubleQuotes:
      if (byte == '"') in_ = In::kWord;
      if (byte == '\\') in_ = In::kEscape;
      break;
    case In::kEscape:
      in_ = In::kDoubleQuotes;
      break;
  }
}

void LongLine::begin_word(char first) {
  ++words_;
  word_size_ = 0;
  is_number_ = all_marks_ = true;
  add_to_word(first);
  in_ = first == '"' ? In::kDoubleQuotes : first == '\'' ? In::kSingleQuotes : In::kWord;
}

void LongLine::add_to_word(char byte) {
  ++word_size_;
  is_number_ &= (byte >= '0' && byte <= '9') || (word_size_ == 1 && (byte == '-' || byte == '+'));
  all_marks_ &= byte == '<';
  has_mark_ |= all_marks_ && word_size_ == kMarkSize;
}

bool LongLine::may_announce_value() const {
  if (is_comment_) return false;
  const bool is_quoted = in_ != In::kBlanks && in_ != In::kWord;
  const bool has_number = has_number_ || (in_ == In::kWord && is_counting());
  return has_mark_ || is_quoted || (takes_value_ && (is_short_of_words_ || has_number));
}

}  // namespace kvstore::wire
