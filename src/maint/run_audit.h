// Compares one run of the index with its part of the log (index_audit.h).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "src/index/run.h"
#include "src/log/checkpoint.h"
#include "src/log/scanner.h"
#include "src/log/view.h"
#include "src/maint/index_report.h"
#include "src/maint/newest_of_keys.h"

namespace kvstore::maint {

// Notes faults, and counts those beyond the limit.
class FaultList {
 public:
  explicit FaultList(IndexReport* report) : report_(*report) {}
  void add(std::uint64_t offset, std::string what);
  void add(std::uint64_t offset, std::string what, std::string_view key);

 private:
  void put(IndexFault fault);
  IndexReport& report_;
};

// The scan of the log, from run to run, beginning with the oldest.
struct LogWalk {
  explicit LogWalk(const log::View& view) : whole(view), scanner(view.up_to(0)) {}

  const log::View whole;
  log::Scanner scanner;
  // State of the last record with a seq:
  std::uint32_t key_hash = 0;
  bool last_in_batch = false;
  std::vector<log::ClearMark> clears;
  bool is_damaged = false;                   // something could not be read
  const log::ValidityMap* epochs = nullptr;  // by the checkpoint
  std::uint64_t misdated = 0;                // offset of the first record with another epoch, or 0
  const std::function<void(std::uint64_t)>* progress = nullptr;
};

class RunAudit {
 public:
  RunAudit(const log::RunPlace& place, std::uint64_t hash_seed, LogWalk* log, IndexReport* report)
      : place_(place), hash_seed_(hash_seed), log_(*log), report_(*report), faults_(report) {}

  // The scan of the log must be at the begin of the run; afterwards it is at its end. Throws
  // std::bad_alloc.
  void run();

 private:
  void open_segments();
  std::shared_ptr<const index::Segment> open_segment(std::size_t number);
  bool check_segment(std::size_t number, const index::Segment& segment);
  void read_log();
  void take(const log::Record& record);
  void note_bad(const log::Scanner::Bad& bad);
  void compare();
  void compare_segment(const index::Segment& segment, std::uint64_t extent);
  void compare_key(std::string_view key, index::Entry entry, std::uint64_t extent);
  bool is_unreadable(index::Entry entry) const;
  void find_missing();
  void look_for(const log::Record& newest);

  const log::RunPlace& place_;
  const std::uint64_t hash_seed_;
  LogWalk& log_;
  IndexReport& report_;
  FaultList faults_;
  std::vector<std::shared_ptr<const index::Segment>> segments_;  // null: it is damaged
  bool is_whole_ = true;                                         // none is damaged
  NewestOfKeys newest_;                                          // of this part of the log
  std::uint64_t keys_ = 0;                                       // number of keys in it
  std::uint64_t known_ = 0;                                      // number of those that the run has
};

}  // namespace kvstore::maint
