// What is behind a Store: which generation of its file is the current one, and the writer,
// once the file is open for writing.
//
//   no file yet    neither; reads look for one that somebody else has made, and the first
//                  write creates it
//   reader         a generation opened for reading; another takes its place when the file
//                  was replaced, or when the first write opens it for writing
//   writer         a generation, and the Writer that holds its lock
//
// Thread rule: all from any thread, except close() and the destructor.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "src/base/mutex.h"
#include "src/base/reclamation.h"
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
  // What Store::open promises.
  Status open();
  Status close();

  // Before a read: a reader beside a writer looks for what is new. kFailed once closed.
  Status freshen() { return writer_.load(std::memory_order_acquire) ? Status{} : freshen_reader(); }
  // The current generation; none if there is no file yet, or no longer.
  Pin pin() { return Pin(epochs_, generation_); }
  // The same, for as long as it is held; null if there is none.
  std::shared_ptr<Generation> current() {
    const Pin pinned = pin();
    return pinned ? pinned->shared_from_this() : nullptr;
  }
  ReclamationEpochs& epochs() { return epochs_; }
  const std::shared_ptr<OpenSnapshots>& snapshots() const { return snapshots_; }
  // Readers look for what is new with their next read.
  void expect_news() { is_stale_.store(true, std::memory_order_relaxed); }

  // For writes: opens the file for writing if it is not, and creates it if there is none.
  Result<Writer*> writer() {
    Writer* const open = writer_.load(std::memory_order_acquire);
    return open ? Result<Writer*>(open) : open_writer();
  }
  // Null before the first write if the file was not opened for writing sooner.
  Writer* writer_if_open() const { return writer_.load(std::memory_order_acquire); }
  // The current writer, if another is about to take its place. Throws std::bad_alloc.
  FormerWriter former() const KV_REQUIRES(mutex_);
  // `writer`, of a file that holds all that the current writer has written, and has its name, takes
  // its place. Both writer locks must be held. `named`: whether the name is on the disk, too; if
  // not, who waits for the former writer's syncs gets that error.
  void replace(std::shared_ptr<Writer> writer, std::shared_ptr<Generation> generation,
               const Status& named, FormerWriter* former) noexcept KV_REQUIRES(mutex_);
  // After replace(), with no lock held: its threads end, and it goes once nobody uses it any more.
  void retire(FormerWriter former) noexcept;
  Mutex& mutex() KV_RETURN_CAPABILITY(mutex_) { return mutex_; }
  Status check_open() const;
  // Not ok: a write would be refused. Opens and creates nothing.
  Status check_writable();

  const std::string& path() const { return path_; }
  const Options& options() const { return options_; }
  OpenReport report();
  Waiters& waiters() { return waiters_; }
  RecentCursors& cursors() { return cursors_; }
  // Writes that began before this show when it returns; later ones see what this thread did before.
  void pass_writes() KV_EXCLUDES(mutex_);
  Scrub& scrub() { return scrub_; }
  Compactor& compactor() { return compactor_; }

 private:
  Status freshen_reader() KV_EXCLUDES(mutex_);
  Status refresh() KV_REQUIRES(mutex_);
  Result<Writer*> open_writer() KV_EXCLUDES(opening_mutex_, mutex_);
  Result<std::shared_ptr<Generation>> open_reader();
  Status take_reader(std::shared_ptr<Generation> reader) KV_REQUIRES(mutex_);
  Status take_for_writing(std::shared_ptr<Generation> generation) KV_REQUIRES(mutex_);
  void adopt(std::shared_ptr<Generation> generation) KV_REQUIRES(mutex_);
  std::shared_ptr<Generation> recover_if_torn(const Generation& reader);
  Status check_directory() const;
  Status refused() KV_REQUIRES(mutex_);
  void note_time(std::vector<log::ClockMark> peaks);
  tl::unexpected<Error> is_closed() const;

  const std::string path_;
  Options options_;
  ReclamationEpochs epochs_;
  const std::shared_ptr<OpenSnapshots> snapshots_ = std::make_shared<OpenSnapshots>(*this);
  std::atomic<Generation*> generation_{nullptr};
  std::atomic<Writer*> writer_{nullptr};  // once there is one, there is until close()
  std::atomic<bool> is_stale_{true};      // a reader's next read has to look for more
  std::atomic<bool> closed_{false};
  Waiters waiters_;

  Mutex opening_mutex_;  // of opening for writing, which may take as long as another's lock
  Mutex mutex_;          // of what follows; taken after it
  std::shared_ptr<Generation> owner_ KV_GUARDED_BY(mutex_);
  std::shared_ptr<Writer> writer_owner_ KV_GUARDED_BY(mutex_);
  OpenReport last_report_ KV_GUARDED_BY(mutex_);  // of a closed store
  Status closing_ KV_GUARDED_BY(mutex_);          // what close() answered
  Scrub scrub_;                                   // reads the rest, so it goes first
  Compactor compactor_{*this};                    // changes it
  RecentCursors cursors_;
};

}  // namespace kvstore
