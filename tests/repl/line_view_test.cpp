#include "repl/line_view.h"

#include <clocale>

#include <algorithm>
#include <string>

#include <doctest/doctest.h>

using namespace kvstore::repl;

namespace {

LineView::Content content(const std::string& text, std::size_t cursor = std::string::npos) {
  LineView::Content content;
  content.prompt = "> ";
  content.text = text;
  content.cursor = std::min(cursor, text.size());
  return content;
}

std::string draw(const std::string& text, std::size_t columns,
                 std::size_t cursor = std::string::npos) {
  std::setlocale(LC_CTYPE, "C.UTF-8");
  LineView view;
  return view.draw(content(text, cursor), {columns, 24});
}

}  // namespace

TEST_CASE("a line is drawn with the cursor where it is") {
  CHECK(draw("abc", 20) == "> abc\r\033[5C");
  CHECK(draw("abc", 20, 1) == "> abc\r\033[3C");
  CHECK(draw("", 20) == "> \r\033[2C");
}

TEST_CASE("what fills a row is wrapped by the terminal, and made to at the end") {
  CHECK(draw("abcd", 4) == "> abcd\r\033[2C");
  CHECK(draw("ab", 4) == "> ab \r\r");
}

TEST_CASE("a wide character that does not fit begins the next row, with the cursor") {
  CHECK(draw("漢漢", 5) == "> 漢漢\r\033[2C");
  CHECK(draw("漢漢", 5, 3) == "> 漢漢\r");
}

TEST_CASE("combining marks take no column, and joined emoji are drawn one by one") {
  CHECK(draw("e\u0301x", 20) == "> e\u0301x\r\033[4C");
  CHECK(draw("👨\u200D👩", 20) == "> 👨👩\r\033[6C");
  CHECK(draw("\u2764\uFE0F", 20) == "> \u2764\r\033[3C");
}

TEST_CASE("what cannot be shown is named") {
  CHECK(draw("a\001b", 20) == "> a^Ab\r\033[6C");
  CHECK(draw("\u202E", 20) == "> <U+202E>\r\033[10C");
  CHECK(draw("a\tb", 20) == "> a     b\r\033[9C");
}

TEST_CASE("newlines begin rows, and the next draw begins at the first") {
  std::setlocale(LC_CTYPE, "C.UTF-8");
  LineView view;
  CHECK(view.draw(content("a\nbc"), {20, 24}) == "> a\r\nbc\r\033[2C");
  CHECK(view.draw(content("a\nbc"), {20, 24}).empty());
  CHECK(view.draw(content("a\nbcd"), {20, 24}) == "\r\033[1A\033[J> a\r\nbcd\r\033[3C");
  CHECK(view.finish(content("a\nbcd", 0), {20, 24}).empty());
}

TEST_CASE("a text higher than the screen shows the part around the cursor, and all of it at last") {
  std::setlocale(LC_CTYPE, "C.UTF-8");
  LineView view;
  CHECK(view.draw(content("a\nb\nc"), {20, 2}) == "b\r\nc\r\033[1C");
  CHECK(view.draw(content("a\nb\nc", 0), {20, 2}) == "\r\033[1A\033[J> a\r\nb\r\033[1A\033[2C");
  CHECK(view.finish(content("a\nb\nc", 0), {20, 2}) == "\r\033[J> a\r\nb\r\nc\r\033[1C");
}

TEST_CASE("after a resize the rows are those that the terminal has made of the line") {
  std::setlocale(LC_CTYPE, "C.UTF-8");
  LineView view;
  (void)view.draw(content("abcdefgh"), {20, 24});
  view.resized({5, 24});
  CHECK(view.draw(content("abcdefgh"), {5, 24}).starts_with("\r\033[2A\033[J> abc"));
}

TEST_CASE("a hint is cut to the row, and never wraps") {
  std::setlocale(LC_CTYPE, "C.UTF-8");
  LineView view;
  LineView::Content with_hint = content("SET");
  with_hint.hint = " key value";
  CHECK(view.draw(with_hint, {10, 24}) == "> SET\033[90m key\033[39m\r\033[5C");
  CHECK(view.finish(with_hint, {10, 24}) == "\r\033[J> SET\r\033[5C");
}
