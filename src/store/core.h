// The implementation of a Store: it holds the current generation of the file, and the writer once
// the file is open for writing. Its states:
//
//   no file yet    neither exists; reads look for a file made by another process, and the first
//                  write creates one
//   reader         a generation opened for reading; another takes its place when the file
//                  was replaced, or when the first write opens it for writing
//   writer         a generation, and the Writer that holds its lock
//
// Thread rule: any thread, except close() and the destructor.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "src/base/mutex.h"
#include "src/base/reclamation.h"
#include "src/base/spinning_mutex.h"
#include "src/store/compactor.h"
#include "src/store/generation.h"
#include "src/store/open_snapshots.h"
#include "src/store/read_view.h"
#include "src/store/recent_cursors.h"
#include "src/store/scrub.h"
#include "src/store/store.h"
#include "src/store/waiters.h"
#include "src/store/writer.h"

namespace kvstore {

class Core {
 public:
  Core(std::string path, const Options& options);
  // See Store::open and Store::close.
  Status open();
  Status close();

  // Call it before a read: a reader looks for new records of the writer. kFailed once closed.
  Status freshen() { return writer_.load(std::memory_order_acquire) ? Status{} : freshen_reader(); }
  // Pins the current generation, which is null if there is no file yet, or no longer.
  Pin pin() { return Pin(epochs_, generation_); }
  // A shared pointer to the current generation; null if there is none.
  std::shared_ptr<Generation> current() {
    const Pin pinned = pin();
    return pinned ? pinned->shared_from_this() : nullptr;
  }
  ReclamationEpochs& epochs() { return epochs_; }
  const std::shared_ptr<OpenSnapshots>& snapshots() const { return snapshots_; }
  // With manual_refresh: makes readers look for new records at their next read.
  void expect_news() { is_stale_.store(true, std::memory_order_relaxed); }

  // Opens the file for writing if necessary, and creates it if there is none.
  Result<Writer*> writer() {
    Writer* const open = writer_.load(std::memory_order_acquire);
    return open ? Result<Writer*>(open) : open_writer();
  }
  // Null until the file is open for writing.
  Writer* writer_if_open() const { return writer_.load(std::memory_order_acquire); }
  // The current writer, for a caller that is about to replace it. Throws std::bad_alloc.
  FormerWriter former() const KV_REQUIRES(mutex_);
  // Replaces the current writer by `writer`, whose file holds all writes of the current one and has
  // its name. Both writer locks must be held. `named` is not ok if the name may not be on the disk;
  // then waiters of the former writer's syncs get that error.
  void replace(std::shared_ptr<Writer> writer, std::shared_ptr<Generation> generation,
               const Status& named, FormerWriter* former) noexcept KV_REQUIRES(mutex_);
  // Call it after replace(), with no lock held: stops the former writer's threads, and destroys it
  // once it is unused.
  void retire(FormerWriter former) noexcept;
  Mutex& mutex() KV_RETURN_CAPABILITY(mutex_) { return mutex_; }
  Status check_open() const;
  // Not ok if a write would be refused. Neither opens nor creates a file.
  Status check_writable();

  const std::string& path() const { return path_; }
  const Options& options() const { return options_; }
  OpenReport report();
  Waiters& waiters() { return waiters_; }
  RecentCursors& cursors() { return cursors_; }
  // Waits until all writes that began before are visible. Later writes see what this thread did
  // before.
  void pass_writes() KV_EXCLUDES(mutex_);
  Scrub& scrub() { return scrub_; }
  Compactor& compactor() { return compactor_; }

 private:
  Status freshen_reader() KV_EXCLUDES(mutex_);
  Status freshen_if_stale() KV_EXCLUDES(mutex_);
  Status refresh() KV_REQUIRES(mutex_);
  Result<Writer*> open_writer() KV_EXCLUDES(opening_mutex_, mutex_);
  Result<std::shared_ptr<Generation>> open_reader();
  Status take_reader(std::shared_ptr<Generation> reader) KV_REQUIRES(mutex_);
  Status take_for_writing(std::shared_ptr<Generation> generation) KV_REQUIRES(mutex_);
  void adopt(std::shared_ptr<Generation> generation) KV_REQUIRES(mutex_);
  std::shared_ptr<Generation> recover_if_torn(const Generation& reader);
  Status check_directory() const;
  Status refused() KV_REQUIRES(mutex_);
  void note_time(const StoreClock::Instant& believed);
  tl::unexpected<Error> is_closed() const;

  const std::string path_;
  Options options_;
  ReclamationEpochs epochs_;
  const std::shared_ptr<OpenSnapshots> snapshots_ = std::make_shared<OpenSnapshots>(*this);
  std::atomic<Generation*> generation_{nullptr};
  std::atomic<Writer*> writer_{nullptr};  // once set, it stays set until close()
  std::atomic<bool> is_stale_{true};      // with manual_refresh: the next read must look for new
                                          // records
  std::atomic<std::uint64_t> refreshes_begun_{0};  // changed under mutex_
  std::atomic<bool> closed_{false};
  Waiters waiters_;

  Mutex opening_mutex_;  // held while opening for writing, which may wait long for another's lock
  SpinningMutex refreshing_;  // where readers wait for one another's refreshes, mostly briefly
  Mutex mutex_;               // guards what follows; taken after the other two
  std::uint64_t refreshes_done_ KV_GUARDED_BY(mutex_) = 0;  // number of the last successful one
  std::shared_ptr<Generation> owner_ KV_GUARDED_BY(mutex_);
  std::shared_ptr<Writer> writer_owner_ KV_GUARDED_BY(mutex_);
  OpenReport last_report_ KV_GUARDED_BY(mutex_);  // report of a closed store
  Status closing_ KV_GUARDED_BY(mutex_);          // the result of close()
  Scrub scrub_;                                   // reads the members above, so it is destroyed
                                                  // first
  Compactor compactor_{*this};                    // changes them
  RecentCursors cursors_;
};

}  // namespace kvstore
