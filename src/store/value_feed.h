// Follows a value as it grows: returns the bytes at its end, a piece at a time, as they are
// appended.
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
    kNothing,  // no bytes are left; use Waiter to wait for more
    kBytes,    // `bytes` are at `offset`
    kAnew,     // the value was set again: what follows begins at 0 again
    kRemoved,  // it was deleted, or has expired: what comes next begins at 0 again
  };

  // Begins at `offset`; if negative, that many bytes before the end; if empty, at the end. The key
  // need not exist yet. Errors of all reads.
  static Result<ValueFeed> open(Store& store, std::string key, std::optional<std::int64_t> offset);

  // True if the value as of version `seq` was only appended to since. False also if that cannot be
  // decided, or not within `most` records.
  static bool has_only_grown(Store& store, std::string key, std::uint64_t seq, std::uint64_t most);

  // At most so many bytes. kPurged: the versions of the key are gone that would tell whether the
  // value was set again meanwhile; kCorrupt.
  Result<Event> next(std::uint64_t most, std::string* bytes);
  // The offset of the next bytes, or of those that next() has just returned.
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
  std::uint64_t given_ = 0;   // bytes returned by the last next() at that offset
  bool is_there_ = false;     // whether the key existed at the last look
  std::uint64_t seen_ = 0;    // version of the value at that look
  std::uint64_t newest_ = 0;  // newest version of the key at that look
  std::uint64_t size_ = 0;    // length of the value at that look
};

}  // namespace kvstore
