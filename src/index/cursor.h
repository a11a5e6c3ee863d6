// A cursor over one part of the index, or several merged, in byte order of the keys.
//
// A cursor stands at a key, or at none. Before the first seek it stands at none.
//
// Thread rule: one thread. The part must outlive it, and may grow meanwhile: whether keys that are
// added after the cursor was made are seen is unspecified.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "src/index/entry.h"

namespace kvstore::index {

// The first 8 bytes of a key as a number with the same order (shorter keys are padded with zeros):
// of two keys with different prefixes, the one with the lower prefix is lower.
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

// A damaged segment of a run.
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

  // False: there is no key, or damaged() tells why one may be missing.
  bool valid() const { return place_ != nullptr; }
  // Valid until the cursor moves.
  std::string_view key() const { return place_->key; }
  // The entry of the newest record of the key in the part.
  Entry entry() const { return place_->entry; }
  // The entry's record with a verified head, if the cursor had to read it anyway; else null. Valid
  // until the cursor moves.
  const log::Record* record() const { return place_->record; }
  // No record in the part of this entry has a higher seq.
  std::uint64_t newest_seq() const { return place_->newest_seq; }

  // The part is damaged: the last move failed, and the cursor stands at no key. The part must be
  // repaired or rebuilt.
  virtual bool damaged() const { return false; }
  // If damaged(): the offset of an unreadable record in the log; 0 if the cause is another.
  virtual std::uint64_t damaged_at() const { return 0; }
  // If damaged(): the damaged segment, if that is the cause.
  virtual DamagedSegment damaged_segment() const { return {}; }

 protected:
  // The present key and entry. Stored here, so that a walk over millions of keys reads them without
  // virtual calls.
  struct Place {
    std::string_view key;
    Entry entry;
    const log::Record* record = nullptr;
    std::uint64_t newest_seq = UINT64_MAX;
  };
  // Each move calls one of these.
  void stand_on(const Place& place) {
    own_ = place;
    place_ = &own_;
  }
  // Stands where `other` stands, until that moves; it must be valid().
  void stand_as(const Cursor& other) { place_ = other.place_; }
  void stand_nowhere() { place_ = nullptr; }

 private:
  Place own_;
  const Place* place_ = nullptr;
};

}  // namespace kvstore::index
