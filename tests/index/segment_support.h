// Segments in memory, as they would stand in a file.
#pragma once

#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/base/hash.h"
#include "src/index/segment.h"
#include "src/index/segment_builder.h"
#include "src/index/segment_cursor.h"

namespace kvstore::index::testing {

inline constexpr std::uint64_t kHashSeed = 0x1234'5678'9ABC'DEF0;

inline log::Binding binding_of(std::uint8_t file) {
  log::Id id{};
  id.fill(file);
  return log::Binding(id);
}

// Keys, and the words of their entries.
using Entries = std::map<std::string, std::uint64_t>;

inline void add_all(SegmentBuilder& builder, const Entries& entries) {
  for (const auto& [key, word] : entries) {
    builder.add(key, hash_key(key, kHashSeed), Entry(word));
  }
}

// A segment's bytes and where they stand. In memory of exactly its size, so that a sanitizer
// sees a read past the end.
struct Body {
  std::uint64_t at = 0;
  std::uint64_t size = 0;
  std::unique_ptr<std::uint8_t[]> bytes;

  static Body of(const Entries& entries, std::uint64_t at = 4096, std::uint8_t file = 1) {
    SegmentBuilder builder(binding_of(file), kHashSeed);
    add_all(builder, entries);
    Body body;
    body.at = at;
    body.size = builder.size();
    body.bytes = std::make_unique_for_overwrite<std::uint8_t[]>(body.size);
    std::memset(body.bytes.get(), 0xA5, body.size);  // which store() has to overwrite
    builder.store(body.bytes.get(), at);
    return body;
  }

  std::unique_ptr<Segment> open(std::uint8_t file = 1) const {
    return Segment::open(bytes.get(), at, size, binding_of(file), kHashSeed);
  }
};

// Makes all checks right again, wherever the header and the sparse index now say that the
// pieces are: bytes as a stranger would make them.
inline void seal(const Body& body, std::uint8_t file = 1) {
  using F = SegmentFormat;
  std::uint8_t* const bytes = body.bytes.get();
  const log::Binding binding = binding_of(file);
  store_le(bytes,
           segment_check(SegmentSeeds::header(binding, body.at), bytes + 4, F::kHeaderSize - 4));
  const auto header = SegmentHeader::load(bytes, binding, body.at, body.size);
  if (!header) return;
  const SegmentSeeds seeds(binding, body.at, header->content);
  const auto seal_piece = [&](std::uint64_t begin, std::uint64_t end, std::uint32_t seed) {
    if (end > body.size || end < begin + 4) return;
    store_le(bytes + begin, segment_check(seed, bytes + begin + 4, end - begin - 4));
  };
  seal_piece(header->blocks_end, header->sparse_end, seeds.sparse());
  const std::uint64_t positions = header->blocks_end + F::kSparseHeadSize;
  for (std::uint32_t i = 0; i < header->blocks; ++i) {
    const std::uint64_t at = positions + std::uint64_t{i} * 4;
    if (at + 8 > body.size) break;
    const auto begin = load_le<std::uint32_t>(bytes + at);
    const auto end = load_le<std::uint32_t>(bytes + at + 4);
    // What lies elsewhere, the block is not read from; and no piece may spoil another.
    if (begin >= F::kHeaderSize && end <= header->blocks_end)
      seal_piece(begin, end, seeds.block(i));
  }
  for (std::uint32_t i = 0; i < header->buckets; ++i) {
    std::uint8_t* const bucket = bytes + header->directory + std::uint64_t{i} * F::kBucketSize;
    store_le(bucket + F::kBucketCheckAt, segment_check(seeds.bucket(i), bucket, F::kBucketCheckAt));
  }
}

// The record of a key is where the entries say: the matcher of one who reads it.
inline Segment::Probe find(const Segment& segment, const Entries& log, const std::string& key,
                           std::uint64_t* offset) {
  const auto wanted = log.find(key);
  return segment.find(
      hash_key(key, kHashSeed),
      [&](std::uint64_t candidate) {
        return wanted != log.end() && Entry(wanted->second).offset() == candidate;
      },
      offset);
}

}  // namespace kvstore::index::testing
