// The damaged ranges of a log that is gone through in order, and which keys each may have
// cost a record.
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
  std::size_t damage = 0;        // its number in Report::damage
  bool explained = false;        // whose its one record was is known
  bool indexed = false;          // the index names all keys whose newest record was in it
  std::uint64_t fit_before = 0;  // records that fit into the ranges before it, at most

  bool is_explained() const { return explained || indexed; }
  bool names(std::string_view key) const;  // a record lost in it was of a key of this hash
};

// Pointers and references are valid until the next add().
class DamagedRanges {
 public:
  // Behind all others.
  void add(const log::CorruptRange& corrupt, std::size_t damage);
  bool empty() const { return ranges_.empty(); }
  std::vector<DamagedRange>& all() { return ranges_; }

  // The one that the offset lies in, or null.
  DamagedRange* at(std::uint64_t offset);
  // How many records can have stood in the ranges behind the offset, at most.
  std::uint64_t records_lost_after(std::uint64_t offset) const;
  // Of the ranges from `after` up to `last`, the first that may have cost the key a record.
  const DamagedRange& first_lossy(std::string_view key, std::uint64_t after,
                                  const DamagedRange& last) const;
  // The last one behind the offset whose record was of this key, for all that is known; or null.
  DamagedRange* last_of(std::string_view key, std::uint64_t offset);
  // Those from `after` up to `until` whose record was of this key, in order. `explained`: be it
  // known whose all their records were.
  std::vector<DamagedRange*> between(std::string_view key, std::uint64_t after, std::uint64_t until,
                                     bool explained);
  // Whether one there lost records that nobody names, nor the index.
  bool has_unnamed_between(std::uint64_t after, std::uint64_t until) const;
  // Where the last range begins that lost records nobody names, nor the index; 0 for none.
  std::uint64_t last_unnamed() const;

 private:
  std::vector<DamagedRange> ranges_;                         // in order
  std::map<std::uint32_t, std::vector<std::size_t>> named_;  // hash -> ranges
  std::vector<std::size_t> unnamed_;  // ranges that lost records nobody names
  std::uint64_t fit_ = 0;             // records, into all of them
};

}  // namespace kvstore::maint
