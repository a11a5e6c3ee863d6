#include "src/log/post.h"

#include <random>

#include <doctest/doctest.h>

#include "src/log/chain.h"
#include "src/log/record.h"

using namespace kvstore::log;

namespace {

// A record at `self` that carries these bytes.
Record carrier_of(const std::vector<std::uint8_t>& bytes, const PostEntry& self) {
  Record record;
  record.offset = self.offset;
  record.seq = self.seq;
  record.total = self.total;
  record.post = bytes;
  return record;
}

// `count` entries, newest first, `step` records apart, that end before `newest`.
std::vector<PostEntry> entries(unsigned count, const PostEntry& newest, std::uint64_t step) {
  std::vector<PostEntry> result;
  for (unsigned i = 1; i <= count; ++i) {
    result.push_back({newest.offset - i * step * 64, newest.seq - i * step, newest.total - i * step, false});
  }
  return result;
}

constexpr PostEntry kSelf{1'000'000'000, 10'000'000, 5'000'000, false};

}  // namespace

TEST_CASE("a post is read back as it was written") {
  Post post;
  post.number = 77;
  post.levels = {entries(31, kSelf, 1), {}, entries(13, kSelf, 2000)};
  post.levels[2][4].started = true;
  const auto bytes = encode_post(post, kSelf, 1900);
  CHECK((bytes.size() + 2) % 8 == 0);
  Post read;
  REQUIRE(decode_post(carrier_of(bytes, kSelf), &read));
  CHECK(read.number == 77);
  REQUIRE(read.levels.size() == 3);
  CHECK(read.levels[0].size() == 31);
  CHECK(read.levels[1].empty());
  REQUIRE(read.levels[2].size() == 13);
  for (std::size_t i = 0; i < 13; ++i) {
    CHECK(read.levels[2][i].offset == post.levels[2][i].offset);
    CHECK(read.levels[2][i].seq == post.levels[2][i].seq);
    CHECK(read.levels[2][i].started == (i == 4));
    // Behind a start the totals are another value's.
    if (i <= 4) CHECK(read.levels[2][i].total == post.levels[2][i].total);
  }
}

TEST_CASE("a post that is too long loses its oldest entries") {
  Post post;
  post.levels = {entries(31, kSelf, 1), entries(31, kSelf, 100), entries(31, kSelf, 4000)};
  const auto whole = encode_post(post, kSelf, 1900);
  for (std::size_t size = 6; size < whole.size(); size += 8) {
    const auto bytes = encode_post(post, kSelf, size);
    CHECK(bytes.size() <= size);
    Post read;
    REQUIRE(decode_post(carrier_of(bytes, kSelf), &read));
    for (std::size_t level = 0; level + 1 < read.levels.size(); ++level) {
      CHECK(read.levels[level].size() == 31);
    }
  }
}

TEST_CASE("a chain whose totals shrink is listed up to there, and breaks no invariant") {
  Post post;
  post.levels = {entries(31, kSelf, 1), entries(31, kSelf, 100)};
  post.levels[0][7].total = kSelf.total + 1;
  Post read;
  REQUIRE(decode_post(carrier_of(encode_post(post, kSelf, 1900), kSelf), &read));
  REQUIRE(read.levels.size() == 1);
  CHECK(read.levels[0].size() == 7);
}

TEST_CASE("any bytes are a post or are none, and are read within their bounds") {
  std::mt19937_64 random(1);
  for (int round = 0; round < 20'000; ++round) {
    // Of exact size on the heap, so that a sanitizer sees a read beyond.
    std::vector<std::uint8_t> bytes(random() % 200);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random() % 4 ? random() % 9 : random());
    bytes.shrink_to_fit();
    Post read;
    if (decode_post(carrier_of(bytes, kSelf), &read)) CHECK(read.levels.size() <= bytes.size());
  }
}

TEST_CASE("what a shortened level no longer lists may have been the start of a value") {
  const Binding binding(Id{});
  std::vector<std::uint8_t> log(1 << 20);
  const View view{log.data(), log.size(), &binding};
  // Post 31 closes a run of 32 posts: the next one's entry for it stands for all
  // that post 31 lists in level 1, and that level is short of 26 of its 31.
  for (const unsigned listed : {31u, 5u}) {
    CAPTURE(listed);
    const PostEntry self{900'000, 5000, 3000, false};
    Post old;
    old.number = 31;
    old.levels = {entries(31, self, 1), entries(listed, self, 32)};
    const auto bytes = encode_post(old, self, 1900);
    Draft draft;
    draft.kind = Kind::kAppend;
    draft.chained = true;
    draft.key = "k";
    draft.value = "v";
    draft.seq = self.seq;
    draft.total = self.total;
    draft.ordinal = 31;
    draft.since_start = 255;
    draft.post = bytes;
    publish_head(log.data(), self.offset, build_record(draft, binding, log.data(), self.offset));
    Record fence;
    REQUIRE(view.head(self.offset, &fence) == Head::kValid);
    Record previous;
    previous.offset = 950'000;
    previous.ordinal = 30;
    previous.since_start = 255;
    previous.fence = fence.offset;
    previous.seq = 5031;
    previous.total = 3031;
    const PostEntry next{960'000, 5032, 3032, false};
    const ChainLink link = next_link(view, previous, false, next.offset, next.seq, next.total);
    CHECK(link.fence == fence.offset);
    Post post;
    REQUIRE(decode_post(carrier_of(link.post, next), &post));
    CHECK(post.number == 32);
    REQUIRE(post.levels.size() == 3);
    REQUIRE(post.levels[2].size() == 1);
    CHECK(post.levels[2][0].offset == fence.offset);
    CHECK(post.levels[2][0].started == (listed < 31));
    std::fill(log.begin(), log.end(), std::uint8_t{0});
  }
}

TEST_CASE("an entry whose seq is further back than a post can say is not listed") {
  PostEntry self = kSelf;
  self.seq = std::uint64_t{1} << 60;  // forged: no store counts so far
  Post post;
  post.levels = {entries(5, self, 1), entries(5, kSelf, 40)};
  const auto bytes = encode_post(post, self, 1900);
  Post read;
  REQUIRE(decode_post(carrier_of(bytes, self), &read));
  CHECK(read.levels.size() == 1);
  CHECK(read.levels[0].size() == 5);
}
