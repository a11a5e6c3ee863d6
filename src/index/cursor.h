// A walk over one part of the index, or several merged, in the byte order of the keys.
//
// A cursor stands on a key, or on none. Before the first seek it stands on none.
//
// Thread rule: one thread's. What it walks over must live as long, and may grow meanwhile:
// whether a key that came after the cursor was made is seen is not said.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "src/index/entry.h"

namespace kvstore::index {

// The first 8 bytes of a key as a number that sorts as they do (shorter keys are filled up
// with zeros): of two keys with different prefixes the lower prefix is the lower key's.
inline std::uint64_t key_prefix(std::string_view key) {
  std::uint64_t bytes = 0;
  if (key.size() >= sizeof bytes) {
    std::memcpy(&bytes, key.data(), sizeof bytes);
  } else if (!key.empty()) {  // whose data may be null
    std::memcpy(&bytes, key.data(), key.size());
  }
  return __builtin_bswap64(bytes);
}

class Run;

// A segment of a run that does not check out.
struct DamagedSegment {
  const Run* run = nullptr;  // null: none
  std::size_t number = 0;
};

class Cursor {
 public:
  Cursor() = default;
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;
  virtual ~Cursor() = default;

  virtual void seek(std::string_view key) = 0;         // to the first key >= it
  virtual void seek_before(std::string_view key) = 0;  // to the last key < it
  virtual void seek_first() = 0;
  virtual void seek_last() = 0;
  virtual void next() = 0;  // only while valid()
  virtual void prev() = 0;

  // False: there is no key there, or damaged() says why there may be one.
  bool valid() const { return place_ != nullptr; }
  // Valid until the cursor moves.
  std::string_view key() const { return place_->key; }
  // Of the newest record that the part knows of the key.
  Entry entry() const { return place_->entry; }
  // The entry's record, its head checked, if the cursor had to look at it anyway; else null.
  // Valid until the cursor moves.
  const log::Record* record() const { return place_->record; }
  // No record that the part of this entry knows has a higher seq.
  std::uint64_t newest_seq() const { return place_->newest_seq; }

  // What is walked over does not check out: the last move could not be made, and the cursor
  // stands on nothing. The part has to be healed, or built anew.
  virtual bool damaged() const { return false; }
  // Then, the offset of a record in the log that cannot be read; 0 if it is none of those.
  virtual std::uint64_t damaged_at() const { return 0; }
  // Or a segment.
  virtual DamagedSegment damaged_segment() const { return {}; }

 protected:
  // What there is where it stands. Kept here, so that a walk over millions of keys asks for it
  // without calls of virtual functions.
  struct Place {
    std::string_view key;
    Entry entry;
    const log::Record* record = nullptr;
    std::uint64_t newest_seq = UINT64_MAX;
  };
  // After each move one of these.
  void stand_on(const Place& place) {
    own_ = place;
    place_ = &own_;
  }
  // Where the other stands, until it moves. It is valid().
  void stand_as(const Cursor& other) { place_ = other.place_; }
  void stand_nowhere() { place_ = nullptr; }

 private:
  Place own_;
  const Place* place_ = nullptr;
};

}  // namespace kvstore::index
