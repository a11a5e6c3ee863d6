// A read view: a generation, and the seq of the newest write that shows. Everything that
// is read through one view is of one moment, whatever is written meanwhile.
//
// A view does not keep its generation alive: a Pin does, or who holds the shared pointer.
//
// Thread rule: a value. Its members from any thread, without a lock.
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

// Where a read from `offset` begins in a value of `total` bytes: a negative one counts from the
// end, and none leads beyond it.
std::uint64_t begin_of_read(std::int64_t offset, std::uint64_t total);

// kTooBig for more than one get, or one read, can answer.
Status check_whole_value(std::uint64_t total);
Status check_part_size(std::uint64_t size);
// Of a key, from its newest record.
KeyInfo key_info(const log::Record& record);
inline ValueType type_of(const log::Record& record) { return static_cast<ValueType>(record.type); }
// kType: what is there is of another type than the one that is asked for.
tl::unexpected<Error> wrong_type(std::string_view key, ValueType asked);
inline Status check_type(std::string_view key, const log::Record& record, ValueType asked) {
  return type_of(record) == asked ? Status{} : Status(wrong_type(key, asked));
}
Version::Kind version_kind(const log::View& view, const log::Record& record);

class ReadView {
 public:
  explicit ReadView(const Generation& generation)
      : generation_(&generation), seq_(generation.visible_seq()) {}
  // As of another seq: for a writer who sees what he has not shown yet, or for a snapshot,
  // whose expiries are judged by the instant at which it was taken. That must live as long.
  ReadView(const Generation& generation, std::uint64_t seq,
           const StoreClock::Instant* instant = nullptr)
      : generation_(&generation), seq_(seq), instant_(instant) {}

  const Generation& generation() const { return *generation_; }
  std::uint64_t seq() const { return seq_; }
  const StoreClock::Instant* instant() const { return instant_; }

  // Results and errors as Store's members of these names.
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
  // Behind `after`, or from the first key. Answers where in the log the last one is, 0 if it was
  // the last of all.
  Result<std::uint64_t> scan_step(std::optional<std::string_view> after, std::uint64_t count,
                                  const std::function<void(std::string_view)>& visit) const;
  Result<std::uint64_t> count() const;

  // What the newest record of a key, as of the view's seq, says of it: neither deleted nor
  // expired.
  bool is_live(const log::Record& record) const {
    return record.kind != log::Kind::kDelete && !is_expired(record);
  }
  // The CLEAR that has deleted what the record left, by the view's seq; null: none, for it is a
  // deletion, or the key's next record, if there is one, came before or shares the CLEAR's batch,
  // within which nothing can be seen.
  const log::ClearMark* deleted_by(const log::Record& record,
                                   const log::Record* next = nullptr) const;
  // Where a CLEAR between the two, which follow one another in a key's history, may have been lost
  // that has deleted what the first one left; 0: nowhere.
  std::uint64_t lost_clear_between(const log::Record& record, const log::Record& next) const;
  // kCorrupt: one may have been lost that had deleted it then.
  Status check_lost_clear(std::string_view key, const At& at, const log::Record& record) const;
  // The newest CLEAR that counts then. Null: none.
  const log::ClearMark* clear_before(const At& at) const;
  // kPurged: the file keeps no history of then.
  Status check_floor(const At& at) const;
  // The record that answers for the key then; record->at is null if the key is missing.
  Status resolve(std::string_view key, const At& at, log::Record* record) const;
  // The same of what generation().find() has found of the key.
  Status resolve_found(std::string_view key, const Found& found, const At& at,
                       log::Record* record) const;
  // Bytes [begin, end) of the value that `record` is the newest record of, at the end of *out.
  Status append_bytes(const log::Record& record, std::uint64_t begin, std::uint64_t end,
                      std::string* out) const;
  Status read_part(const log::Record& record, std::int64_t offset, std::uint64_t length,
                   std::string* value) const;
  Result<bool> whole_value(const log::Record& record, std::string* value) const;
  // The value if the record has all of it as it is, checked: a view of the mapping. Nothing if it
  // has not, or is damaged: whole_value() says which.
  std::optional<std::string_view> stored_value(const log::Record& record) const;

  // The record that counts of a key, from its newest one in *record, as an index has it. A
  // value that was lost to damage (HOLE) is there: who reads it is answered so.
  Status resolve_from(std::string_view key, const At& at, log::Record* record) const;
  // kCorrupt while unreadable records may have been of keys that a list would lack.
  Status listable() const;
  // The same of a list of what was there then. kPurged.
  Status listable(const At& at) const;
  tl::unexpected<Error> damaged_list(std::uint64_t offset) const;
  // Of a key whose record that counts cannot be read.
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

// Keeps the generation that is current when it is made, for a short while: what it holds is
// not freed meanwhile. Costs two uncontended atomic additions.
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
