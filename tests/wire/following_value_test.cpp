#include "src/wire/following_value.h"

#include <string>

#include <doctest/doctest.h>

using namespace kvstore::wire;

namespace {

using What = ValueStep::What;

template <class Value>
ValueStep step(Value& value, InputBuffer& input, std::string_view bytes, bool finished = false) {
  input.feed(bytes);
  return value.next(input, finished);
}

}  // namespace

TEST_CASE("counted bytes are whole once it is known how their line ends") {
  InputBuffer input;
  CountedValue value(3, 2);
  CHECK(step(value, input, "k\nab").what == What::kNeedInput);
  CHECK(value.missing(input) == 1);
  CHECK(step(value, input, "\n").what == What::kNeedInput);
  CHECK(step(value, input, "\r").what == What::kNeedInput);
  const ValueStep whole = step(value, input, "\nPING");
  CHECK(whole.what == What::kWhole);
  CHECK(whole.value == "ab\n");
  CHECK(whole.consumed == 7);
  CHECK(whole.newlines == 2);
  CHECK_FALSE(whole.no_line_end);
}

TEST_CASE("what follows counted bytes and is no line end is left") {
  InputBuffer input;
  CountedValue value(3, 0);
  const ValueStep whole = step(value, input, "abcd\n");
  CHECK(whole.what == What::kWhole);
  CHECK(whole.no_line_end);
  CHECK(whole.consumed == 3);
}

TEST_CASE("the end of the input is a line end, but not within the bytes") {
  InputBuffer whole, cut;
  CountedValue value(3, 0);
  CHECK(step(value, whole, "abc", true).what == What::kWhole);
  const ValueStep inside = step(value, cut, "ab", true);
  CHECK(inside.what == What::kCutOff);
  CHECK(inside.value == "ab");
}

TEST_CASE("skipped bytes are consumed as they come") {
  InputBuffer input;
  CountedValue value = CountedValue::skipped(4);
  CHECK(step(value, input, "a\nb").what == What::kNeedInput);
  CHECK(input.empty());
  CHECK(value.missing(input) == 1);
  const ValueStep skipped = step(value, input, "c\nPING");
  CHECK(skipped.what == What::kTooBig);
  CHECK(skipped.consumed == 1);
  CHECK(skipped.newlines == 1);
}

TEST_CASE("a block is what stands before its sentinel's line, without the last newline") {
  InputBuffer input;
  BlockValue value("EOT", 0, {.max_value = 100});
  CHECK(step(value, input, "one\nEOT ").what == What::kNeedInput);
  const ValueStep whole = step(value, input, "\nEOT\r\nPING");
  CHECK(whole.what == What::kWhole);
  CHECK(whole.value == "one\nEOT ");
  CHECK(whole.consumed == 14);
}

TEST_CASE("a block's last line may be its sentinel's without a newline, unless it may be cut") {
  InputBuffer whole, cut;
  BlockValue value("EOT", 0, {.max_value = 100});
  BlockValue may_be_cut("EOT", 0, {.max_value = 100, .may_be_cut = true});
  CHECK(step(value, whole, "one\nEOT", true).what == What::kWhole);
  CHECK(step(may_be_cut, cut, "one\nEOT", true).what == What::kCutOff);
}

TEST_CASE("a block over the limit is skipped up to its sentinel, which may be half there") {
  InputBuffer input;
  BlockValue value("EOT", 0, {.max_value = 4});
  CHECK(step(value, input, std::string(20, 'x') + "\n" + std::string(9, 'y')).what ==
        What::kNeedInput);
  CHECK(input.empty());
  CHECK(step(value, input, "EOT\nEO").what == What::kNeedInput);
  CHECK(input.size() == 2);
  const ValueStep skipped = step(value, input, "T\nPING");
  CHECK(skipped.what == What::kTooBig);
  CHECK(input.view(skipped.consumed, 4) == "PING");
}
