// What the commands of one session report to others: keyspace events of its writes, and whether the
// keys that it looked up existed (INFO's keyspace_hits and keyspace_misses).
//
// Without subscribers a write costs one check, and a look-up one addition. Without memory a write
// succeeds all the same, and its events are lost (keyspace_events.h).
//
// Thread rule: one thread at a time, as the session.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "src/base/status.h"
#include "src/command/command_counts.h"
#include "src/command/key_events.h"
#include "src/command/keyspace_events.h"
#include "src/store/store.h"

namespace kvstore::command {

class Notices;

// A write that publishes events. It holds the writer lock, except in a transaction, so that events
// have the order of the writes. A failed write publishes nothing: call finish() only after success.
class WriteNotice {
 public:
  WriteNotice(Store& store, Notices& notices);

  bool wants_new_keys() const;
  // `expires_at_ms`: 0: none; nullopt: unchanged.
  void changed(std::string_view key, KeyEvent event,
               std::optional<std::uint64_t> expires_at_ms) noexcept;
  void set(std::string_view key, std::uint64_t expires_at_ms) noexcept;
  void made(std::string_view key) noexcept { changed(key, key_event::kNew, std::nullopt); }
  void removed(std::string_view key) noexcept { changed(key, key_event::kDel, 0); }
  void cleared() noexcept;
  // Notes that the events of a change are not known.
  void unknown() noexcept;
  void finish() noexcept;

 private:
  Notices& notices_;
  std::optional<WriteHold> hold_;
  std::vector<ToldChange> changes_;
};

class Notices {
 public:
  // Null if there is no server. Both must outlive this.
  Notices(KeyspaceEvents* events, CommandCounts* counts, std::uint64_t session)
      : events_(events), counts_(counts), session_(session) {}
  ~Notices() { forget_uncommitted(); }
  Notices(const Notices&) = delete;
  Notices& operator=(const Notices&) = delete;

  // Sets whether look-ups of the next command count.
  void begin_command(bool counts_looks) {
    counts_looks_ = counts_looks && counts_ != nullptr;
    last_looked_ = nullptr;
  }
  // SYNC ON.
  void set_strict(bool is_strict) { is_strict_ = is_strict; }

  // --- Look-ups. Repeated look-ups of a key by one command count once.
  template <class Found>
  Result<Found> looked(std::string_view key, Result<Found> found) {
    noticed(key, !found || *found);
    return found;
  }
  void noticed(std::string_view key, bool is_there) {
    if (counts_looks_) note_look(key, is_there);
  }
  // For a command that writes and whose reply tells whether the key existed.
  void answers(std::string_view key, bool is_there) {
    if (counts_ != nullptr) note_look(key, is_there);
  }
  void flush_looks() {
    if (hits_ + misses_ > 0) flush_some_looks();
  }

  // --- Writes.
  bool are_wanted() const { return events_ != nullptr && events_->are_wanted(); }
  // nullopt: no events are wanted.
  std::optional<WriteNotice> begin_write(Store& store) {
    if (!are_wanted()) return std::nullopt;
    return std::optional<WriteNotice>(std::in_place, store, *this);
  }
  // kLimit: a transaction has more events than can be kept until its end.
  Status check_kept() const { return kept_bytes_ < kMostKept ? Status() : fail_too_many(); }
  void begin_transaction();
  void commit_transaction() noexcept;
  void roll_back();

  bool has_uncommitted() const { return uncommitted_ != 0; }
  void committed();
  void forget_uncommitted();

 private:
  friend class WriteNotice;
  static constexpr std::size_t kMostKept = std::size_t{64} << 20;

  void note_look(std::string_view key, bool is_there) noexcept;
  void add(std::vector<ToldChange>& changes) noexcept;
  void keep(ToldChange change);
  void flush_some_looks();
  static Status fail_too_many();

  KeyspaceEvents* const events_;
  CommandCounts* const counts_;
  const std::uint64_t session_;
  bool counts_looks_ = false;
  bool is_strict_ = false;
  const char* last_looked_ = nullptr;
  std::uint64_t hits_ = 0, misses_ = 0;
  bool in_transaction_ = false;
  std::vector<ToldChange> kept_;  // kept until the transaction ends
  std::size_t kept_bytes_ = 0;
  std::uint64_t uncommitted_ = 0;  // result of KeyspaceEvents::add(); 0: nothing is pending
};

}  // namespace kvstore::command
