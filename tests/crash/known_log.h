// A small log whose every byte is known: which record it belongs to, whose that
// is, and what each key's value was after each seq. For damage of all kinds.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/maint/support.h"

namespace kvstore::testing {

using State = maint::testing::State;

// Bytes [begin, end) of a file.
struct Range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  bool overlaps(const Range& other) const { return begin < other.end && other.begin < end; }
};

struct KnownRecord {
  Range bytes;
  std::uint64_t header_end = 0;                  // after its key
  std::uint64_t batch_begin = 0, batch_end = 0;  // its own bytes if it is of no batch
  std::uint64_t seq = 0;                         // in a base, the floor: that is when it shows
  std::string key;
  std::string image;  // kind and value: what a copy of it must have
  bool in_base = false;
  bool needs_dictionary = false;  // to be decompressed
};

// A place that says how far the file is durable.
struct KnownD {
  Range said_in;
  std::uint64_t durable = 0;
};

struct KnownLog {
  std::string image;
  bool closed = false;    // properly; else as a kill leaves it
  bool rebooted = false;  // the machine was, since
  std::uint64_t end = 0;  // of the last record
  std::uint64_t last_seq = 0;
  std::uint64_t floor_seq = 0;       // of its base; 0: it has none
  std::vector<KnownRecord> records;  // of keys
  std::vector<KnownRecord> derived;  // extents, without their bodies, checkpoints, a dictionary
  Range dictionary;                  // of them; empty: there is none
  std::vector<KnownD> ds;
  std::map<std::uint64_t, State> states;
  std::set<std::string> keys;
};

enum class Left : std::uint8_t { kClosed, kKilled, kPowerLost };

// Many keys, appends, deletes, batches, a large value, syncs now and then, none
// in the last tenth; about `size` bytes. The same seed gives the same bytes.
KnownLog make_known_log(std::uint64_t seed, std::uint64_t size, Left left);

// The same with an index in it: runs, a merged one, room that was given back, checkpoints, and
// records behind them. Its times and hash seed are its own each time.
KnownLog make_sealed_log(std::uint64_t seed, Left left);

// The same of a compacted file: a base with an index, and what was written after it.
KnownLog make_based_log(std::uint64_t seed, Left left);

// The same, whose base is compressed: small values with a dictionary, a large one in blocks.
KnownLog make_compressed_log(std::uint64_t seed, Left left);

// Kind, key, seq and value of every good record, as KnownRecord::image has them.
std::set<std::string> good_records(const std::string& image);

}  // namespace kvstore::testing
