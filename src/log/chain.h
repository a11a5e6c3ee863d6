// A key's chain: from its newest record back through prev and skip blocks to
// any byte of its value, any version of its history.
//
// Reading: head -> skip offset -> down one level of skip blocks a step -> record. Each step
// takes the oldest entry that is certain not to be older than the target, so a
// shortened skip block costs a step, never a wrong answer. A record whose head is
// damaged is stepped around by a scan of the log: slow, and only then.
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

// The record that cannot be read, and what is known of it.
struct Broken {
  std::uint64_t offset = 0;
  std::uint64_t seq = 0;  // 0: unknown
  const char* reason = "";
};
template <class T>
using ChainResult = tl::expected<T, Broken>;

// The record that holds byte `position` of the value whose newest record is
// `head`. position < head.total. If a REF begins the value, it may be another key's.
ChainResult<Record> find_byte(const View& view, const Record& head, std::uint64_t position);
// The same in the key's own chain: of what it refers to, the REF. So byte 0 is in the record that
// begins the value.
ChainResult<Record> find_own_byte(const View& view, const Record& head, std::uint64_t position);

// Appends bytes [begin, end) of the value to *out, checked. end <= head.total.
// On failure *out is as it was.
ChainResult<void> read_bytes(const View& view, const Record& head, std::uint64_t begin,
                             std::uint64_t end, std::string* out);
// The same, begin < end, to `out`; and a REF that has some of them is a failure, too.
ChainResult<void> read_own_bytes(const View& view, const Record& head, std::uint64_t begin,
                                 std::uint64_t end, char* out);

// The newest record of the chain whose seq is at most the bound; or, for a time,
// that is older than `first_seq` or not later than the time. From first_seq on the
// records up to the time sought must be in the order of their times.
// at == nullptr if there is none.
ChainResult<Record> find_seq(const View& view, const Record& head, std::uint64_t seq);
ChainResult<Record> find_time(const View& view, const Record& head, std::uint64_t time,
                              std::uint64_t first_seq = 0);

// What the next record of a key needs to know of its newest one.
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
  // Where the newest skip block before the record after it is.
  std::uint64_t next_skip() const { return ordinal == kFanOut - 1 ? offset : skip; }
  // The record after it carries a skip block.
  bool skip_block_follows() const { return (ordinal + 1) % kFanOut == kFanOut - 1; }
  static ChainTail of(const Record& record) {
    if (!record.at) return {};
    return {record.offset, record.seq,     record.total,       record.prev,
            record.skip,   record.ordinal, record.since_start, record.starts_chain()};
  }
};

// The part of a draft that continues a chain: ordinal, since_start, skip offset and, for
// every 32nd record, the skip block.
struct ChainLink {
  std::uint8_t ordinal = 0;
  std::uint8_t since_start = 0;
  std::uint64_t skip = 0;
  SkipBytes skip_block;
};
// `self` is the state of the record that *link, which must be new, is for. Allocates nothing.
void next_link(const View& view, const ChainTail& previous, const SkipEntry& self, ChainLink* link);

}  // namespace kvstore::log
