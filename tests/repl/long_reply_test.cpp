#include "repl/long_reply.h"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <memory>

#include <doctest/doctest.h>

#include "repl/local_backend.h"
#include "repl/runner.h"
#include "tests/support/open_store.h"
#include "tests/support/temp_dir.h"

using namespace kvstore;
using namespace kvstore::repl;
using command::Reply;
using command::ReplyStream;

namespace {

// "ab" over and over, or items of it; breaks where so many are left.
class Pieces final : public ReplyStream {
 public:
  Pieces(Kind kind, std::uint64_t left, std::uint64_t breaks_at = 0)
      : kind_(kind), left_(left), breaks_at_(breaks_at) {}
  Kind kind() const override { return kind_; }
  std::uint64_t left() const override { return left_; }
  Status next(command::ReplySink& to) override {
    if (breaks_at_ != 0 && left_ <= breaks_at_) return fail(Code::kCorrupt, "rotten");
    left_ -= kind_ == Kind::kValue ? 2 : 1;
    if (kind_ == Kind::kValue)
      to.part("ab");
    else
      to.value("ab");
    return {};
  }
  std::size_t memory() const override { return 0; }

 private:
  const Kind kind_;
  std::uint64_t left_;
  const std::uint64_t breaks_at_;
};

Reply long_reply(ReplyStream::Kind kind, std::uint64_t left, std::uint64_t breaks_at = 0) {
  Reply reply = kind == ReplyStream::Kind::kValue ? Reply::value({}) : Reply::array({});
  reply.stream = std::make_shared<Pieces>(kind, left, breaks_at);
  return reply;
}

// What `show` writes.
template <class Show>
std::string written(const Show& show) {
  const testing::TempDir directory;
  const std::string path = directory / "out";
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT, 0600);
  {
    Output output(descriptor);
    show(output);
    output.finish();
  }
  ::close(descriptor);
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string in_pieces(const Reply& reply, const Look& look) {
  return written([&](Output& output) { CHECK(show_in_pieces(reply, look, Shape::kData, output)); });
}

}  // namespace

TEST_CASE("in pieces a long reply looks as the whole does") {
  using Kind = ReplyStream::Kind;
  for (const Mode mode : {Mode::kPlain, Mode::kQuoted, Mode::kHex, Mode::kCsv, Mode::kJson}) {
    for (const bool newline : {true, false}) {
      const Look look{.mode = mode, .prompt = newline, .terminal = newline, .newline = newline};
      Reply whole = long_reply(Kind::kArray, 3);
      hold_stream(&whole);
      REQUIRE(whole.items.size() == 3);
      std::string shown;
      render(whole, look, &shown);
      CHECK(shows_in_pieces(long_reply(Kind::kArray, 3), look, Shape::kData));
      CHECK(in_pieces(long_reply(Kind::kArray, 3), look) == shown);
    }
  }
  CHECK(in_pieces(long_reply(Kind::kValue, 6), {}) == "ababab\n");
  CHECK(in_pieces(long_reply(Kind::kValue, 6), {.newline = false}) == "ababab");
}

TEST_CASE("where all of a reply must be seen first it is held") {
  using Kind = ReplyStream::Kind;
  for (const Look& look : {Look{.mode = Mode::kJson}, Look{.prompt = true}, Look{.terminal = true},
                           Look{.ack = true}}) {
    CHECK_FALSE(shows_in_pieces(long_reply(Kind::kValue, 2), look, Shape::kData));
  }
  CHECK_FALSE(shows_in_pieces(long_reply(Kind::kArray, 3), {.ack = true}, Shape::kData));
  CHECK_FALSE(shows_in_pieces(long_reply(Kind::kValue, 2), {.mode = Mode::kHex}, Shape::kData));
  CHECK_FALSE(shows_in_pieces(long_reply(Kind::kArray, 2), {}, Shape::kVersions));
}

TEST_CASE("a long reply that breaks is an error, after what was shown of it or in its place") {
  using Kind = ReplyStream::Kind;
  const std::string shown = written([](Output& output) {
    CHECK_FALSE(show_in_pieces(long_reply(Kind::kValue, 6, 2), {}, Shape::kData, output));
  });
  CHECK(shown == "abab");
  Reply held = long_reply(Kind::kValue, 6, 2);
  hold_stream(&held);
  CHECK(held.kind == Reply::Kind::kError);
  CHECK(held.error.code == Code::kCorrupt);
}

TEST_CASE("a script's long values are those of their moment, though the next line changes them") {
  const testing::TempDir directory;
  auto store = testing::open_store(directory / "data.bin");
  const std::string value(3'000'000, 'v');
  const std::string shown = written([&](Output& output) {
    LocalBackend backend(*store);
    RunOptions options;
    Runner runner(backend, output, options, "");
    for (const auto& argv : std::vector<std::vector<std::string_view>>{
             {"SET", "k", value}, {"GET", "k"}, {"SET", "k", "new"}, {"GET", "k"}}) {
      CHECK(runner.run({.argv = argv}));
    }
    CHECK(runner.finish_pending());
    CHECK(runner.answered() == 4);
  });
  CHECK(shown == value + "\nnew\n");
}

TEST_CASE("a long list is neither counted nor held before it is shown") {
  const testing::TempDir directory;
  auto store = testing::open_store(directory / "data.bin");
  constexpr int kKeys = 20'000;
  for (int i = 0; i < kKeys; ++i) {
    REQUIRE(store->set("key:" + std::to_string(i), "v", {.wait = false}));
  }
  LocalBackend backend(*store);
  const std::string_view keys[] = {"KEYS"};
  REQUIRE(backend.submit(keys));
  CHECK(backend.finish_pending([](Reply&& reply) {
    REQUIRE(reply.stream);
    CHECK(reply.stream->left() == ReplyStream::kUncounted);
  }));
  const std::string shown = written([&](Output& output) {
    RunOptions options;
    options.look.prompt = true;
    Runner runner(backend, output, options, "");
    CHECK(runner.run({.argv = {"KEYS"}}));
    CHECK(runner.run({.argv = {"PREFIX", "key:", "VALUES"}}));
    CHECK(runner.finish_pending());
    CHECK(runner.failures() == 0);
  });
  CHECK(shown.starts_with("1) key:0\n2) key:1\n"));
  CHECK(shown.find("\n20000) key:9999\nkey ") != shown.npos);
  CHECK(shown.find("key:9999  ") != shown.npos);
}
