// The damaged ranges of a log, collected during a scan in order, and the keys that may have lost a
// record in them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "src/log/recovery_scan.h"

namespace kvstore::maint {

struct DamagedRange {
  log::CorruptRange corrupt;
  std::size_t damage = 0;        // index in Report::damage
  bool explained = false;        // the key of its only lost record is known
  bool indexed = false;          // the index has all keys whose newest record was in it
  std::uint64_t fit_before = 0;  // the most records that fit into the ranges before it

  bool is_explained() const { return explained || indexed; }
  bool names(std::string_view key) const;  // the hash of its last lost record is the key's
};

// Pointers and references are valid until the next add().
class DamagedRanges {
 public:
  // Adds a range after all others.
  void add(const log::CorruptRange& corrupt, std::size_t damage);
  bool empty() const { return ranges_.empty(); }
  std::vector<DamagedRange>& all() { return ranges_; }

  // The range with the offset, or null.
  DamagedRange* at(std::uint64_t offset);
  // The most records that can have been in the ranges after the offset.
  std::uint64_t records_lost_after(std::uint64_t offset) const;
  // Among the ranges from `after` up to `last`, the first that may have lost a record of the key.
  const DamagedRange& first_lossy(std::string_view key, std::uint64_t after,
                                  const DamagedRange& last) const;
  // The last range after the offset that lost a record of this key, as far as known; or null.
  DamagedRange* last_of(std::string_view key, std::uint64_t offset);
  // The ranges from `after` up to `until` that lost a record of this key, in order; with
  // `explained` also those whose records are all attributed.
  std::vector<DamagedRange*> between(std::string_view key, std::uint64_t after, std::uint64_t until,
                                     bool explained);
  // Whether a range there lost records that neither a hash nor the index attributes to a key.
  bool has_unnamed_between(std::uint64_t after, std::uint64_t until) const;
  // The begin of the last range with such records; 0 for none.
  std::uint64_t last_unnamed() const;

 private:
  std::vector<DamagedRange> ranges_;                         // in order
  std::map<std::uint32_t, std::vector<std::size_t>> named_;  // hash -> ranges
  std::vector<std::size_t> unnamed_;  // ranges with lost records of unknown hash
  std::uint64_t fit_ = 0;             // the most records that fit into all of them
};

}  // namespace kvstore::maint
