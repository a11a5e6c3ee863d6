// Makes the pages ahead of a log's end present and writable before a write reaches them, on
// a thread of its own: the kernel's zeroing and bookkeeping of new pages is half of what a
// large write costs, and a sync of pages that were written once is faster than one that
// has to note in the file system that they were.
//
// While much is written between two syncs, the pages are large ones: they are made faster, and
// what is read later misses the page tables less. A sync would write all 2 MiB of one for a single
// record, so they are split once syncs follow each other closely.
//
// Nothing depends on it: pages it has not got to are made when they are written to. The
// thread starts when so much is written that it pays.
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
  // The log must outlive it, or stop().
  explicit TailFiller(log::Log& log);
  ~TailFiller() { stop(); }

  // After a write. No system call, but once in kStep bytes.
  void note(std::uint64_t end) noexcept {
    if (end >= next_.load(std::memory_order_relaxed)) [[unlikely]]
      wake(end);
  }
  void stop() KV_EXCLUDES(mutex_);

 private:
  static constexpr std::uint64_t kStep = std::uint64_t{512} << 10;
  static constexpr std::uint64_t kBulk = std::uint64_t{1} << 20;  // between two syncs
  static constexpr std::uint64_t kAhead = std::uint64_t{8} << 20;
  // With large pages ahead, how often syncs are looked at, and how many looks in a row have to find
  // that they follow each other that closely.
  static constexpr std::uint64_t kLook = std::uint64_t{4} << 10;
  static constexpr unsigned kCloseSyncs = 4;

  void wake(std::uint64_t end) noexcept KV_EXCLUDES(mutex_);
  void look_at_syncs(std::uint64_t end, std::uint64_t unsynced) noexcept;
  void ask(std::uint64_t end, file::Pages pages) noexcept KV_EXCLUDES(mutex_);
  void run() KV_EXCLUDES(mutex_);

  log::Log& log_;
  std::atomic<std::uint64_t> next_;  // when the log's end is here, there is work
  // Under the writer lock:
  std::uint64_t next_ask_;
  std::uint64_t durable_;          // the log's durable end, as last seen,
  std::uint64_t synced_ = 0;       // and how much of it was new then
  std::uint64_t large_until_ = 0;  // pages up to here may be large
  unsigned close_syncs_ = 0;

  Mutex mutex_;
  CondVar wake_;
  std::uint64_t wanted_ KV_GUARDED_BY(mutex_) = 0;  // to be filled up to here
  file::Pages pages_ KV_GUARDED_BY(mutex_) = file::Pages::kSmall;
  bool stopping_ KV_GUARDED_BY(mutex_) = false;
  bool started_ KV_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace kvstore
