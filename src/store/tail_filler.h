// Prefaults the pages ahead of a log's end, on a separate thread, so that a write finds them
// present and writable. The kernel's zeroing and bookkeeping of new pages is half the cost of a
// large write. Also, a sync of pages that were written before is faster than one that must allocate
// them in the file system.
//
// While much is written between two syncs, huge pages are used: they are faster to make, and later
// reads have fewer misses in the page tables. A sync writes all 2 MiB of such a page for a single
// record, so they are split once syncs follow each other closely.
//
// Nothing depends on it: a page that was not prefaulted is made when it is written to. The thread
// starts once enough is written to make it worthwhile.
//
// Thread rule: note() under the writer lock, stop() when no call is under way.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

#include "src/base/mutex.h"
#include "src/log/log.h"

namespace kvstore {

class TailFiller {
 public:
  // The log must outlive this, or stop().
  explicit TailFiller(log::Log& log);
  ~TailFiller() { stop(); }

  // Call it after a write. Makes no system call, except once in kStep bytes.
  void note(std::uint64_t end) noexcept {
    if (end >= next_.load(std::memory_order_relaxed)) [[unlikely]]
      wake(end);
  }
  void stop() KV_EXCLUDES(mutex_);

 private:
  static constexpr std::uint64_t kStep = std::uint64_t{512} << 10;
  static constexpr std::uint64_t kBulk = std::uint64_t{1} << 20;  // bytes between two syncs
  static constexpr std::uint64_t kAhead = std::uint64_t{8} << 20;
  // With huge pages ahead: the bytes between checks of the sync rate, and the number of consecutive
  // checks that must find frequent syncs before the pages are split.
  static constexpr std::uint64_t kLook = std::uint64_t{4} << 10;
  static constexpr unsigned kCloseSyncs = 4;

  void wake(std::uint64_t end) noexcept KV_EXCLUDES(mutex_);
  void look_at_syncs(std::uint64_t end, std::uint64_t unsynced) noexcept;
  void ask(std::uint64_t end, file::Pages pages) noexcept KV_EXCLUDES(mutex_);
  void run() KV_EXCLUDES(mutex_);

  log::Log& log_;
  std::atomic<std::uint64_t> next_;  // the end of the log at which there is work
  // Guarded by the writer lock:
  std::uint64_t next_ask_;
  std::uint64_t durable_;          // the log's durable end at the last check
  std::uint64_t synced_ = 0;       // bytes that were new at that check
  std::uint64_t large_until_ = 0;  // pages up to here may be huge
  unsigned close_syncs_ = 0;

  Mutex mutex_;
  CondVar wake_;
  std::uint64_t wanted_ KV_GUARDED_BY(mutex_) = 0;  // prefault up to this offset
  file::Pages pages_ KV_GUARDED_BY(mutex_) = file::Pages::kSmall;
  bool stopping_ KV_GUARDED_BY(mutex_) = false;
  bool started_ KV_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace kvstore
