#include "repl/render_done.h"

#include <doctest/doctest.h>

#include "repl/render.h"

using namespace kvstore::repl;
using kvstore::command::Reply;

namespace {

std::string shown(const char* fields, Shape shape, Mode mode = Mode::kPlain, bool prompt = true) {
  Look look;
  look.mode = mode;
  look.prompt = prompt;
  std::string out;
  render(Reply::value(fields), look, &out, shape);
  return out;
}

constexpr const char* kCompacted =
    "phase:idle\nfloor_seq:0\nold_size:5104\nnew_size:4400\nlast_took_ms:196\n";
constexpr const char* kBackedUp = "path:b.bin\nkind:whole\nseq:5\nsize:5104\ntook_ms:194\n";

}  // namespace

TEST_CASE("the prompt says in a sentence what COMPACT and BACKUP have done") {
  CHECK(shown(kCompacted, Shape::kCompacted) ==
        "OK: 4.3 KiB, was 5.0 KiB, in 0.2 s; all history is kept: COMPACT KEEP none drops it\n");
  CHECK(shown("floor_seq:9\r\nold_size:5\r\nnew_size:4\r\nlast_took_ms:6\r\n", Shape::kCompacted) ==
        "OK: 4 bytes, was 5 bytes, in 0.0 s; history before version 9 is gone\n");
  CHECK(shown(kBackedUp, Shape::kBackedUp) == "OK: b.bin: 5.0 KiB, up to version 5, in 0.2 s\n");
  CHECK(shown("path:b.inc\nkind:increment\nsince:5\nwrites:2\nseq:7\nsize:4096\ntook_ms:9\n",
              Shape::kBackedUp) ==
        "OK: b.inc: 4.0 KiB, 2 writes after version 5 up to version 7, in 0.0 s\n");
}

TEST_CASE("fields that are not known, and those for programs, stay as they are") {
  CHECK(shown("phase:idle\n...\n", Shape::kCompacted) == "phase:idle\n...\n");
  CHECK(shown(kBackedUp, Shape::kCompacted) == kBackedUp);
  CHECK(shown(kBackedUp, Shape::kBackedUp, Mode::kPlain, false) == std::string(kBackedUp) + "\n");
  CHECK(shown("floor_seq:0\nphase:idle\n", Shape::kCompacted, Mode::kJson) ==
        "{\"floor_seq\":0,\"phase\":\"idle\"}\n");
}

TEST_CASE("only COMPACT itself waits until it is done") {
  using Words = std::vector<std::string_view>;
  CHECK(shape_of(Words{"COMPACT"}) == Shape::kCompacted);
  CHECK(shape_of(Words{"compact", "KEEP", "none"}) == Shape::kCompacted);
  CHECK(shape_of(Words{"COMPACT", "STATUS"}) == Shape::kSections);
  CHECK(shape_of(Words{"COMPACT", "START"}) == Shape::kData);
  CHECK(shape_of(Words{"BACKUP", "b.bin"}) == Shape::kBackedUp);
}
