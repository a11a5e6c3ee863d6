// What others hear of the commands of one session: the keyspace events of what it writes, and how
// often a key that it asked for was there (INFO's keyspace_hits and keyspace_misses).
//
// Where nobody listens, a write costs one look, and a look-up an addition. Without memory a write
// is what it is all the same, and its events are lost (keyspace_events.h).
//
// Thread rule: one thread at a time, as the session's.
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

// A write of which somebody is told. It holds the writer lock, unless it is in a transaction, so
// that events have the order of the writes. Of a write that fails nothing is told: finish() is
// for those that have succeeded.
class WriteNotice {
 public:
  WriteNotice(Store& store, Notices& notices);

  bool wants_new_keys() const;
  // `expires_at_ms`: 0: never; nullopt: as before.
  void changed(std::string_view key, KeyEvent event,
               std::optional<std::uint64_t> expires_at_ms) noexcept;
  void set(std::string_view key, std::uint64_t expires_at_ms) noexcept;
  void made(std::string_view key) noexcept { changed(key, key_event::kNew, std::nullopt); }
  void removed(std::string_view key) noexcept { changed(key, key_event::kDel, 0); }
  void cleared() noexcept;
  // What has been done cannot be said.
  void unknown() noexcept;
  void finish() noexcept;

 private:
  Notices& notices_;
  std::optional<WriteHold> hold_;
  std::vector<ToldChange> changes_;
};

class Notices {
 public:
  // Null where there is no server. Both must outlive it.
  Notices(KeyspaceEvents* events, CommandCounts* counts, std::uint64_t session)
      : events_(events), counts_(counts), session_(session) {}
  ~Notices() { forget_uncommitted(); }
  Notices(const Notices&) = delete;
  Notices& operator=(const Notices&) = delete;

  // Whether look-ups of the next command count.
  void begin_command(bool counts_looks) {
    counts_looks_ = counts_looks && counts_ != nullptr;
    last_looked_ = nullptr;
  }
  // SYNC ON.
  void set_strict(bool is_strict) { is_strict_ = is_strict; }

  // --- Look-ups. What a command looks up several times counts once.
  template <class Found>
  Result<Found> looked(std::string_view key, Result<Found> found) {
    noticed(key, !found || *found);
    return found;
  }
  void noticed(std::string_view key, bool is_there) {
    if (counts_looks_) note_look(key, is_there);
  }
  // Of a command that writes, whose answer is what was there.
  void answers(std::string_view key, bool is_there) {
    if (counts_ != nullptr) note_look(key, is_there);
  }
  void flush_looks() {
    if (hits_ + misses_ > 0) flush_some_looks();
  }

  // --- Writes.
  bool are_wanted() const { return events_ != nullptr && events_->are_wanted(); }
  // nullopt: nobody is told.
  std::optional<WriteNotice> begin_write(Store& store) {
    if (!are_wanted()) return std::nullopt;
    return std::optional<WriteNotice>(std::in_place, store, *this);
  }
  // kLimit: a transaction has more events than may be kept until it ends.
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
  std::vector<ToldChange> kept_;  // until it ends
  std::size_t kept_bytes_ = 0;
  std::uint64_t uncommitted_ = 0;  // what KeyspaceEvents::add() has answered; 0: nothing waits
};

}  // namespace kvstore::command
