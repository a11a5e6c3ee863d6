#include "src/wire/text_words.h"

#include <cstring>
#include <string_view>

#include <fmt/core.h>

#include "src/base/hex.h"
#include "src/command/quote.h"

namespace kvstore::wire {
namespace {

using command::escape_controls;

class Splitter {
 public:
  Splitter(char* line, std::size_t size, std::vector<Word>* words)
      : line_(line), size_(size), words_(words) {}

  std::optional<LineError> run() {
    words_->clear();
    skip_blanks();
    if (at_ < size_ && line_[at_] == '#') return {};
    while (at_ < size_) {
      read_word();
      skip_blanks();
    }
    return std::move(error_);
  }

 private:
  void skip_blanks() {
    while (at_ < size_ && is_blank(line_[at_])) ++at_;
  }

  void read_word() {
    const char first = line_[at_];
    if (first == '"') return read_double_quoted();
    if (first == '\'') return read_single_quoted();
    const std::size_t begin = at_;
    while (at_ < size_ && !is_blank(line_[at_])) ++at_;
    words_->push_back({begin, at_ - begin, false});
  }

  void read_single_quoted() {
    const std::size_t quote = at_++;
    const auto* end = static_cast<char*>(std::memchr(line_ + at_, '\'', size_ - at_));
    if (end == nullptr) return unterminated(quote, "'");
    const auto close = static_cast<std::size_t>(end - line_);
    words_->push_back({at_, close - at_, true});
    at_ = close + 1;
    expect_blank();
  }

  // Decodes in place: an escape is never shorter than its character.
  void read_double_quoted() {
    const std::size_t quote = at_++;
    std::size_t out = at_;
    const std::size_t begin = out;
    while (at_ < size_ && line_[at_] != '"') {
      if (line_[at_] == '\\') {
        read_escape(&out);
      } else {
        line_[out++] = line_[at_++];
      }
    }
    if (at_ == size_) return unterminated(quote, "\"");
    ++at_;
    words_->push_back({begin, out - begin, true});
    expect_blank();
  }

  void read_escape(std::size_t* out) {
    const std::size_t backslash = at_++;
    const char kind = at_ < size_ ? line_[at_] : '\0';
    switch (kind) {
      case 'n':
        line_[(*out)++] = '\n';
        break;
      case 'r':
        line_[(*out)++] = '\r';
        break;
      case 't':
        line_[(*out)++] = '\t';
        break;
      case '\\':
        line_[(*out)++] = '\\';
        break;
      case '"':
        line_[(*out)++] = '"';
        break;
      case 'x':
        if (read_hex(out)) return;
        [[fallthrough]];
      default:
        // At the line's end the unterminated quote is the better error.
        if (at_ < size_) unknown_escape(backslash, kind);
        return;  // the character after the backslash is taken literally
    }
    ++at_;
  }

  bool read_hex(std::size_t* out) {
    const int high = at_ + 1 < size_ ? hex_digit(line_[at_ + 1]) : -1;
    const int low = at_ + 2 < size_ ? hex_digit(line_[at_ + 2]) : -1;
    if (high < 0 || low < 0) return false;
    line_[(*out)++] = static_cast<char>(high * 16 + low);
    at_ += 3;
    return true;
  }

  void unknown_escape(std::size_t backslash, char kind) {
    report(backslash,
           kind == 'x' ? "\\x takes two hexadecimal digits"
                       : fmt::format("unknown escape \\{}", escape_controls({&kind, 1})),
           R"(use \n \r \t \\ \" \xHH, or '...' to take every character as it is)");
  }

  void unterminated(std::size_t quote, const char* mark) {
    report(quote, fmt::format("unbalanced quotes: the quote {} is never closed", mark),
           fmt::format("close it with {} on the same line; \"a\\nb\" holds a newline", mark));
    error_->is_open = true;
    words_->push_back({quote + 1, size_ - quote - 1, true});
    at_ = size_;
  }

  // A word that continues after its closing quote is probably a mistake; the rest of it is skipped.
  void expect_blank() {
    if (at_ == size_ || is_blank(line_[at_])) return;
    report(at_, "unbalanced quotes: a blank must follow the closing quote",
           "put the whole word into one pair of quotes");
    const std::size_t begin = at_;
    while (at_ < size_ && !is_blank(line_[at_])) ++at_;
    if (may_matter({line_ + begin, at_ - begin})) error_->is_open = true;
  }

  // Whether skipped text may start a quote, or be a block mark or a count.
  static bool may_matter(std::string_view passed_over) {
    return passed_over.find_first_of("\"'") != passed_over.npos || passed_over.starts_with("<<") ||
           passed_over.find_first_not_of("0123456789") == passed_over.npos;
  }

  // Only the first error is reported.
  void report(std::size_t offset, std::string_view what, std::string hint) {
    if (error_) return;
    error_ = LineError{
        Error{Code::kSyntax, fmt::format("column {}: {}", offset + 1, what), std::move(hint)}};
  }

  char* line_;
  const std::size_t size_;
  std::vector<Word>* words_;
  std::size_t at_ = 0;
  std::optional<LineError> error_;
};

}  // namespace

std::optional<LineError> split_words(char* line, std::size_t size, std::vector<Word>* words) {
  return Splitter(line, size, words).run();
}

}  // namespace kvstore::wire
