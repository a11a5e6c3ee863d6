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
SkipEntries entries(unsigned count, const SkipEntry& newest, std::uint64_t step) {
  SkipEntries result;
  for (unsigned i = 1; i <= count; ++i) {
    result.push_back(
        {newest.offset - i * step * 64, newest.seq - i * step, newest.total - i * step, false});
  }
  return result;
}

SkipBlock block_of(std::uint64_t number, std::initializer_list<SkipEntries> levels) {
  SkipBlock block;
  block.number = number;
  for (const SkipEntries& level : levels) block.levels[block.level_count++] = level;
  return block;
}

std::vector<std::uint8_t> encoded(const SkipBlock& block, const SkipEntry& self,
                                  std::size_t max_size = 1900) {
  SkipBytes out;
  encode_skip_block(block, self, &out, max_size);
  return {out.bytes().begin(), out.bytes().end()};
}

constexpr SkipEntry kSelf{1'000'000'000, 10'000'000, 5'000'000, false};

}  // namespace

TEST_CASE("a skip block is read back as it was written") {
  SkipBlock skip_block = block_of(77, {entries(31, kSelf, 1), {}, entries(13, kSelf, 2000)});
  skip_block.levels[2][4].started = true;
  const auto bytes = encoded(skip_block, kSelf);
  CHECK((bytes.size() + 2) % 8 == 0);
  SkipBlock read;
  REQUIRE(decode_skip_block(carrier_of(bytes, kSelf), &read));
  CHECK(read.number == 77);
  REQUIRE(read.level_count == 3);
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
  const SkipBlock skip_block =
      block_of(0, {entries(31, kSelf, 1), entries(31, kSelf, 100), entries(31, kSelf, 4000)});
  const auto whole = encoded(skip_block, kSelf);
  for (std::size_t size = 6; size < whole.size(); size += 8) {
    const auto bytes = encoded(skip_block, kSelf, size);
    CHECK(bytes.size() <= size);
    SkipBlock read;
    REQUIRE(decode_skip_block(carrier_of(bytes, kSelf), &read));
    for (std::size_t level = 0; level + 1 < read.level_count; ++level) {
      CHECK(read.levels[level].size() == 31);
    }
  }
}

TEST_CASE("a chain whose totals shrink is listed up to there, and breaks no invariant") {
  SkipBlock skip_block = block_of(0, {entries(31, kSelf, 1), entries(31, kSelf, 100)});
  skip_block.levels[0][7].total = kSelf.total + 1;
  SkipBlock read;
  REQUIRE(decode_skip_block(carrier_of(encoded(skip_block, kSelf), kSelf), &read));
  REQUIRE(read.level_count == 1);
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
      CHECK(read.level_count <= bytes.size());
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
    const SkipBlock old = block_of(31, {entries(31, self, 1), entries(listed, self, 32)});
    const auto bytes = encoded(old, self);
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
    ChainTail previous;
    previous.offset = 950'000;
    previous.ordinal = 30;
    previous.since_start = 255;
    previous.skip = skip.offset;
    previous.seq = 5031;
    previous.total = 3031;
    const SkipEntry next{960'000, 5032, 3032, false};
    ChainLink link;
    next_link(view, previous, next, &link);
    CHECK(link.skip == skip.offset);
    SkipBlock skip_block;
    REQUIRE(decode_skip_block(carrier_of({link.skip_block.bytes().begin(), link.skip_block.bytes().end()}, next), &skip_block));
    CHECK(skip_block.number == 32);
    REQUIRE(skip_block.level_count == 3);
    REQUIRE(skip_block.levels[2].size() == 1);
    CHECK(skip_block.levels[2][0].offset == skip.offset);
    CHECK(skip_block.levels[2][0].started == (listed < 31));
    std::fill(log.begin(), log.end(), std::uint8_t{0});
  }
}

TEST_CASE("an entry whose seq is further back than a skip block can say is not listed") {
  SkipEntry self = kSelf;
  self.seq = std::uint64_t{1} << 60;  // forged: no store counts so far
  const SkipBlock skip_block = block_of(0, {entries(5, self, 1), entries(5, kSelf, 40)});
  const auto bytes = encoded(skip_block, self);
  SkipBlock read;
  REQUIRE(decode_skip_block(carrier_of(bytes, self), &read));
  CHECK(read.level_count == 1);
  CHECK(read.levels[0].size() == 5);
}
