// A key's chain: from its newest record, prev and skip blocks lead back to any byte of its value
// and to any version of its history.
//
// Reading goes from the head over the skip offset down one level of skip blocks a step to the
// record. Each step takes the oldest entry that is certainly not older than the target, so a
// shortened skip block costs a step, but never gives a wrong answer. A record whose header is
// damaged is bypassed by a scan of the log, which is slow and used only then.
//
// Thread rule: pure functions of an immutable stretch of log.
#pragma once

#include <cstdint>
#include <string>

#include <tl/expected.hpp>

#include "src/log/record.h"
#include "src/log/skip_block.h"
#include "src/log/view.h"

namespace kvstore::log {

// A record that cannot be read, and what is known of it.
struct Broken {
  std::uint64_t offset = 0;
  std::uint64_t seq = 0;  // 0: unknown
  const char* reason = "";
};
template <class T>
using ChainResult = tl::expected<T, Broken>;

// The record with byte `position` of the value whose newest record is `head`; position <
// head.total. If the value begins with a REF, it may be another key's record.
ChainResult<Record> find_byte(const View& view, const Record& head, std::uint64_t position);
// The same in the key's own chain: for referenced bytes, the REF. So byte 0 is in the record that
// begins the value.
ChainResult<Record> find_own_byte(const View& view, const Record& head, std::uint64_t position);

// Appends bytes [begin, end) of the value to *out, verified; end <= head.total. After an error *out
// is unchanged.
ChainResult<void> read_bytes(const View& view, const Record& head, std::uint64_t begin,
                             std::uint64_t end, std::string* out);
// The same to `out`, with begin < end; fails also if a REF has some of the bytes.
ChainResult<void> read_own_bytes(const View& view, const Record& head, std::uint64_t begin,
                                 std::uint64_t end, char* out);

// The newest record of the chain whose seq is at most `seq`; or, for a time, the newest one that is
// before `first_seq` or not later than the time. From first_seq on, the records up to that time
// must be in the order of their times. at == nullptr if there is none.
ChainResult<Record> find_seq(const View& view, const Record& head, std::uint64_t seq);
ChainResult<Record> find_time(const View& view, const Record& head, std::uint64_t time,
                              std::uint64_t first_seq = 0);

// The newest record of a key, as far as its next record needs it.
struct ChainTail {
  std::uint64_t offset = 0;  // 0: there is none
  std::uint64_t seq = 0;
  std::uint64_t total = 0;
  std::uint64_t prev = 0;
  std::uint64_t skip = 0;
  std::uint8_t ordinal = 0;
  std::uint8_t since_start = 0;
  bool started = false;

  explicit operator bool() const { return offset != 0; }
  // Offset of the newest skip block before the next record.
  std::uint64_t next_skip() const { return ordinal == kFanOut - 1 ? offset : skip; }
  // Whether the next record has a skip block.
  bool skip_block_follows() const { return (ordinal + 1) % kFanOut == kFanOut - 1; }
  static ChainTail of(const Record& record) {
    if (!record.at) return {};
    return {record.offset, record.seq,     record.total,       record.prev,
            record.skip,   record.ordinal, record.since_start, record.starts_chain()};
  }
};

// The part of a draft that continues a chain: ordinal, since_start, skip offset and, in every 32nd
// record, the skip block.
struct ChainLink {
  std::uint8_t ordinal = 0;
  std::uint8_t since_start = 0;
  std::uint64_t skip = 0;
  SkipBytes skip_block;
};
// `self` is the record that *link, which must be new, is for. Allocates nothing.
void next_link(const View& view, const ChainTail& previous, const SkipEntry& self, ChainLink* link);

}  // namespace kvstore::log
