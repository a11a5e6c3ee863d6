// Every change of the keys that begin with a prefix, in the order of the log, from a version on and
// as they are written.
//
// What it holds is a place in the log. A compaction takes that from under it; then it finds the
// place anew, by its version, unless that is among those of which the file keeps no history any
// more: who has seen all changes of its keys goes on nonetheless, behind what is gone.
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

// A write of one key; or, kClear, of all, whatever the prefix: then there is no key. The views
// live as long as the call that gives it.
struct KeyWrite {
  Version::Kind kind = Version::Kind::kSet;
  ValueType type = ValueType::kString;
  std::uint64_t seq = 0;  // all writes of a batch share one
  std::uint64_t time_us = 0;
  std::uint64_t expires_at_ms = 0;  // of the key after it; 0: never
  std::string_view key;
  // kSet: all of the value; kAppend: what was added, which is [begin, end) of the value as of
  // `seq`. One of more than kLongValue bytes is to be read there; then `value` is empty.
  static constexpr std::uint64_t kLongValue = std::uint64_t{64} << 10;
  std::string_view value;
  std::uint64_t begin = 0, end = 0;
  bool is_long() const { return end - begin > kLongValue; }
};

class ChangeFeed {
 public:
  enum class Step : std::uint8_t {
    kChange,   // one was given
    kMore,     // none of these keys so far, and there is more to look through
    kNothing,  // that has not been given; see Waiter
  };

  // Of versions from `from` on; none: of those that are written from now on. kPurged: the file has
  // no history from there on; kNumber: the version is yet to come. Not by a thread that holds the
  // writer lock.
  static Result<ChangeFeed> open(Store& store, std::string prefix,
                                 std::optional<std::uint64_t> from);
  // The next change goes to `visit`, which must not keep the views nor call the store; or none
  // does. kPurged, which says from where on it can be done anew; kCorrupt: changes may be missing.
  Result<Step> next(const std::function<Status(const KeyWrite&)>& visit);

  const std::string& prefix() const { return prefix_; }
  // The changes of all versions before it were given.
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
  std::uint64_t next_ = 1;   // the first seq that is not, or not all, given
  std::uint64_t given_ = 0;  // records of that seq that were passed
  // Where it goes on, in the file of this id; nullopt: to be found.
  std::optional<log::Id> file_id_;
  log::Position place_;
  std::uint64_t skip_ = 0;  // records of next_ that were passed in another file
  // Tells of writes of these keys. Of those before unseen_ (0: of all that it has told of) none is
  // still to be given, if the end was seen at all.
  std::unique_ptr<Waiter> writes_;
  std::uint64_t unseen_ = 0;
  bool has_seen_end_ = false;
  bool follows_past_ = false;  // what was written before it began, too
};

}  // namespace kvstore
