// A feed of every change to the keys with a prefix, in log order: from a given version on, and then
// as changes are written.
//
// The feed holds a position in the log. A compaction makes that position void; the feed then finds
// its place again by version. That fails if the file no longer keeps the history from there on,
// unless the feed has already passed all changes of its keys: then it goes on after the gap.
//
// Thread rule: one thread at a time. The store must outlive it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "src/log/identity.h"
#include "src/log/position.h"
#include "src/store/store.h"
#include "src/store/waiter.h"

namespace kvstore {

namespace log {
struct Record;
}
class Generation;

// A write of one key. kClear stands for a write to all keys, whatever the prefix, and has no key.
// The views are valid during the call that passes it.
struct KeyWrite {
  Version::Kind kind = Version::Kind::kSet;
  ValueType type = ValueType::kString;
  std::uint64_t seq = 0;  // shared by all writes of a batch
  std::uint64_t time_us = 0;
  std::uint64_t expires_at_ms = 0;  // expiry of the key after the write; 0: none
  std::string_view key;
  // kSet: the whole value. kAppend: the bytes added, which are [begin, end) of the value as of
  // `seq`. A value of more than kLongValue bytes is not passed (`value` is empty): read it from the
  // store as of `seq`.
  static constexpr std::uint64_t kLongValue = std::uint64_t{64} << 10;
  std::string_view value;
  std::uint64_t begin = 0, end = 0;
  bool is_long() const { return end - begin > kLongValue; }
};

class ChangeFeed {
 public:
  enum class Step : std::uint8_t {
    kChange,   // one change was passed
    kMore,     // no change of these keys yet; there is more log to scan
    kNothing,  // no change is left; use Waiter to wait for more
  };

  // Begins with the version `from`, or with the next write if `from` is empty. kPurged: the file
  // has no history from there on. kNumber: the version is not written yet. The calling thread must
  // not hold the writer lock.
  static Result<ChangeFeed> open(Store& store, std::string prefix,
                                 std::optional<std::uint64_t> from);
  // Passes the next change to `visit`, or none. `visit` must neither keep the views nor call the
  // store. kPurged: the message says from which version on a new feed can begin. kCorrupt: changes
  // may be missing.
  Result<Step> next(const std::function<Status(const KeyWrite&)>& visit);

  const std::string& prefix() const { return prefix_; }
  // The changes of all versions before this one were passed.
  std::uint64_t next_seq() const { return next_; }

 private:
  ChangeFeed(Store& store, std::string prefix);
  bool has_missed_none(std::uint64_t floor) const;
  Status find_place(const Generation& generation);
  Result<Step> go_over(const Generation& generation,
                       const std::function<Status(const KeyWrite&)>& visit);
  bool is_due(const log::Record& record);
  void pass(const log::Record& record);
  void pass_all();
  Status give(const Generation& generation, const log::Record& record,
              const std::function<Status(const KeyWrite&)>& visit);

  Store* store_;
  std::string prefix_;
  std::uint64_t next_ = 1;   // the first seq whose changes were not all passed
  std::uint64_t given_ = 0;  // records of that seq that were passed
  // The position to continue at, in the file of this id; nullopt: it must be found first.
  std::optional<log::Id> file_id_;
  log::Position place_;
  std::uint64_t skip_ = 0;  // records of next_ that were passed in another file
  // Notifies of writes to these keys. No notified write before unseen_ (0: none at all) is still to
  // be passed, provided that the end of the log was reached.
  std::unique_ptr<Waiter> writes_;
  std::uint64_t unseen_ = 0;
  bool has_seen_end_ = false;
  bool follows_past_ = false;  // passes also what was written before the feed began
};

}  // namespace kvstore
