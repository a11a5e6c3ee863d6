// How far the target is, to go on from there. In the target it is a key's value, written with
// each version, so that it is right however a replay ends. A database that was restored from a
// backup has the same id and seqs, so it says what the version was, too.
//
// Thread rule: a value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "src/base/content_hash.h"
#include "src/base/status.h"
#include "src/transfer/change.h"

namespace kvstore::transfer {

// Of a version's changes, in their order: what is the same in every copy of a log, compacted or
// not, and however a long value is cut into parts.
class VersionHash {
 public:
  void add(const Change& change);
  std::uint64_t value() const;

 private:
  ContentHasher hasher_;
};

struct ReplayPosition {
  std::string database_id;
  std::uint64_t seq = 0;      // it has all up to here; 0: it may have some of a base
  std::uint64_t time_us = 0;  // of that version; of the floor, within a base
  std::uint64_t hash = 0;     // of its changes that were played; of the floor's seq, within a base
  std::string prefix;         // of the keys that were played

  bool operator==(const ReplayPosition&) const = default;
  std::string to_string() const;
  // kFormat: it is nothing that to_string() has made.
  static Result<ReplayPosition> parse(std::string_view text);
};

}  // namespace kvstore::transfer
