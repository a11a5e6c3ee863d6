#include "src/log/skip_block.h"

#include <random>

#include <doctest/doctest.h>

#include "src/log/chain.h"
#include "src/log/record.h"

using namespace kvstore::log;

namespace {

// A record at `self` that carries these bytes.
Record carrier_of(const std::vector<std::uint8_t>& bytes, const SkipEntry& self) {
  Record record;
  record.offset = self.offset;
  record.seq = self.seq;
  record.total = self.total;
  record.skip_block = bytes;
  return record;
}

// `count` entries, newest first, `step` records apart, that end before `newest`.
std::vector<SkipEntry> entries(unsigned count, const SkipEntry& newest, std::uint64_t step) {
  std::vector<SkipEntry> result;
  for (unsigned i = 1; i <= count; ++i) {
    result.push_back(
        {newest.offset - i * step * 64, newest.seq - i * step, newest.total - i * step, false});
  }
  return result;
}

constexpr SkipEntry kSelf{1'000'000'000, 10'000'000, 5'000'000, false};

}  // namespace

TEST_CASE("a skip block is read back as it was written") {
  SkipBlock skip_block;
  skip_block.number = 77;
  skip_block.levels = {entries(31, kSelf, 1), {}, entries(13, kSelf, 2000)};
  skip_block.levels[2][4].started = true;
  const auto bytes = encode_skip_block(skip_block, kSelf, 1900);
  CHECK((bytes.size() + 2) % 8 == 0);
  SkipBlock read;
  REQUIRE(decode_skip_block(carrier_of(bytes, kSelf), &read));
  CHECK(read.number == 77);
  REQUIRE(read.levels.size() == 3);
  CHECK(read.levels[0].size() == 31);
  CHECK(read.levels[1].empty());
  REQUIRE(read.levels[2].size() == 13);
  for (std::size_t i = 0; i < 13; ++i) {
    CHECK(read.levels[2][i].offset == skip_block.levels[2][i].offset);
    CHECK(read.levels[2][i].seq == skip_block.levels[2][i].seq);
    CHECK(read.levels[2][i].started == (i == 4));
    // After a start the totals are another value's.
    if (i <= 4) CHECK(read.levels[2][i].total == skip_block.levels[2][i].total);
  }
}

TEST_CASE("a skip block that is too long loses its oldest entries") {
  SkipBlock skip_block;
  skip_block.levels = {entries(31, kSelf, 1), entries(31, kSelf, 100), entries(31, kSelf, 4000)};
  const auto whole = encode_skip_block(skip_block, kSelf, 1900);
  for (std::size_t size = 6; size < whole.size(); size += 8) {
    const auto bytes = encode_skip_block(skip_block, kSelf, size);
    CHECK(bytes.size() <= size);
    SkipBlock read;
    REQUIRE(decode_skip_block(carrier_of(bytes, kSelf), &read));
    for (std::size_t level = 0; level + 1 < read.levels.size(); ++level) {
      CHECK(read.levels[level].size() == 31);
    }
  }
}

TEST_CASE("a chain whose totals shrink is listed up to there, and breaks no invariant") {
  SkipBlock skip_block;
  skip_block.levels = {entries(31, kSelf, 1), entries(31, kSelf, 100)};
  skip_block.levels[0][7].total = kSelf.total + 1;
  SkipBlock read;
  REQUIRE(decode_skip_block(carrier_of(encode_skip_block(skip_block, kSelf, 1900), kSelf), &read));
  REQUIRE(read.levels.size() == 1);
  CHECK(read.levels[0].size() == 7);
}

TEST_CASE("any bytes are a skip block or are none, and are read within their bounds") {
  std::mt19937_64 random(1);
  for (int round = 0; round < 20'000; ++round) {
    // Of exact size on the heap, so that a sanitizer sees a read beyond.
    std::vector<std::uint8_t> bytes(random() % 200);
    for (auto& byte : bytes)
      byte = static_cast<std::uint8_t>(random() % 4 ? random() % 9 : random());
    bytes.shrink_to_fit();
    SkipBlock read;
    if (decode_skip_block(carrier_of(bytes, kSelf), &read))
      CHECK(read.levels.size() <= bytes.size());
  }
}

TEST_CASE("what a shortened level no longer lists may have been the start of a value") {
  const Binding binding(Id{});
  std::vector<std::uint8_t> log(1 << 20);
  const View view{log.data(), log.size(), &binding};
  // Skip block 31 closes a run of 32 skip blocks: the next one's entry for it stands for all
  // that skip block 31 lists in level 1, and that level is short of 26 of its 31.
  for (const unsigned listed : {31u, 5u}) {
    CAPTURE(listed);
    const SkipEntry self{900'000, 5000, 3000, false};
    SkipBlock old;
    old.number = 31;
    old.levels = {entries(31, self, 1), entries(listed, self, 32)};
    const auto bytes = encode_skip_block(old, self, 1900);
    Draft draft;
    draft.kind = Kind::kAppend;
    draft.chained = true;
    draft.key = "k";
    draft.value = "v";
    draft.seq = self.seq;
    draft.total = self.total;
    draft.ordinal = 31;
    draft.since_start = 255;
    draft.skip_block = bytes;
    publish_header(log.data(), self.offset, build_record(draft, binding, log.data(), self.offset));
    Record skip;
    REQUIRE(view.header(self.offset, &skip) == HeaderCheck::kValid);
    Record previous;
    previous.offset = 950'000;
    previous.ordinal = 30;
    previous.since_start = 255;
    previous.skip = skip.offset;
    previous.seq = 5031;
    previous.total = 3031;
    const SkipEntry next{960'000, 5032, 3032, false};
    const ChainLink link = next_link(view, previous, false, next.offset, next.seq, next.total);
    CHECK(link.skip == skip.offset);
    SkipBlock skip_block;
    REQUIRE(decode_skip_block(carrier_of(link.skip_block, next), &skip_block));
    CHECK(skip_block.number == 32);
    REQUIRE(skip_block.levels.size() == 3);
    REQUIRE(skip_block.levels[2].size() == 1);
    CHECK(skip_block.levels[2][0].offset == skip.offset);
    CHECK(skip_block.levels[2][0].started == (listed < 31));
    std::fill(log.begin(), log.end(), std::uint8_t{0});
  }
}

TEST_CASE("an entry whose seq is further back than a skip block can say is not listed") {
  SkipEntry self = kSelf;
  self.seq = std::uint64_t{1} << 60;  // forged: no store counts so far
  SkipBlock skip_block;
  skip_block.levels = {entries(5, self, 1), entries(5, kSelf, 40)};
  const auto bytes = encode_skip_block(skip_block, self, 1900);
  SkipBlock read;
  REQUIRE(decode_skip_block(carrier_of(bytes, self), &read));
  CHECK(read.levels.size() == 1);
  CHECK(read.levels[0].size() == 5);
}
