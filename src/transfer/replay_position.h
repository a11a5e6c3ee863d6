// How far a replay has got, so that it can resume. The target stores it as a key's value, with each
// version, so that it is right however a replay ends. A database that was restored from a backup
// has
// the same id and seqs, so the position also has a hash of its version.
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

// A hash of a version's changes, in their order. It is the same in every copy of a log, compacted
// or
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
  std::uint64_t seq = 0;      // the target has all versions up to this one; 0: it may have a part
                              // of the base
  std::uint64_t time_us = 0;  // of that version; within a base, the floor's
  std::uint64_t hash = 0;     // of the version's replayed changes; within a base, the floor's seq
  std::string prefix;         // the prefix of the replayed keys

  bool operator==(const ReplayPosition&) const = default;
  std::string to_string() const;
  // kFormat: the text was not made by to_string().
  static Result<ReplayPosition> parse(std::string_view text);
};

}  // namespace kvstore::transfer
