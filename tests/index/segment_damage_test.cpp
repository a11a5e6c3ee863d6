// Damage: an answer is right, or it says that it is none.

#include <algorithm>
#include <array>
#include <thread>

#include <doctest/doctest.h>

#include "tests/index/segment_support.h"

namespace kvstore::index::testing {
namespace {

// Three blocks in a few kilobytes: one key takes the middle one.
Entries small_entries() {
  Entries entries;
  std::uint64_t offset = 8192;
  const auto put = [&](std::string key) {
    entries.emplace(std::move(key), offset | entries.size() % 4);
    offset += 56;
  };
  for (int i = 0; i < 20; ++i) put("key:a" + std::to_string(i));
  put("key:b" + std::string(4080, 'b'));
  for (int i = 0; i < 20; ++i) put("key:c" + std::to_string(i));
  return entries;
}

const std::vector<std::string>& absent_keys() {
  static const std::vector<std::string> keys{"", "key:", "key:a99", "key:b", "key:zzz", "z"};
  return keys;
}

// What was asked, and answered wrongly; empty if nothing was.
std::string wrong_lookup(const Segment& segment, const Entries& entries) {
  for (const auto& [key, word] : entries) {
    std::uint64_t offset = 0;
    const Segment::Probe probe = find(segment, entries, key, &offset);
    if (probe == Segment::Probe::kAbsent) return "find says absent: " + key;
    if (probe == Segment::Probe::kFound && offset != Entry(word).offset()) return "find: " + key;
    Entry entry;
    const Segment::Probe through_blocks = segment.find_key(key, &entry);
    if (through_blocks == Segment::Probe::kAbsent) return "find_key says absent: " + key;
    if (through_blocks == Segment::Probe::kFound && entry.word() != word) return "find_key: " + key;
  }
  for (const std::string& key : absent_keys()) {
    std::uint64_t offset = 0;
    if (find(segment, entries, key, &offset) == Segment::Probe::kFound) return "find: " + key;
    Entry entry;
    if (segment.find_key(key, &entry) == Segment::Probe::kFound) return "find_key: " + key;
  }
  return "";
}

std::string wrong_walk(const Segment& segment, const Entries& entries) {
  SegmentCursor cursor(segment);
  cursor.seek_first();
  for (const auto& [key, word] : entries) {
    if (!cursor.valid()) return cursor.damaged() ? "" : "a walk ends before " + key;
    if (cursor.key() != key || cursor.entry().word() != word) return "a walk at " + key;
    cursor.next();
  }
  if (cursor.valid()) return "a walk does not end";
  cursor.seek_last();
  for (auto there = entries.rbegin(); there != entries.rend(); ++there, cursor.prev()) {
    if (!cursor.valid()) return cursor.damaged() ? "" : "a walk back ends after " + there->first;
    if (cursor.key() != there->first) return "a walk back at " + there->first;
  }
  return "";
}

// Empty if all answers were right or none, and check_all() notices.
std::string wrong_answer(const Body& body, const Entries& entries) {
  const std::unique_ptr<Segment> segment = body.open();
  if (segment == nullptr) return "";
  std::string wrong = wrong_lookup(*segment, entries);
  if (wrong.empty()) wrong = wrong_walk(*segment, entries);
  if (wrong.empty() && !segment->check_all()) wrong = "check_all() finds nothing";
  return wrong;
}

TEST_CASE("no flipped bit makes a segment give a wrong answer, and every one is noticed") {
  const Entries entries = small_entries();
  const Body body = Body::of(entries, 5000 * 8);
  REQUIRE(body.open()->header().blocks == 3);
  for (std::uint64_t i = 0; i < body.size; ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      body.bytes[i] ^= static_cast<std::uint8_t>(1 << bit);
      const std::string wrong = wrong_answer(body, entries);
      if (!wrong.empty()) {
        CAPTURE(i);
        CAPTURE(bit);
        FAIL_CHECK(wrong);
      }
      body.bytes[i] ^= static_cast<std::uint8_t>(1 << bit);
    }
  }
  CHECK(!body.open()->check_all());
}

TEST_CASE("zeros in a segment's place are damage, not absence") {
  Entries entries;
  for (std::uint64_t i = 0; i < 3000; ++i) entries.emplace(std::to_string(i), 4096 + i * 8);
  const Body body = Body::of(entries, 4096);
  constexpr std::uint64_t kPage = 4096;
  for (std::uint64_t begin = 0; begin < body.size; begin += kPage) {
    CAPTURE(begin);
    const std::uint64_t size = std::min(kPage, body.size - begin);
    const std::vector<std::uint8_t> saved(&body.bytes[begin], &body.bytes[begin] + size);
    std::fill_n(&body.bytes[begin], size, std::uint8_t{0});
    CHECK(wrong_answer(body, entries) == "");
    std::copy(saved.begin(), saved.end(), &body.bytes[begin]);
  }
}

TEST_CASE("a bucket that reads as zeros is damaged, whichever it is") {
  Entries entries;
  for (std::uint64_t i = 0; i < 3000; ++i) entries.emplace(std::to_string(i), 4096 + i * 8);
  const Body body = Body::of(entries);
  const std::unique_ptr<Segment> segment = body.open();
  std::fill_n(body.bytes.get() + segment->header().directory,
              std::uint64_t{segment->header().buckets} * SegmentFormat::kBucketSize,
              std::uint8_t{0});
  for (std::uint64_t hash = 0; hash < 3000; ++hash) {
    std::uint64_t offset = 0;
    REQUIRE(segment->find(
                hash << 52, [](std::uint64_t) { return true; }, &offset) ==
            Segment::Probe::kDamaged);
  }
}

TEST_CASE("a check is never 0, so that zeros never pass") {
  std::uint8_t bytes[4];
  store_le(bytes, std::uint32_t{0x9be09bab});
  REQUIRE(crc32c(0, bytes, sizeof bytes) == 0);
  CHECK(segment_check(0, bytes, sizeof bytes) == 1);
}

TEST_CASE("a bucket in another's place is damage") {
  Entries entries;
  for (std::uint64_t i = 0; i < 300; ++i) entries.emplace(std::to_string(i), 4096 + i * 8);
  const Body body = Body::of(entries);
  const std::unique_ptr<Segment> segment = body.open();
  std::uint8_t* const first = &body.bytes[segment->header().directory];
  std::swap_ranges(first, first + SegmentFormat::kBucketSize, first + SegmentFormat::kBucketSize);
  std::uint64_t offset = 0;
  CHECK(segment->find(
            0, [](std::uint64_t) { return true; }, &offset) == Segment::Probe::kDamaged);
  CHECK(wrong_answer(body, entries) == "");
}

TEST_CASE("a block in another's place is damage") {
  Entries entries;
  for (std::uint64_t i = 0; i < 9000; ++i) {
    entries.emplace(std::to_string(100'000 + i), 4096 + i * 8);
  }
  const Body body = Body::of(entries);
  const std::unique_ptr<Segment> segment = body.open();
  const SparseIndex& sparse = *segment->sparse();
  const auto size_of = [&](std::uint32_t block) {
    return sparse.position(block + 1) - sparse.position(block);
  };
  std::uint32_t one = 0, other = 1;  // of one size
  while (other < sparse.blocks() && size_of(other) != size_of(one)) {
    if (++other == sparse.blocks()) other = ++one + 1;
  }
  REQUIRE(other < sparse.blocks());
  std::uint8_t* const first = &body.bytes[sparse.position(one)];
  std::swap_ranges(first, first + size_of(one), &body.bytes[sparse.position(other)]);
  SegmentCursor cursor(*segment);
  for (cursor.seek_first(); cursor.valid();) cursor.next();
  CHECK(cursor.damaged());
  CHECK(cursor.block() == one);
  CHECK(wrong_answer(body, entries) == "");
}

TEST_CASE("a segment of another file, place, size or hash seed is refused") {
  const Body body = Body::of({{"a", 4096}, {"b", 4104}}, 4096);
  REQUIRE(body.open() != nullptr);
  const auto open = [&](std::uint64_t at, std::uint64_t size, std::uint8_t file,
                        std::uint64_t seed) {
    return Segment::open(body.bytes.get(), at, size, binding_of(file), seed) != nullptr;
  };
  CHECK(open(4096, body.size, 1, kHashSeed));
  CHECK(!open(4104, body.size, 1, kHashSeed));
  CHECK(!open(4096 + 64, body.size, 1, kHashSeed));
  CHECK(!open(4097, body.size, 1, kHashSeed));
  CHECK(!open(4096, body.size - 8, 1, kHashSeed));
  CHECK(!open(4096, 0, 1, kHashSeed));
  CHECK(!open(4096, body.size, 2, kHashSeed));
  CHECK(!open(4096, body.size, 1, kHashSeed + 1));
}

// As when the disk loses a write to a page that once belonged to another segment.
TEST_CASE("a piece of the segment that stood there before is damage") {
  Entries older, newer;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    older.emplace(std::to_string(i), 4096 + i * 8);
    newer.emplace(std::to_string(i), (4096 + i * 8) | (i == 1700 ? Entry::kIsDelete : 0));
  }
  const Body before = Body::of(older), after = Body::of(newer);
  REQUIRE(before.size == after.size);
  constexpr std::uint64_t kSector = 512;
  for (std::uint64_t begin = 0; begin < after.size; begin += kSector) {
    CAPTURE(begin);
    const std::uint64_t size = std::min(kSector, after.size - begin);
    const std::vector<std::uint8_t> saved(&after.bytes[begin], &after.bytes[begin] + size);
    std::copy_n(&before.bytes[begin], size, &after.bytes[begin]);
    const std::unique_ptr<Segment> segment = after.open();
    if (begin < SegmentFormat::kHeaderSize) {
      // The older header with the newer pieces: none of them checks out.
      REQUIRE(segment != nullptr);
      CHECK(segment->sparse() == nullptr);
    } else {
      CHECK(wrong_lookup(*segment, newer) == "");
      CHECK(wrong_walk(*segment, newer) == "");
      const bool same = std::equal(saved.begin(), saved.end(), &after.bytes[begin]);
      CHECK(segment->check_all().has_value() != same);
    }
    std::copy(saved.begin(), saved.end(), &after.bytes[begin]);
  }
}

TEST_CASE("a cursor that met damage can be used for what is good") {
  const Entries entries = small_entries();
  const Body body = Body::of(entries);
  const std::unique_ptr<Segment> segment = body.open();
  body.bytes[segment->sparse()->position(1) + 100] ^= 1;
  SegmentCursor cursor(*segment);
  cursor.seek("key:b");
  CHECK(!cursor.valid());
  CHECK(cursor.damaged());
  CHECK(cursor.block() == 1);
  cursor.seek("key:c");
  CHECK(cursor.valid());
  CHECK(!cursor.damaged());
  CHECK(cursor.key() == "key:c0");
  cursor.prev();
  CHECK(!cursor.valid());
  CHECK(cursor.damaged());
  cursor.seek_first();
  CHECK(cursor.key() == "key:a0");
}

// Each block of one entry, and the separators nearly as long as the keys.
Entries long_entries() {
  Entries entries;
  for (int i = 0; i < 60; ++i) {
    const std::string group = "key:" + std::to_string(100 + i / 10);
    const std::string key = group + std::string(20'000, 'k') + std::to_string(i);
    entries.emplace(key, 8192 + 56 * static_cast<std::uint64_t>(i));
  }
  return entries;
}

TEST_CASE("long separators take no memory, and what becomes of them in the file is noticed") {
  const Entries entries = long_entries();
  const Body body = Body::of(entries);
  const auto segment = body.open();
  REQUIRE(segment->sparse() != nullptr);
  CHECK(segment->bytes() < 8192);
  CHECK_FALSE(segment->check_all());
  CHECK(wrong_lookup(*segment, entries) == "");
  CHECK(wrong_walk(*segment, entries) == "");
  const std::uint64_t begin = segment->header().blocks_end, end = segment->header().sparse_end;
  for (std::uint64_t at = begin; at < end; at += 4999) {
    body.bytes[at] ^= 1;
    REQUIRE(wrong_lookup(*segment, entries) == "");
    REQUIRE(wrong_walk(*segment, entries) == "");
    body.bytes[at] ^= 1;
  }
  std::fill(body.bytes.get() + begin, body.bytes.get() + end, std::uint8_t{0});
  CHECK(wrong_lookup(*segment, entries) == "");
  Entry entry;
  CHECK(segment->find_key(entries.begin()->first, &entry) == Segment::Probe::kDamaged);
}

TEST_CASE("threads that load the sparse index at once get one") {
  Entries entries;
  for (std::uint64_t i = 0; i < 20'000; ++i) entries.emplace(std::to_string(i), 4096 + i * 8);
  const Body body = Body::of(entries);
  for (int round = 0; round < 20; ++round) {
    const std::unique_ptr<Segment> segment = body.open();
    const std::uint64_t before = segment->bytes();
    std::array<const SparseIndex*, 4> got{};
    std::vector<std::thread> threads;
    for (auto& index : got) threads.emplace_back([&] { index = segment->sparse(); });
    for (std::thread& thread : threads) thread.join();
    CHECK(got[0] != nullptr);
    CHECK(std::count(got.begin(), got.end(), got[0]) == 4);
    CHECK(segment->bytes() > before);
  }
}

}  // namespace
}  // namespace kvstore::index::testing
