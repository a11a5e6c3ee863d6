// The state that snapshots and transactions share with their store; each side knows whether the
// other still exists. A store that closes releases what they hold of its file.
//
// Thread rule: any thread; close() must not overlap reads of the snapshots.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>

#include "src/base/mutex.h"
#include "src/base/reclamation.h"
#include "src/store/generation.h"
#include "src/store/read_view.h"

namespace kvstore {

class Core;
class SnapshotState;

class OpenSnapshots {
 public:
  explicit OpenSnapshots(Core& core) : core_(&core) {}
  void add(SnapshotState& state) KV_EXCLUDES(mutex_);
  void remove(SnapshotState& state) KV_EXCLUDES(mutex_);
  // Called by the store when it closes.
  void close() KV_EXCLUDES(mutex_);
  // kFailed once the store is closed.
  Result<Core*> core() const;
  std::size_t count() const KV_EXCLUDES(mutex_);

  // Accounts for the memory of all open transactions together. False: the limit would be exceeded.
  bool take_memory(std::uint64_t bytes, std::uint64_t limit);
  void give_back(std::uint64_t bytes) { bytes_.fetch_sub(bytes, std::memory_order_relaxed); }
  std::uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  std::atomic<Core*> core_;  // null: the store is closed
  std::atomic<std::uint64_t> bytes_{0};
  mutable Mutex mutex_;
  std::list<SnapshotState*> open_ KV_GUARDED_BY(mutex_);
};

// The state that all copies of a snapshot share.
class SnapshotState {
 public:
  // The present state of `generation`; null if there is no file.
  SnapshotState(std::shared_ptr<OpenSnapshots> store, std::shared_ptr<Generation> generation);
  // The state as of an older seq. Keys deleted by then are gone; no key has expired otherwise.
  SnapshotState(std::shared_ptr<OpenSnapshots> store, std::shared_ptr<Generation> generation,
                std::uint64_t seq);
  ~SnapshotState() { store_->remove(*this); }
  SnapshotState(const SnapshotState&) = delete;
  SnapshotState& operator=(const SnapshotState&) = delete;

  OpenSnapshots& store() const { return *store_; }
  const std::shared_ptr<OpenSnapshots>& shared_store() const { return store_; }
  std::uint64_t seq() const { return seq_; }
  // Everything that was written since lies at or after this offset of the log.
  std::uint64_t log_end() const { return log_end_; }
  const StoreClock::Instant& instant() const { return instant_; }
  // Null if there was no file.
  const Generation* generation() const { return generation_.get(); }

 private:
  friend class OpenSnapshots;
  const std::shared_ptr<OpenSnapshots> store_;
  std::shared_ptr<Generation> generation_;  // null also after the store was closed
  std::uint64_t log_end_ = log::kHeaderPageSize;
  std::uint64_t seq_ = 0;
  StoreClock::Instant instant_;
  std::list<SnapshotState*>::iterator place_;  // guarded by the mutex of store_
};

// Held during a read of a snapshot: prevents that what it reads is freed.
class SnapshotPin {
 public:
  // kFailed once the store is closed.
  static Status check(const SnapshotState& state);
  explicit SnapshotPin(const SnapshotState& state);
  // False: there was no file, so there are no keys.
  explicit operator bool() const { return state_.generation() != nullptr; }
  ReadView view() const { return ReadView(*state_.generation(), state_.seq(), &state_.instant()); }

 private:
  const SnapshotState& state_;
  ReclamationEpochs::Guard guard_;
};

}  // namespace kvstore
