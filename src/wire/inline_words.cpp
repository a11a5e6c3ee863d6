#include "src/wire/inline_words.h"

#include <cctype>

#include "src/base/hex.h"

namespace kvstore::wire {
namespace {

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

char unescaped(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'b':
      return '\b';
    case 'a':
      return '\a';
    default:
      return c;
  }
}

class InlineSplitter {
 public:
  InlineSplitter(char* line, std::size_t size) : line_(line), size_(size) {}

  bool run(std::vector<Word>* words) {
    for (;;) {
      while (at_ < size_ && is_space(line_[at_])) ++at_;
      if (at_ == size_) return true;
      const std::size_t begin = out_ = at_;
      quoted_ = false;
      if (!read_word()) return false;
      words->push_back({begin, out_ - begin, quoted_});
    }
  }

 private:
  bool read_word() {
    while (at_ < size_ && !is_space(line_[at_])) {
      const char c = line_[at_];
      if (c == '"' || c == '\'') {
        ++at_;
        quoted_ = true;
        if (!(c == '"' ? read_double_quoted() : read_single_quoted())) return false;
        // As in Redis, a closing quote must end its word; otherwise the quotes are unbalanced.
        return at_ == size_ || is_space(line_[at_]);
      }
      line_[out_++] = line_[at_++];
    }
    return true;
  }

  bool read_double_quoted() {
    while (at_ < size_ && line_[at_] != '"') {
      if (line_[at_] != '\\' || at_ + 1 == size_) {
        line_[out_++] = line_[at_++];
      } else if (line_[at_ + 1] == 'x' && at_ + 3 < size_ && hex_digit(line_[at_ + 2]) >= 0 &&
                 hex_digit(line_[at_ + 3]) >= 0) {
        line_[out_++] =
            static_cast<char>(hex_digit(line_[at_ + 2]) * 16 + hex_digit(line_[at_ + 3]));
        at_ += 4;
      } else {
        line_[out_++] = unescaped(line_[at_ + 1]);
        at_ += 2;
      }
    }
    return at_++ < size_;
  }

  bool read_single_quoted() {
    while (at_ < size_ && line_[at_] != '\'') {
      if (line_[at_] == '\\' && at_ + 1 < size_ && line_[at_ + 1] == '\'') ++at_;
      line_[out_++] = line_[at_++];
    }
    return at_++ < size_;
  }

  char* line_;
  const std::size_t size_;
  std::size_t at_ = 0;
  std::size_t out_ = 0;
  bool quoted_ = false;  // a part of the word was in quotes
};

}  // namespace

bool split_inline_words(char* line, std::size_t size, std::vector<Word>* words) {
  words->clear();
  return InlineSplitter(line, size).run(words);
}

}  // namespace kvstore::wire
