#include "repl/prompt.h"

#include <doctest/doctest.h>

using namespace kvstore;
using namespace kvstore::repl;
using wire::Pending;

TEST_CASE("the prompt says what is awaited") {
  CHECK(prompt_for({}, "data.bin") == "data.bin>");
  CHECK(prompt_for({}, "data.bin", true) == "data.bin*>");
  CHECK(prompt_for({Pending::What::kBytes, 5, "", 1}, "d") == "5 bytes to come, Ctrl-C cancels>");
  CHECK(prompt_for({Pending::What::kBytes, 1, "", 1}, "d") == "1 byte to come, Ctrl-C cancels>");
  CHECK(prompt_for({Pending::What::kBlock, 0, "END", 1}, "d") == "... to END>");
}

TEST_CASE("a prompt is printable whatever the file is called") {
  const std::string prompt = prompt_for({}, "a\x1b[31m\nb");
  for (const char c : prompt) CHECK((c >= 0x20 && c < 0x7f));
}

TEST_CASE("only at the main prompt does Tab complete") {
  CHECK(takes_for({}) == LineEditor::Takes::kCommand);
  CHECK(takes_for({Pending::What::kBytes, 5, "", 1}) == LineEditor::Takes::kBytes);
  CHECK(takes_for({Pending::What::kBlock, 0, "END", 1}) == LineEditor::Takes::kLines);
}
