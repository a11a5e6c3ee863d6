// The result of verify, for the printers (print.h) and the repair.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "src/base/exit_code.h"
#include "src/log/record.h"
#include "src/maint/index_report.h"

namespace kvstore::maint {

// kIndexDamaged: damage to derived data only, which holds no keys and values.
enum class State : std::uint8_t { kIntact, kTorn, kIndexDamaged, kDamaged };

// A range in which bytes that were on the disk have changed.
struct Damage {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::string reason;
  std::uint64_t missing = 0;       // lost records, as far as the seqs tell
  bool others_lost = false;        // not all of them can be attributed
  std::optional<std::string> key;  // key of the lost record, if known
  bool is_derived = false;         // no key had a record there: nothing is lost
  bool ends_log = false;           // the log ends in it: nothing can be written after it
};

// What one key loses by a damage, and what a repair writes there.
struct Loss {
  enum class Kind : std::uint8_t {
    kHole,     // the key's newest state is unknown: CORRUPT until it is set again
    kGap,      // a known number of bytes of the value is unknown
    kHistory,  // only an older version, without a replacement
    kClear,    // concerns all keys: a lost CLEAR, which a repair writes again
  };
  Kind kind = Kind::kHole;
  std::string key;
  std::uint64_t offset = 0;     // offset of the lost record
  std::uint64_t before = 0;     // a repair writes the mark before the record at this offset,
  bool in_place = false;        // or, for a damaged value, in place of that record
  bool is_referred = false;     // kGap: the bytes belong to another record, which this one refers
                                // to
  bool starts = true;           // the value began with the lost record
  std::uint64_t lost_size = 0;  // kGap: bytes
  std::uint64_t position = 0;   // kGap: their offset in the value
  std::uint64_t total = 0;      // kGap: length of the value after the record
  std::uint64_t expires = 0;
  std::uint8_t type = 1;
  bool replaced = false;      // the value was set again since: the loss is history
  bool before_clear = false;  // all keys were deleted since (FLUSHALL): the loss is history
  // Its version and time, known for a CLEAR in the index; else 0.
  std::uint64_t seq = 0, time = 0;
  // The lowest possible seq, by the key's record before it. It equals that record's seq only if
  // that record is right before the place, because a batch has a key's records consecutively.
  std::uint64_t least_seq = 0;
  bool may_go_on = false;  // that record is
  // Sorts the marks before one record. A CLEAR that only the next record reveals is the last lost
  // record.
  std::uint64_t place() const { return kind == Kind::kClear && seq == 0 ? before - 1 : offset; }
  // Not 0: a repair writes the mark into the base, with this seq.
  std::uint64_t base_seq = 0;
};

// A place in a present value that an earlier repair has marked: a HOLE or a GAP.
struct Marked {
  std::string key;
  log::Kind kind{};
  std::uint64_t offset = 0;     // of the mark
  std::uint64_t lost_size = 0;  // kGap: bytes
  std::uint64_t position = 0;   // kGap: their offset in the value
  std::uint64_t total = 0;      // kGap: length of the value after the mark
};

// A record with a lower time than the one before: the clock was set back.
struct ClockStep {
  std::uint64_t seq = 0;
  std::uint64_t from = 0, to = 0;  // microseconds
};

struct Report {
  std::string path;
  std::uint64_t file_size = 0;
  // --- The header page.
  std::uint16_t version = 1;
  log::Id db_id{}, file_id{};
  bool header_lost = false;
  bool is_increment = false;  // increments cannot be repaired
  int bad_headers = 0;
  int bad_slots = 0;
  bool stale_slots = false;  // older than the log, and so is their D
  std::uint64_t created = 0;
  std::uint64_t floor_seq = 0, floor_time = 0;
  std::uint64_t base_end = 0;  // 0: the log has no base
  bool closed_cleanly = false;
  std::uint64_t slot_durable = 0;
  // --- The process that has it open for writing.
  bool beside_writer = false;
  std::string writer;
  // --- The log.
  std::uint64_t end = 0;
  std::uint64_t durable = 0;
  std::uint64_t last_seq = 0;
  std::uint16_t epoch = 0;
  std::uint64_t first_time = 0, last_time = 0;
  std::uint64_t clock_step_count = 0;
  std::vector<ClockStep> clock_steps;  // the first steps
  std::uint64_t torn_begin = 0, torn_end = 0;
  std::map<log::Kind, std::uint64_t> records;  // good heads, by kind
  std::uint64_t record_count = 0;
  std::uint64_t bad_values = 0;  // those of them with a damaged value
  // Keys by their newest good record; lost: that is a HOLE, or will be.
  std::uint64_t live_keys = 0, deleted_keys = 0, expired_keys = 0, lost_keys = 0;
  // Bytes that a file with the live keys and values alone would need, compressed as they are.
  std::uint64_t live_size = 0;
  std::uint64_t overhead_size() const { return log_size() - std::min(live_size, log_size()); }
  std::uint64_t log_size() const { return end - std::min(end, log::kHeaderPageSize); }
  // Marks of earlier repairs in present values; not new damage.
  std::vector<Marked> marked;
  // --- The damage, and its costs.
  std::vector<Damage> damage;
  std::uint64_t lost_records = 0;
  std::vector<Loss> losses;
  // Keys (as offsets of their newest good records) that may have had a newer record among the lost
  // ones.
  std::vector<std::uint64_t> rolled_back;

  IndexReport index;

  bool torn() const { return torn_end > torn_begin; }
  bool ends_in_damage() const {
    return std::any_of(damage.begin(), damage.end(),
                       [](const Damage& one) { return one.ends_log; });
  }
  State state() const {
    const bool header_bad = bad_headers > 0 || bad_slots == 2 || stale_slots;
    const auto costs = [](const Damage& one) { return !one.is_derived; };
    if (std::any_of(damage.begin(), damage.end(), costs) || header_bad) return State::kDamaged;
    if (!damage.empty() || index.is_damaged()) return State::kIndexDamaged;
    return torn() ? State::kTorn : State::kIntact;
  }
  ExitCode exit_code() const {
    switch (state()) {
      case State::kIntact:
        return ExitCode::kDone;
      case State::kTorn:
        return ExitCode::kTornTail;
      default:
        return ExitCode::kDamaged;
    }
  }
};

}  // namespace kvstore::maint
