// A quote that is not closed at the end of a line. In a script that is an error; at a prompt the
// value continues, newline included, on the next line, as in bash and psql. The text grammar has no
// newlines in words, so the typed lines are converted to one equivalent line.
#pragma once

#include <string>
#include <string_view>

#include "src/base/status.h"

namespace kvstore::repl {

class OpenQuote {
 public:
  // Takes a line with its newline: the first of a command or, while is_open(), the next one.
  void take(std::string_view line);

  // True if another line is needed to close the quote.
  bool is_open() const { return quote_ != '\0'; }
  char quote() const { return quote_; }  // the open quote
  bool is_empty() const { return text_.empty(); }
  // True if more than one line was taken.
  bool has_joined() const;
  const std::string& text() const { return text_; }

  // The taken lines as one line, with its newline. kSyntax with the error of splitting them.
  Result<std::string> as_one_line() const;

  void reset();

 private:
  std::string text_;
  char quote_ = '\0';
};

}  // namespace kvstore::repl
