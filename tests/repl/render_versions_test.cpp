#include "repl/render_versions.h"

#include <doctest/doctest.h>

#include "repl/render.h"

using namespace kvstore::repl;
using kvstore::command::Reply;

namespace {

constexpr std::uint64_t kNow = 1'800'000'000'000'000;

Reply version(std::int64_t seq, const char* time, const char* kind, std::int64_t size,
              Reply expires = Reply::missing()) {
  return Reply::array({Reply::of(seq), Reply::value(time), Reply::value(kind), Reply::of(size),
                       std::move(expires)});
}

}  // namespace

TEST_CASE("versions have their own words in every mode") {
  const Reply one = version(10, "2026", "set", 2);
  for (const Mode mode : {Mode::kPlain, Mode::kHex, Mode::kQuoted}) {
    Look look;
    look.mode = mode;
    std::string out;
    render(Reply::array({one}), look, &out, Shape::kVersions);
    CHECK(out == "10\t2026\tset\t2\t\n");
    look.prompt = true;
    out.clear();
    render(Reply::array({one}), look, &out, Shape::kVersions);
    CHECK(out == "seq  time  kind  size  expires\n 10  2026  set      2\n");
  }
}

TEST_CASE("versions are a table with times as people say them") {
  std::string out;
  render_history(
      Reply::array({version(10, "2027-01-15T07:50:00.5Z", "set", 2,
                            Reply::value("2027-01-15T09:00:00Z")),
                    version(9, "2027-01-15T07:00:00.000001Z", "append", 123456)}),
      kNow, 100, &out);
  CHECK(out ==
        "seq  time                              kind       size  expires\n"
        " 10  2027-01-15 07:50:00Z, 9 min ago   set           2  2027-01-15 09:00:00Z, in 60 min\n"
        "  9  2027-01-15 07:00:00Z, 59 min ago  append  123,456\n");
}

TEST_CASE("on a narrow screen a table of versions says only how soon they expire") {
  std::string out;
  const Reply one = version(1000, "2027-01-15T07:50:00.5Z", "set", 2,
                            Reply::value("2027-01-15T09:00:00Z"));
  render_history(Reply::array({one}), kNow, 80, &out);
  CHECK(out ==
        " seq  time                             kind  size  expires\n"
        "1000  2027-01-15 07:50:00Z, 9 min ago  set      2  in 60 min\n");
}

TEST_CASE("what META answers has its names at the prompt") {
  Look look;
  look.prompt = true;
  std::string out;
  const Reply meta = Reply::array({Reply::of(3), Reply::value("2027-01-15T07:50:00.5Z"),
                                   Reply::value("string"), Reply::of(1234), Reply::missing(),
                                   Reply::value("a\nb")});
  render_meta(meta, kNow, look, &out);
  CHECK(out ==
        "seq      3\ntime     2027-01-15 07:50:00Z, 9 min ago\ntype     string\nsize     1,234\n"
        "expires  never\nvalue    \"a\\nb\"\n");
  CHECK(shape_of(std::vector<std::string_view>{"GET", "k", "META"}) == Shape::kMeta);
  CHECK(shape_of(std::vector<std::string_view>{"READ", "META", "0", "5"}) == Shape::kData);
}

TEST_CASE("where history was cut is a sentence; what is no version is an array as ever") {
  std::string out;
  const Reply cut = version(7, "2027-01-15T07:50:00Z", "cut", 0);
  render_history(Reply::array({version(10, "x", "set", 2), cut}), kNow, 80, &out);
  CHECK(out ==
        "seq  time  kind  size  expires\n 10  x     set      2\n"
        "older history is gone: a compaction has cut it at version 7 (2027-01-15 07:50:00Z, 10 min "
        "ago)\n");
  out.clear();
  render_history(Reply::array({cut}), kNow, 80, &out);
  CHECK(out.starts_with("older history is gone"));
  out.clear();
  render_history(Reply::array({}), kNow, 80, &out);
  CHECK(out == "(empty array)\n");
  out.clear();
  render_history(Reply::array({Reply::array({Reply::of(1)})}), kNow, 80, &out);
  CHECK(out == "1) 1) (integer) 1\n");
}

TEST_CASE("what UNDO did is a sentence at the prompt, and data elsewhere") {
  Look look;
  look.prompt = true;
  const auto shown = [&look](const Reply& reply) {
    std::string out;
    render(reply, look, &out, Shape::kRestored);
    return out;
  };
  CHECK(shown(Reply::of(7)) == "OK: as of version 7 again\n");
  CHECK(shown(Reply::of(0)) == "OK: the key is missing again\n");
  CHECK(shown(Reply::missing()) == "(nil) nothing to undo: it is so already\n");
  look.prompt = false;
  CHECK(shown(Reply::of(7)) == "7\n");
  CHECK(shown(Reply::missing()).empty());
}

