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
