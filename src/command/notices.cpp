#include "src/command/notices.h"

#include <string>
#include <utility>

namespace kvstore::command {

// --- WriteNotice

WriteNotice::WriteNotice(Store& store, Notices& notices) : notices_(notices) {
  if (!notices.in_transaction_) hold_.emplace(store);
}

bool WriteNotice::wants_new_keys() const { return notices_.events_->wants(kNewKeys); }

void WriteNotice::changed(std::string_view key, KeyEvent event,
                          std::optional<std::uint64_t> expires_at_ms) noexcept {
  notices_.events_->lose_without_memory([&] {
    changes_.push_back({.event = event, .key = std::string(key), .expires_at_ms = expires_at_ms});
  });
}

void WriteNotice::set(std::string_view key, std::uint64_t expires_at_ms) noexcept {
  changed(key, key_event::kSet, 0);
  if (expires_at_ms != 0) changed(key, key_event::kExpire, expires_at_ms);
}

void WriteNotice::cleared() noexcept {
  notices_.events_->lose_without_memory(
      [&] { changes_.push_back({.event = key_event::kDel, .is_clear = true}); });
}

void WriteNotice::unknown() noexcept { notices_.events_->lose(); }

void WriteNotice::finish() noexcept { notices_.add(changes_); }

// --- Notices

void Notices::add(std::vector<ToldChange>& changes) noexcept {
  if (in_transaction_) {
    for (ToldChange& change : changes) {
      events_->lose_without_memory([&] { keep(std::move(change)); });
    }
  } else if (const std::uint64_t last = events_->add(session_, changes, is_strict_)) {
    uncommitted_ = last;
  }
}

void Notices::keep(ToldChange change) {
  kept_bytes_ += sizeof change + change.key.capacity();
  kept_.push_back(std::move(change));
}

Status Notices::fail_too_many() {
  return fail(Code::kLimit,
              "the transaction has changed keys more often than can be told to those who listen "
              "for keyspace events",
              "COMMIT more often");
}

void Notices::begin_transaction() {
  roll_back();
  in_transaction_ = true;
}

void Notices::roll_back() {
  in_transaction_ = false;
  kept_bytes_ = 0;
  std::vector<ToldChange>().swap(kept_);
}

void Notices::commit_transaction() noexcept {
  std::vector<ToldChange> changes = std::move(kept_);
  roll_back();
  if (!changes.empty()) add(changes);
}

void Notices::committed() { events_->committed(session_, std::exchange(uncommitted_, 0)); }

void Notices::forget_uncommitted() {
  if (std::exchange(uncommitted_, 0) != 0) events_->forget(session_);
}

void Notices::note_look(std::string_view key, bool is_there) noexcept {
  if (key.data() == last_looked_) return;
  last_looked_ = key.data();
  ++(is_there ? hits_ : misses_);
  if (is_there || !events_->wants(kMisses)) return;
  if (in_transaction_ && kept_bytes_ >= kMostKept) return;
  if (!in_transaction_) return events_->add_now(key_event::kKeyMiss, key);
  events_->lose_without_memory(
      [&] { keep({.event = key_event::kKeyMiss, .key = std::string(key)}); });
}

void Notices::flush_some_looks() {
  counts_->add_looks(session_, {std::exchange(hits_, 0), std::exchange(misses_, 0)});
}

}  // namespace kvstore::command
