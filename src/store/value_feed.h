// A value as it grows: what is at its end is given out, a piece at a time, as it comes.
//
// What it holds is where in the value it is, and the version that it has looked at: so it does not
// matter how long ago the last piece was taken, and a million of them cost next to nothing. That
// the value was set again, or removed, it finds by going back over what was written of the key
// since then; what was in the value in between, and is no longer, it does not give.
//
// Thread rule: one thread at a time. The store must outlive it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "src/store/store.h"

namespace kvstore {

namespace log {
struct Record;
}
class ReadView;

class ValueFeed {
 public:
  enum class Event : std::uint8_t {
    kNothing,  // that has not been given; see Waiter
    kBytes,    // `bytes` are at `offset`
    kAnew,     // the value was set again: what follows begins at 0 again
    kRemoved,  // it was deleted, or has expired: what comes next begins at 0 again
  };

  // From `offset` on, negative: so many bytes before the end, none: from the end on. A key that is
  // not there yet is waited for. Errors of all reads.
  static Result<ValueFeed> open(Store& store, std::string key, std::optional<std::int64_t> offset);

  // Whether what the key had as of version `seq` is still in its value, to which at most something
  // was appended since. False, too, where that cannot be known, or not from `most` records.
  static bool has_only_grown(Store& store, std::string key, std::uint64_t seq, std::uint64_t most);

  // At most so many bytes. kPurged: the versions of the key are gone that would tell whether the
  // value was set again meanwhile; kCorrupt.
  Result<Event> next(std::uint64_t most, std::string* bytes);
  // Of the bytes that come next, or of those that next() has just given.
  std::uint64_t offset() const { return offset_; }
  const std::string& key() const { return key_; }

 private:
  ValueFeed(Store& store, std::string key) : store_(&store), key_(std::move(key)) {}
  Result<Event> look();
  Result<bool> is_continued(const ReadView& view, const log::Record& newest,
                            std::uint64_t most = UINT64_MAX) const;
  void take(const ReadView& view, const log::Record& record);

  Store* store_;
  std::string key_;
  std::uint64_t offset_ = 0;
  std::uint64_t given_ = 0;   // bytes there, by the last next()
  bool is_there_ = false;     // as of the last look
  std::uint64_t seen_ = 0;    // its version
  std::uint64_t newest_ = 0;  // of the key, then
  std::uint64_t size_ = 0;    // of the value, then
};

}  // namespace kvstore
