// A quote that stays open at the end of a line. In a script that is an error; at a
// prompt the value goes on, newline included, on the next line, as in bash and psql.
// The text grammar has no newlines in words, so what was typed is then written as one
// line that means the same.
#pragma once

#include <string>
#include <string_view>

#include "src/base/status.h"

namespace kvstore::repl {

class OpenQuote {
 public:
  // Takes a line with its newline: the first of a command, or, while is_open(), the
  // next one.
  void take(std::string_view line);

  // The quote is open: another line belongs to it.
  bool is_open() const { return quote_ != '\0'; }
  char quote() const { return quote_; }  // the one that is open
  bool is_empty() const { return text_.empty(); }
  // More than one line was taken.
  bool has_joined() const;
  const std::string& text() const { return text_; }

  // What was taken as one line, with its newline. kSyntax with the words' own error.
  Result<std::string> as_one_line() const;

  void reset();

 private:
  std::string text_;
  char quote_ = '\0';
};

}  // namespace kvstore::repl
