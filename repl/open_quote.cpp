#include "repl/open_quote.h"

#include <algorithm>
#include <vector>

#include "src/base/quote.h"
#include "src/wire/text_words.h"

namespace kvstore::repl {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool is_comment(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t");
  return first != line.npos && line[first] == '#';
}

// The quote that is open after `line`, or none. Quotes act only at a word's start.
char quote_after(std::string_view line, char quote) {
  bool at_start = true;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote == '"' && c == '\\') {
      ++i;
    } else if (quote != '\0') {
      if (c == quote) quote = '\0';
      at_start = false;
    } else {
      if (at_start && (c == '"' || c == '\'')) quote = c;
      at_start = is_blank(c);
    }
  }
  return quote;
}

}  // namespace

void OpenQuote::take(std::string_view line) {
  const bool begins = text_.empty();
  text_ += line;
  quote_ = begins && is_comment(line) ? '\0' : quote_after(line, quote_);
}

bool OpenQuote::has_joined() const { return std::count(text_.begin(), text_.end(), '\n') > 1; }

Result<std::string> OpenQuote::as_one_line() const {
  std::string line = text_;
  while (line.ends_with('\n') || line.ends_with('\r')) line.pop_back();
  std::vector<wire::Word> words;
  if (auto wrong = wire::split_words(line.data(), line.size(), &words)) {
    return fail(std::move(wrong->error));
  }
  std::string joined;
  for (const wire::Word& word : words) {
    if (!joined.empty()) joined += ' ';
    const std::string_view bytes(line.data() + word.offset, word.size);
    if (word.quoted) {
      append_quoted(bytes, &joined);
    } else {
      joined += bytes;
    }
  }
  return joined + '\n';
}

void OpenQuote::reset() {
  text_.clear();
  quote_ = '\0';
}

}  // namespace kvstore::repl
