// What snapshots and transactions share with their store: each knows the other for as long as
// both are there. A store that closes takes back what they hold of its file.
//
// Thread rule: from any thread; close() must not overlap reads of the snapshots.
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
  // The store's, at its end.
  void close() KV_EXCLUDES(mutex_);
  // kFailed once the store is closed.
  Result<Core*> core() const;
  std::size_t count() const KV_EXCLUDES(mutex_);

  // The memory of all open transactions together.
  bool take_memory(std::uint64_t bytes, std::uint64_t limit);
  void give_back(std::uint64_t bytes) { bytes_.fetch_sub(bytes, std::memory_order_relaxed); }
  std::uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  std::atomic<Core*> core_;  // null: the store is closed
  std::atomic<std::uint64_t> bytes_{0};
  mutable Mutex mutex_;
  std::list<SnapshotState*> open_ KV_GUARDED_BY(mutex_);
};

// What all copies of a snapshot share.
class SnapshotState {
 public:
  // Of `generation`, null if there is no file, as it is now.
  SnapshotState(std::shared_ptr<OpenSnapshots> store, std::shared_ptr<Generation> generation);
  // As of an older seq: what was removed by then is gone, and nothing else has expired.
  SnapshotState(std::shared_ptr<OpenSnapshots> store, std::shared_ptr<Generation> generation,
                std::uint64_t seq);
  ~SnapshotState() { store_->remove(*this); }
  SnapshotState(const SnapshotState&) = delete;
  SnapshotState& operator=(const SnapshotState&) = delete;

  OpenSnapshots& store() const { return *store_; }
  const std::shared_ptr<OpenSnapshots>& shared_store() const { return store_; }
  std::uint64_t seq() const { return seq_; }
  // Everything that was written since lies in the log from here on.
  std::uint64_t log_end() const { return log_end_; }
  const StoreClock::Instant& instant() const { return instant_; }
  // Null if there was no file.
  const Generation* generation() const { return generation_.get(); }

 private:
  friend class OpenSnapshots;
  const std::shared_ptr<OpenSnapshots> store_;
  std::shared_ptr<Generation> generation_;  // null once the store is closed, too
  std::uint64_t log_end_ = log::kHeaderPageSize;
  std::uint64_t seq_ = 0;
  StoreClock::Instant instant_;
  std::list<SnapshotState*>::iterator place_;  // guarded by the mutex of store_
};

// A read of a snapshot: what it looks at is not freed meanwhile.
class SnapshotPin {
 public:
  // kFailed once the store is closed.
  static Status check(const SnapshotState& state);
  explicit SnapshotPin(const SnapshotState& state);
  // False: there was no file, so there is no key.
  explicit operator bool() const { return state_.generation() != nullptr; }
  ReadView view() const { return ReadView(*state_.generation(), state_.seq(), &state_.instant()); }

 private:
  const SnapshotState& state_;
  ReclamationEpochs::Guard guard_;
};

}  // namespace kvstore
