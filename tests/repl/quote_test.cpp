#include "repl/quote.h"

#include <doctest/doctest.h>

#include "src/base/quote.h"
#include "src/wire/text_parser.h"

using namespace kvstore;
using namespace kvstore::repl;

namespace {

std::string quoted(std::string_view bytes) {
  std::string out;
  append_quoted(bytes, &out);
  return out;
}

std::string word(std::string_view bytes) {
  std::string out;
  append_word(bytes, &out);
  return out;
}

std::string all_bytes() {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  return bytes;
}

// What the text grammar makes of `ECHO word`.
std::string read_back(const std::string& text) {
  wire::TextParser parser;
  parser.feed("ECHO " + text + "\n");
  REQUIRE(parser.next() == wire::RequestParser::Event::kRequest);
  REQUIRE(parser.request().argv.size() == 2);
  return std::string(parser.request().argv[1]);
}

}  // namespace

TEST_CASE("quoted text is one printable line that the text parser reads back") {
  for (const std::string& bytes :
       {all_bytes(), std::string(), std::string("a\"b\\c\n\r\t"), std::string("\0x", 2),
        std::string("grün 日本 🎉"), std::string("\xff\xfe"), std::string("\xe2\x80\xae evil"),
        std::string("\xc2\x9b[31m"), std::string("END"), std::string("<<EOT")}) {
    CAPTURE(bytes);
    const std::string text = quoted(bytes);
    for (const char c : text) CHECK((static_cast<unsigned char>(c) >= 0x20 && c != 0x7f));
    CHECK(read_back(text) == bytes);
    CHECK(read_back(word(bytes)) == bytes);
  }
}

TEST_CASE("every single byte, and every byte after a letter, survives quoting") {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string alone(1, static_cast<char>(byte));
    CAPTURE(byte);
    CHECK(read_back(quoted(alone)) == alone);
    CHECK(read_back(word(alone)) == alone);
    CHECK(read_back(word("a" + alone)) == "a" + alone);
    CHECK(read_back(quoted(alone + "7f")) == alone + "7f");
  }
}

TEST_CASE("a word is bare when it can be") {
  CHECK(word("key:1") == "key:1");
  CHECK(word("{\"a\":1}") == "{\"a\":1}");
  CHECK(word("a b") == "\"a b\"");
  CHECK(word("") == "\"\"");
  CHECK(word("'x") == "\"'x\"");
  CHECK(word("#x") == "\"#x\"");
}

TEST_CASE("what the shell itself says is not plain") {
  for (const char* text : {"", "OK", "(nil)", "(integer) 3", "(empty array)", "\"quoted\""}) {
    CHECK_FALSE(is_plain(text, Newlines::kShown));
  }
  for (const char* text :
       {"(define x 1)\n(display x)\n", "\"quotes\", and so", "'tis", "(integer)"}) {
    CHECK(is_plain(text, Newlines::kShown));
    CHECK_FALSE(is_plain(text, Newlines::kQuoted));  // one among others
  }
  CHECK(is_plain("hello world", Newlines::kQuoted));
  CHECK(is_plain("two\nlines\tand a tab", Newlines::kShown));
  CHECK_FALSE(is_plain("two\nlines", Newlines::kQuoted));
  CHECK_FALSE(is_plain("carriage\rreturn", Newlines::kShown));
}

TEST_CASE("what is not printable is escaped in JSON, and reads back the same") {
  std::string json = "before \x7F";
  const std::size_t begin = json.size();
  json += "\"a\x7F\xC2\x9B\xE2\x80\xAE\xEF\xBB\xBF \xC3\xA4 \\u0001\"";
  escape_unprintable(begin, &json);
  CHECK(json == "before \x7F\"a\\u007f\\u009b\\u202e\\ufeff \xC3\xA4 \\u0001\"");
}
