#include "src/store/tail_filler.h"

#include <algorithm>
#include <exception>

namespace kvstore {

TailFiller::TailFiller(log::Log& log) : log_(log), next_(log.end() + kStep) {}

void TailFiller::wake(std::uint64_t end) noexcept {
  next_.store(end + kStep, std::memory_order_relaxed);
  MutexLock lock(mutex_);
  wanted_ = std::min(end + kAhead, log_.file().size());
  if (!started_) {
    started_ = true;
    try {
      thread_ = std::thread([this] { run(); });
    } catch (const std::exception&) {
      // Then pages are made when they are written to.
    }
  }
  wake_.notify_one();
}

void TailFiller::run() {
  MutexLock lock(mutex_);
  std::uint64_t filled = 0;
  while (!stopping_) {
    filled = std::max(filled, log_.end());
    if (filled >= wanted_) {
      wake_.wait(mutex_);
      continue;
    }
    const std::uint64_t end = std::min(filled + kStep, wanted_);
    {
      MutexUnlock others_may_ask(mutex_);
      log_.file().populate(filled, end);
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
