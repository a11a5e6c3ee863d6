#include "src/store/tail_filler.h"

#include <algorithm>
#include <exception>
#include <utility>

namespace kvstore {

TailFiller::TailFiller(log::Log& log)
    : log_(log),
      next_(log.end() + kStep),
      next_ask_(log.end() + kStep),
      durable_(log.durable_end()) {}

void TailFiller::wake(std::uint64_t end) noexcept {
  const std::uint64_t durable = log_.durable_end();
  const std::uint64_t unsynced = end - std::min(end, durable);
  if (durable > durable_) synced_ = durable - std::exchange(durable_, durable);
  if (end < large_until_) look_at_syncs(end, unsynced);
  if (end >= next_ask_) {
    const bool is_bulk = std::max(unsynced, synced_) >= kBulk;
    if (is_bulk) large_until_ = log_.file().size();
    ask(end, is_bulk ? file::Pages::kLarge : file::Pages::kSmall);
    next_ask_ = end + kStep;
  }
  const std::uint64_t next_look = end < large_until_ ? end + kLook : UINT64_MAX;
  next_.store(std::min(next_ask_, next_look), std::memory_order_relaxed);
}

void TailFiller::look_at_syncs(std::uint64_t end, std::uint64_t unsynced) noexcept {
  close_syncs_ = unsynced < kLook ? close_syncs_ + 1 : 0;
  if (close_syncs_ < kCloseSyncs) return;
  log_.file().split_pages(end, large_until_);
  large_until_ = 0;
  close_syncs_ = 0;
}

void TailFiller::ask(std::uint64_t end, file::Pages pages) noexcept {
  MutexLock lock(mutex_);
  wanted_ = std::min(end + kAhead, log_.file().size());
  pages_ = pages;
  if (!started_) {
    started_ = true;
    try {
      thread_ = std::thread([this] { run(); });
    } catch (const std::exception&) {
      // No thread: pages are made when they are written to.
    }
  }
  wake_.notify_one();
}

// Huge pages are prefaulted whole, as far as the file's size allows.
void TailFiller::run() {
  MutexLock lock(mutex_);
  std::uint64_t filled = 0;
  while (!stopping_) {
    filled = std::max(filled, log_.end());
    if (filled >= wanted_) {
      wake_.wait(mutex_);
      continue;
    }
    const file::Pages pages = pages_;
    const std::uint64_t step = pages == file::Pages::kLarge ? file::kLargePage : kStep;
    const std::uint64_t end = std::min(filled / step * step + step, log_.file().size());
    {
      MutexUnlock others_may_ask(mutex_);
      log_.file().populate(filled, end, pages);
    }
    filled = end;
  }
}

void TailFiller::stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

}  // namespace kvstore
