// Segment::check_all: mistakes of a builder, with right checks.

#include <algorithm>

#include <doctest/doctest.h>

#include "tests/index/segment_support.h"

namespace kvstore::index::testing {
namespace {

using F = SegmentFormat;

Entries numbered(int count) {
  Entries entries;
  std::uint64_t offset = 8192;
  for (int i = 0; i < count; ++i) {
    entries.emplace("key:" + std::to_string(10'000 + i), offset);
    offset += 24;
  }
  return entries;
}

// What check_all() says; empty if nothing.
std::string fault_of(const Body& body) {
  const std::unique_ptr<Segment> segment = body.open();
  REQUIRE(segment != nullptr);
  const std::optional<SegmentFault> fault = segment->check_all();
  if (!fault) return "";
  CHECK(fault->offset >= body.at);
  CHECK(fault->offset < body.at + body.size);
  return fault->what;
}

std::uint8_t* slot_of(const Body& body, std::uint64_t offset) {
  const SegmentHeader header = body.open()->header();
  const DirectoryShape shape(header);
  for (std::uint32_t i = 0; i < header.buckets * F::kSlots; ++i) {
    std::uint8_t* const slot = &body.bytes[header.directory + i / F::kSlots * F::kBucketSize +
                                           i % F::kSlots * F::kSlotSize];
    const std::uint64_t word = load_le48(slot);
    if (word != 0 && shape.offset_of(word) == offset) return slot;
  }
  return nullptr;
}

TEST_CASE("a directory that misses the last key is noticed") {
  const Entries entries = numbered(300);
  const Body body = Body::of(entries);
  CHECK(fault_of(body) == "");
  std::uint8_t* const slot = slot_of(body, Entry(entries.rbegin()->second).offset());
  REQUIRE(slot != nullptr);

  // It is there, under another fingerprint.
  slot[5] ^= 0x80;
  seal(body);
  CHECK(fault_of(body) == "the key whose record is at " +
                              std::to_string(Entry(entries.rbegin()->second).offset()) +
                              " is not in its directory");
  // It is not there.
  store_le48(slot, 0);
  seal(body);
  const std::string fault = fault_of(body);
  CAPTURE(fault);
  CHECK((fault.find("has 299 keys, its header says 300") != std::string::npos ||
         fault.find("free slot before a used one") != std::string::npos));
}

TEST_CASE("blocks that miss the last key are noticed") {
  // The header and the directory of one more key than the blocks have.
  const Entries entries = numbered(300);
  const Body body = Body::of(entries);
  const SegmentHeader header = body.open()->header();
  store_le(&body.bytes[24], header.keys + 1);
  seal(body);
  CHECK(fault_of(body).find("its directory has 300 keys, its header says 301") !=
        std::string::npos);

  bool added = false;
  for (std::uint32_t i = 0; i < header.buckets && !added; ++i) {
    std::uint8_t* const bucket = &body.bytes[header.directory + i * F::kBucketSize];
    for (unsigned j = 0; j < F::kSlots && !added; ++j) {
      if (load_le48(bucket + j * F::kSlotSize) != 0) continue;
      store_le48(bucket + j * F::kSlotSize, 1);
      added = true;
    }
  }
  seal(body);
  CHECK(fault_of(body) == "its blocks have 300 keys, its header says 301");
}

TEST_CASE("a key with another record than the directory's is noticed") {
  const Entries entries = numbered(40);
  const Body body = Body::of(entries);
  const SegmentHeader header = body.open()->header();
  // The last word of the only block; an entry's restart positions stand after the words.
  std::uint8_t* const words_end = &body.bytes[header.blocks_end - 2 * sizeof(std::uint16_t)];
  *(words_end - 2) -= 4;  // one record earlier
  seal(body);
  CHECK(fault_of(body).find("is not in its directory") != std::string::npos);
}

TEST_CASE("keys that do not rise are noticed") {
  const Entries entries = numbered(40);
  const Body body = Body::of(entries);
  // The first key is whole: a byte of sizes, then "key:10000". Now it is after the second one.
  std::uint8_t* const first = &body.bytes[F::kHeaderSize + F::kBlockHeadSize + 1];
  REQUIRE(std::string(first, first + 9) == "key:10000");
  first[8] = '9';
  seal(body);
  CHECK(!fault_of(body).empty());
}

TEST_CASE("a separator that is not between two blocks is noticed") {
  const Entries entries = numbered(2000);
  const Body body = Body::of(entries);
  const SegmentHeader header = body.open()->header();
  REQUIRE(header.blocks > 2);
  std::uint8_t& last = body.bytes[header.sparse_end - 1];
  REQUIRE(last != '9');
  for (const int step : {1, -2}) {
    last = static_cast<std::uint8_t>(last + step);
    seal(body);
    CHECK(fault_of(body) ==
          "its sparse index has another key for block " + std::to_string(header.blocks - 1));
  }
}

TEST_CASE("bytes in a gap, and a free slot before a used one, are noticed") {
  const Entries entries = numbered(40);
  const Body body = Body::of(entries);
  const SegmentHeader header = body.open()->header();
  const std::uint64_t gap =
      header.sparse_end != header.directory ? header.sparse_end : body.size - 1;
  body.bytes[gap] = 1;
  CHECK(fault_of(body) == "there are bytes where none should be");
  body.bytes[gap] = 0;
  CHECK(fault_of(body) == "");
  std::uint8_t* const bucket = &body.bytes[header.directory];
  REQUIRE(load_le48(bucket) != 0);
  REQUIRE(load_le48(bucket + F::kSlotSize) != 0);
  store_le48(bucket, 0);
  seal(body);
  CHECK(fault_of(body) == "bucket 0 of its directory has a free slot before a used one");
}

}  // namespace
}  // namespace kvstore::index::testing
