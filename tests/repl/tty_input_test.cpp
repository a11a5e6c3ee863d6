#include "repl/tty_input.h"

#include <unistd.h>

#include <doctest/doctest.h>

#include <thread>
#include <vector>

using namespace kvstore::repl;

namespace {

// A descriptor that yields `bytes`, cut into pieces of `step`.
class Feed {
 public:
  Feed(std::string bytes, std::size_t step) {
    REQUIRE(::pipe(ends_) == 0);
    writer_ = std::thread([this, bytes = std::move(bytes), step] {
      for (std::size_t at = 0; at < bytes.size(); at += step) {
        const std::string piece = bytes.substr(at, step);
        if (::write(ends_[1], piece.data(), piece.size()) < 0) break;
      }
      ::close(ends_[1]);
    });
  }
  ~Feed() {
    writer_.join();
    ::close(ends_[0]);
  }
  int descriptor() const { return ends_[0]; }

 private:
  int ends_[2];
  std::thread writer_;
};

std::string read_rest(TtyInput& input) {
  std::string rest;
  for (int byte = input.next_byte(); byte >= 0; byte = input.next_byte()) {
    rest += static_cast<char>(byte);
  }
  return rest;
}

}  // namespace

TEST_CASE("a paste is taken whole, however it is cut up, and what follows stays") {
  std::string content;
  for (int i = 0; i < 4000; ++i) content += static_cast<char>(i * 7);
  content += "\033[201\033[20\033";  // nearly the end sequence, several times
  for (const std::size_t step : {1, 2, 3, 5, 6, 7, 4096}) {
    CAPTURE(step);
    Feed feed(content + std::string(kPasteEnd) + "GET a\r", step);
    TtyInput input(feed.descriptor());
    CHECK(input.read_paste() == content);
    CHECK(read_rest(input) == "GET a\r");
  }
}

TEST_CASE("a paste that never ends stops at the end of input") {
  Feed feed("abc\033[201", 4);
  TtyInput input(feed.descriptor());
  CHECK(input.read_paste() == "abc\033[201");
  CHECK(input.next_byte() == TtyInput::kEnd);
}

TEST_CASE("characters arrive whole, and bytes that are none are skipped") {
  Feed feed("a\xc3\xbc\xff\xe6\x97\xa5\x80\xc3" "b\xf0\x9f\x8e\x89", 1);
  TtyInput input(feed.descriptor());
  std::vector<long> characters;
  for (long c = input.next_character(); c >= 0; c = input.next_character()) characters.push_back(c);
  CHECK(characters == std::vector<long>{'a', 0xFC, 0x65E5, 'b', 0x1F389});
}

TEST_CASE("newlines that the terminal sent as CR come back, real CRs stay") {
  std::string replaced = "a\rb\r";
  restore_newlines(&replaced);
  CHECK(replaced == "a\nb\n");
  std::string untouched = "a\r\nb\n";
  restore_newlines(&untouched);
  CHECK(untouched == "a\r\nb\n");
}
