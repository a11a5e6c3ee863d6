// Bytes made by strangers, with right checks: they may answer anything, but never lead out of
// the body (which AddressSanitizer sees), into an endless loop, or to an abort.

#include <algorithm>
#include <random>

#include <doctest/doctest.h>

#include "tests/index/segment_support.h"

namespace kvstore::index::testing {
namespace {

Entries mixed_entries() {
  Entries entries;
  std::uint64_t offset = 8192;
  for (int i = 0; i < 600; ++i) {
    entries.emplace("key:" + std::to_string(i * 7919 % 1000), offset);
    offset += 24;
  }
  entries.emplace("key:" + std::string(9000, 'b'), offset);
  entries.emplace("key:" + std::string(9000, 'c'), offset + 8);
  return entries;
}

void use(const Body& body, std::mt19937_64& random) {
  const std::unique_ptr<Segment> segment = body.open();
  if (segment == nullptr) return;
  for (int i = 0; i < 20; ++i) {
    std::uint64_t offset = 0;
    segment->prefetch(random());
    (void)segment->find(
        random(), [](std::uint64_t) { return false; }, &offset);
  }
  SegmentCursor cursor(*segment);
  std::uint64_t steps = 0;
  for (cursor.seek_first(); cursor.valid(); cursor.next()) {
    REQUIRE(++steps <= body.size);  // an entry is two bytes at least
    REQUIRE(segment->header().contains(cursor.entry().offset()));
  }
  steps = 0;
  for (cursor.seek_last(); cursor.valid(); cursor.prev()) REQUIRE(++steps <= body.size);
  for (const char* key : {"", "key:", "key:5", "key:bbbb", "zzz"}) {
    cursor.seek(key);
    for (int i = 0; i < 40 && cursor.valid(); ++i) cursor.next();
    cursor.seek_before(key);
    for (int i = 0; i < 40 && cursor.valid(); ++i) cursor.prev();
    Entry entry;
    (void)segment->find_key(key, &entry);
  }
  (void)segment->check_all();
}

std::uint8_t interesting_byte(std::mt19937_64& random) {
  constexpr std::uint8_t kBytes[] = {0, 1, 2, 15, 16, 0x7F, 0x80, 0x81, 0xFE, 0xFF};
  return random() % 2 == 0 ? kBytes[random() % std::size(kBytes)]
                           : static_cast<std::uint8_t>(random());
}

// Where changes do most: the header's fields, heads of blocks, the sparse index; else anywhere.
std::uint64_t place_in(const Body& body, const SegmentHeader& header, std::mt19937_64& random) {
  switch (random() % 5) {
    case 0:
      return random() % 72;
    case 1:
      return header.blocks_end + random() % (header.sparse_end - header.blocks_end);
    case 2: {  // a block's head, its first key, or what stands at its end
      const std::uint64_t at = header.blocks_end + SegmentFormat::kSparseHeadSize +
                               random() % header.blocks * sizeof(std::uint32_t);
      return load_le<std::uint32_t>(&body.bytes[at]) + random() % 40;
    }
    case 3: {
      const std::uint64_t at = header.blocks_end + SegmentFormat::kSparseHeadSize +
                               (1 + random() % header.blocks) * sizeof(std::uint32_t);
      return load_le<std::uint32_t>(&body.bytes[at]) - 1 - random() % 60;
    }
    default:
      return random() % body.size;
  }
}

TEST_CASE("bytes of strangers with right checks are survived") {
  const std::uint64_t seed = 20;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const Entries entries = mixed_entries();
  const Body original = Body::of(entries);
  const SegmentHeader header = original.open()->header();
  REQUIRE(header.blocks >= 3);
  Body body;
  body.at = original.at;
  body.size = original.size;
  body.bytes = std::make_unique_for_overwrite<std::uint8_t[]>(body.size);
  int opened = 0;
  for (int round = 0; round < 3000; ++round) {
    CAPTURE(round);
    std::copy_n(original.bytes.get(), body.size, body.bytes.get());
    for (std::uint64_t changes = 1 + random() % 3; changes > 0; --changes) {
      const std::uint64_t place = std::min(place_in(original, header, random), body.size - 1);
      body.bytes[place] = interesting_byte(random);
    }
    seal(body);
    opened += body.open() != nullptr ? 1 : 0;
    use(body, random);
  }
  CHECK(opened > 1000);
}

TEST_CASE("a header of any numbers is survived") {
  std::mt19937_64 random(21);
  const Body original = Body::of(mixed_entries());
  Body body;
  body.at = original.at;
  body.size = original.size;
  body.bytes = std::make_unique_for_overwrite<std::uint8_t[]>(body.size);
  constexpr std::uint64_t kNumbers[] = {
      0, 1, 127, 128, 129, 0x7FFFFFFF, 0xFFFFFFFF, ~std::uint64_t{0}, ~std::uint64_t{7}};
  for (int round = 0; round < 3000; ++round) {
    std::copy_n(original.bytes.get(), body.size, body.bytes.get());
    const std::uint64_t field = 8 + random() % 16 * 4;
    std::uint64_t number = kNumbers[random() % std::size(kNumbers)];
    if (random() % 2 == 0)
      number = load_le<std::uint32_t>(&body.bytes[field]) + random() % 129 - 64;
    if (field < 48 && random() % 2 == 0) {
      store_le(&body.bytes[field], number);
    } else {
      store_le(&body.bytes[field], static_cast<std::uint32_t>(number));
    }
    seal(body);
    use(body, random);
  }
}

TEST_CASE("a directory without a free slot ends a probe") {
  const Body body = Body::of({{"a", 4096}, {"b", 4104}, {"c", 4112}});
  const SegmentHeader header = body.open()->header();
  for (unsigned i = 0; i < SegmentFormat::kSlots * header.buckets; ++i) {
    std::uint8_t* const bucket =
        &body.bytes[header.directory + i / SegmentFormat::kSlots * SegmentFormat::kBucketSize];
    store_le48(bucket + i % SegmentFormat::kSlots * SegmentFormat::kSlotSize, 1);
  }
  seal(body);
  const std::unique_ptr<Segment> segment = body.open();
  REQUIRE(segment != nullptr);
  std::uint64_t offset = 0;
  CHECK(segment->find(
            ~std::uint64_t{0}, [](std::uint64_t) { return false; }, &offset) ==
        Segment::Probe::kDamaged);
}

}  // namespace
}  // namespace kvstore::index::testing
