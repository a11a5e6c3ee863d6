// Each fuzz target finds a bug that was planted, and nothing where there is none.
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "tests/fuzz/command_check.h"
#include "tests/fuzz/http_check.h"
#include "tests/fuzz/image.h"
#include "tests/fuzz/maint_check.h"
#include "tests/fuzz/open_check.h"
#include "tests/fuzz/parse_check.h"
#include "tests/fuzz/replay.h"

namespace kvstore::fuzz {
namespace {

std::string corpus(const std::string& name) { return std::string(KVSTORE_CORPUS) + "/" + name; }

using Words = std::vector<std::string_view>;

// Whether some input of the corpus shows the bug, without any mutations, and none
// is found where there is no bug.
void check_finds(const std::string& name, const std::function<Finding(Input)>& with_bug,
                 const std::function<Finding(Input)>& without) {
  CHECK(find_in_corpus(corpus(name), 1, 0, with_bug).has_value());
  const Finding found = find_in_corpus(corpus(name), 1, 100, without);
  CHECK_MESSAGE(!found, found.value_or(""));
}

TEST_CASE("the target open finds an append that is lost while the file is closed") {
  OpenHooks hooks;
  hooks.while_closed = [](std::string* file) {
    const std::size_t last = file->rfind("+new");
    if (last != file->npos) file->resize(last / 8 * 8 - 64);
  };
  check_finds(
      "open", [&](Input input) { return check_open(input, hooks); },
      [](Input input) { return check_open(input); });
}

TEST_CASE("the target maint finds a repair that leaves damage") {
  MaintHooks hooks;
  hooks.after_repair = [](std::string* file) { file->back() ^= 1; };
  check_finds(
      "maint", [&](Input input) { return check_maint(input, hooks); },
      [](Input input) { return check_maint(input); });
}

TEST_CASE("the target maint finds a repair that leaves everything out") {
  MaintHooks hooks;
  hooks.after_repair = [](std::string* file) {
    const Image empty = make_image(as_input(input_for(file->substr(0, 4096), false)));
    *file = empty.bytes;
    // The slot says where the log ends; an empty one ends after the header.
    for (const std::size_t slot : {1024, 1536}) {
      if (file->substr(slot, 72).find_first_not_of('\0') == file->npos) continue;
      file->replace(slot + 24, 16, std::string("\0\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16));
    }
    *file = make_image(as_input(input_for(*file, false))).bytes;
  };
  const Finding found =
      find_in_corpus(corpus("maint"), 1, 0, [&](Input input) { return check_maint(input, hooks); });
  REQUIRE(found);
  CHECK_MESSAGE(found->find("a repair changed") != found->npos, *found);
}

// A parser that forgets a byte that ends a piece.
std::string_view forget_last_newline(std::string_view piece) {
  const bool forgets = piece.size() > 2 && piece.back() == '\n';
  return forgets ? piece.substr(0, piece.size() - 1) : piece;
}

TEST_CASE("the targets of the parsers find one that mishandles a split") {
  const FeedHook hook = forget_last_newline;
  check_finds(
      "text", [&](Input input) { return check_text(input, hook); },
      [](Input input) { return check_text(input); });
  check_finds(
      "resp", [&](Input input) { return check_resp(input, hook); },
      [](Input input) { return check_resp(input); });
  check_finds(
      "reply", [&](Input input) { return check_reply(input, hook); },
      [](Input input) { return check_reply(input); });
  check_finds(
      "http", [&](Input input) { return check_http(input, hook); },
      [](Input input) { return check_http(input); });
}

TEST_CASE("the target command finds a delete that is ignored") {
  CommandHooks hooks;
  hooks.before_command = [](Words* argv) {
    if (argv->at(0) == "DEL") argv->at(0) = "EXISTS";  // answers the same count
  };
  check_finds(
      "command", [&](Input input) { return check_command(input, hooks); },
      [](Input input) { return check_command(input); });
}

TEST_CASE("the target command finds an append that sets") {
  CommandHooks hooks;
  hooks.before_command = [](Words* argv) {
    if (argv->at(0) == "APPEND") argv->at(0) = "SET";
  };
  CHECK(find_in_corpus(corpus("command"), 1, 0,
                       [&](Input input) { return check_command(input, hooks); }));
}

TEST_CASE("a good file is the same after its checksums were put right") {
  for (const auto& [name, input] : load_corpus(KVSTORE_GOLDEN)) {
    CAPTURE(name);
    const Image image = make_image(as_input(input_for(input, false)));
    const std::size_t end = input.find_last_not_of('\0') + 1;
    CHECK(image.bytes.substr(0, end) == input.substr(0, end));
  }
}

}  // namespace
}  // namespace kvstore::fuzz
