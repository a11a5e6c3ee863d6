// A read view: a generation, and the seq of the newest visible write. All reads through one view
// are of one moment, whatever is written meanwhile.
//
// A view does not keep its generation alive: a Pin or a shared pointer must.
//
// Thread rule: a value. Its members on any thread, without a lock.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "src/base/reclamation.h"
#include "src/store/generation.h"
#include "src/store/store.h"

namespace kvstore {

// The begin of a read from `offset` in a value of `total` bytes: a negative offset counts from the
// end. The result is within the value.
std::uint64_t begin_of_read(std::int64_t offset, std::uint64_t total);

// kTooBig: the value, or the part, is larger than one get or read can return.
Status check_whole_value(std::uint64_t total);
Status check_part_size(std::uint64_t size);
// The information on a key, from its newest record.
KeyInfo key_info(const log::Record& record);
inline ValueType type_of(const log::Record& record) { return static_cast<ValueType>(record.type); }
// The kType error: the key holds another type than `asked`.
tl::unexpected<Error> wrong_type(std::string_view key, ValueType asked);
inline Status check_type(std::string_view key, const log::Record& record, ValueType asked) {
  return type_of(record) == asked ? Status{} : Status(wrong_type(key, asked));
}
Version::Kind version_kind(const log::View& view, const log::Record& record);

class ReadView {
 public:
  explicit ReadView(const Generation& generation)
      : generation_(&generation), seq_(generation.visible_seq()) {}
  // A view as of another seq: for a writer that sees its own writes before they are visible, or for
  // a snapshot, which judges expiry by the instant at which it was taken. *instant must outlive the
  // view.
  ReadView(const Generation& generation, std::uint64_t seq,
           const StoreClock::Instant* instant = nullptr)
      : generation_(&generation), seq_(seq), instant_(instant) {}

  const Generation& generation() const { return *generation_; }
  std::uint64_t seq() const { return seq_; }
  const StoreClock::Instant* instant() const { return instant_; }

  // Results and errors as the members of Store with these names.
  Result<bool> get(std::string_view key, std::string* value, const At& at) const;
  Result<bool> read(std::string_view key, std::int64_t offset, std::uint64_t length,
                    std::string* value, const At& at) const;
  Result<bool> read_bytes(std::string_view key, std::int64_t offset, std::uint64_t length,
                          std::string* value, const At& at) const;
  Result<std::optional<SortedSet>> sorted_set(std::string_view key, const At& at) const;
  Result<std::optional<KeyInfo>> stat(std::string_view key, const At& at) const;
  Status history(std::string_view key, std::uint64_t limit,
                 const std::function<bool(const Version&)>& visit) const;
  Status scan(std::string_view prefix, std::optional<std::string_view> after, std::uint64_t limit,
              const std::function<bool(std::string_view)>& visit) const;
  // Visits up to `count` keys after `after`, or from the first key on. Returns the offset of the
  // last key's record, or 0 at the end of the keys.
  Result<std::uint64_t> scan_step(std::optional<std::string_view> after, std::uint64_t count,
                                  const std::function<void(std::string_view)>& visit) const;
  Result<std::uint64_t> count() const;

  // True if the record, a key's newest as of the view's seq, is neither a deletion nor expired.
  bool is_live(const log::Record& record) const {
    return record.kind != log::Kind::kDelete && !is_expired(record);
  }
  // The CLEAR that deleted, by the view's seq, the state that the record left. Null: there is none,
  // because the record is a deletion, or because the key's next record (if any) is before the CLEAR
  // or shares its batch, within which nothing is visible.
  const log::ClearMark* deleted_by(const log::Record& record,
                                   const log::Record* next = nullptr) const;
  // The place of a possibly lost CLEAR between two consecutive records of a key that would have
  // deleted what the first one left; 0 if there is none.
  std::uint64_t lost_clear_between(const log::Record& record, const log::Record& next) const;
  // kCorrupt: a CLEAR that had deleted the key by then may have been lost.
  Status check_lost_clear(std::string_view key, const At& at, const log::Record& record) const;
  // The newest CLEAR that counts at that moment; null if there is none.
  const log::ClearMark* clear_before(const At& at) const;
  // kPurged: the file keeps no history of that moment.
  Status check_floor(const At& at) const;
  // The record that counts for the key at that moment; record->at is null if the key is missing.
  Status resolve(std::string_view key, const At& at, log::Record* record) const;
  // The same, from the result of generation().find() for the key.
  Status resolve_found(std::string_view key, const Found& found, const At& at,
                       log::Record* record) const;
  // Appends to *out the bytes [begin, end) of the value whose newest record is `record`.
  Status append_bytes(const log::Record& record, std::uint64_t begin, std::uint64_t end,
                      std::string* out) const;
  Status read_part(const log::Record& record, std::int64_t offset, std::uint64_t length,
                   std::string* value) const;
  Result<bool> whole_value(const log::Record& record, std::string* value) const;
  // The value if the record has all of it as it is, checked: a view of the mapping. Nothing if it
  // has not, or is damaged: whole_value() says which.
  std::optional<std::string_view> stored_value(const log::Record& record) const;

  // The record that counts for a key, from its newest one in *record, as an index has it. A value
  // that was lost to damage (HOLE) exists: reading it fails.
  Status resolve_from(std::string_view key, const At& at, log::Record* record) const;
  // kCorrupt while unreadable records may belong to keys that a list would lack.
  Status listable() const;
  // The same for a list as of an older moment. kPurged.
  Status listable(const At& at) const;
  tl::unexpected<Error> damaged_list(std::uint64_t offset) const;
  // The error for a key whose record that counts cannot be read.
  static tl::unexpected<Error> corrupt(std::string_view key, const log::Broken& broken);

 private:
  Status go_back(std::string_view key, const At& at, log::Record* record) const;
  bool is_expired(const log::Record& record) const {
    StoreClock& clock = generation_->clock();
    return instant_ ? clock.was_expired(*instant_, record.seq, record.expires)
                    : clock.is_expired(record.seq, record.expires);
  }
  bool has_expired(const log::Record& record, const At& at) const;

  const Generation* generation_;
  std::uint64_t seq_;
  const StoreClock::Instant* instant_ = nullptr;  // null: expiries are judged by now
};

// Pins the current generation for a short time: what it refers to is not freed meanwhile. Costs two
// uncontended atomic additions.
class Pin {
 public:
  Pin(ReclamationEpochs& epochs, const std::atomic<Generation*>& current)
      : guard_(epochs), generation_(current.load(std::memory_order_acquire)) {}

  explicit operator bool() const { return generation_ != nullptr; }
  Generation* operator->() const { return generation_; }
  ReadView view() const { return ReadView(*generation_); }

 private:
  ReclamationEpochs::Guard guard_;
  Generation* const generation_;
};

}  // namespace kvstore
