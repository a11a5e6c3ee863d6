#include "src/store/indexer.h"

#include <algorithm>
#include <new>
#include <utility>

#include <fmt/core.h>

#include "src/base/clock.h"
#include "src/store/writer.h"

namespace kvstore {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t kSealRecords = std::uint64_t{256} << 10;
constexpr std::uint64_t kSealBytes = std::uint64_t{128} << 20;
constexpr std::uint64_t kMemoryPerRecord = 1024;
// Up to this much is read at the next open instead of being sealed at the close.
constexpr std::uint64_t kLeftRecords = std::uint64_t{8} << 10;
constexpr std::uint64_t kLeftBytes = std::uint64_t{16} << 20;
constexpr milliseconds kIdleCheck{500}, kPunchDelay{5000};
constexpr milliseconds kRetryWait{1000}, kLongestRetryWait{60'000};
constexpr std::chrono::microseconds kWriteDelay{50}, kLongWriteDelay{1000};

}  // namespace

Indexer::Limits Indexer::Limits::of(std::uint64_t memory) {
  return {std::min(kSealRecords, std::max<std::uint64_t>(memory / kMemoryPerRecord, 1)),
          kSealBytes};
}

Indexer::Indexer(Generation& generation, Writer& writer, Committer& committer, const Limits& limits,
                 std::function<void()> after_checkpoint)
    : generation_(generation),
      writer_(writer),
      committer_(committer),
      limits_(limits),
      after_checkpoint_(std::move(after_checkpoint)),
      records_(generation.loaded()),
      bytes_due_(generation.loaded_from() + limits.bytes) {
  MutexLock lock(working_);
  sealed_ = {generation.covered(), generation.covered_clock()};
  for (const std::uint64_t extent : generation.dead()) unnamed_.push_back({extent, {}});
  thread_ = std::thread([this] { run(); });
}

void Indexer::wake() noexcept {
  if (awake_.load(std::memory_order_relaxed)) return;
  MutexLock lock(mutex_);
  awake_ = true;
  wake_.notify_one();
}

void Indexer::slow_writer() {
  slowed_.fetch_add(1, std::memory_order_relaxed);
  const std::uint64_t behind = records_.load(std::memory_order_relaxed) / limits_.records;
  std::this_thread::sleep_for(behind < 2 * kBehind ? kWriteDelay : kLongWriteDelay);
}

void Indexer::stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool Indexer::is_due() const {
  return records_.load(std::memory_order_relaxed) >= limits_.records ||
         generation_.log().end() >= bytes_due_.load(std::memory_order_relaxed) ||
         generation_.clock().owes_peak();
}

void Indexer::run() {
  MutexLock lock(mutex_);
  bool more = true;  // there may be work already
  std::uint64_t seen_writes = UINT64_MAX;
  while (!stopping_) {
    if (!awake_ && more) wake_.wait_until(mutex_, Clock::now() + kIdleCheck);
    if (!awake_ && !more) wake_.wait(mutex_);
    if (stopping_) return;
    const bool was_woken = awake_.exchange(false);
    const std::uint64_t writes = writer_.writes();
    const bool idle = !was_woken && std::exchange(seen_writes, writes) == writes;
    Status done;
    {
      MutexUnlock others(mutex_);
      const std::uint64_t before = checkpoints_;
      {
        MutexLock working(working_);
        done = work(idle);
        more = !idle || !done || !unnamed_.empty();
      }
      if (checkpoints_ != before && after_checkpoint_) after_checkpoint_();
    }
    const Clock::time_point retry = Clock::now() + kRetryWait;
    while (!done && !stopping_ && wake_.wait_until(mutex_, retry)) {
    }
  }
}

// Runs the action, unless its retry time has not come; after an error it is retried later.
template <class Action>
Status Indexer::attempt(Retry* retry, Action action) {
  if (is_too_early(*retry)) return fail(Code::kFailed, "later");  // short: needs no memory
  Status done;
  needed_ = 0;
  try {
    done = action();
  } catch (const std::bad_alloc&) {
    done = fail(Code::kMemory, "out of memory");  // short: needs none
  }
  if (done) {
    note_success(retry);
  } else if (!stopping_) {
    note_failure(retry, done.error());
  }
  return done;
}

Status Indexer::work(bool idle) {
  if (committer_.has_failed() || !generation_.writable()) return {};
  try {
    return try_work(idle);
  } catch (const std::bad_alloc&) {
    return fail(Code::kMemory, "out of memory");  // short: needs none
  }
}

Status Indexer::try_work(bool idle) {
  Status done;
  if (is_due() || generation_.index().shared()->sealing) {
    done = attempt(&seal_retry_, [this]() KV_REQUIRES(working_) { return seal(); });
  }
  if (committer_.has_failed() || !generation_.writable()) return done;
  // A failure of one task must not prevent the others, least of all the one that frees space.
  Status next = attempt(&merge_retry_, [&]() KV_REQUIRES(working_) { return merge_due(idle); });
  if (done) done = std::move(next);
  next = attempt(&note_retry_, [this]() KV_REQUIRES(working_) {
    return is_changed_ ? note_checkpoint() : Status{};
  });
  if (done) done = std::move(next);
  generation_.epochs().collect();
  // Give readers in other processes time to learn of the newer checkpoint.
  punch_unused(Clock::now() - kPunchDelay);
  return done;
}

Status Indexer::merge_due(bool idle) {
  while (const RunSpan runs = runs_to_merge(idle)) KV_TRY(merge(runs));
  return {};
}

bool Indexer::is_too_early(const Retry& retry) const {
  if (retry.wait.count() == 0 || Clock::now() >= retry.next) return false;
  return retry.had_space || free_space() < retry.needed;
}

// The free space of the disk, and the unused end of the file.
std::uint64_t Indexer::free_space() const {
  const log::Log& log = generation_.log();
  const std::uint64_t end = log.end(), size = log.file().size(), free = log.file().free_space();
  const std::uint64_t reserved = size - std::min(size, end);
  return free > UINT64_MAX - reserved ? UINT64_MAX : free + reserved;
}

Status Indexer::check_fits(std::uint64_t size) {
  needed_ = size;
  if (free_space() >= size) return {};
  return fail(Code::kFull, generation_.path() + ": the disk is full");
}

void Indexer::note_failure(Retry* retry, const Error& error) {
  const bool is_first = retry->wait.count() == 0;
  retry->needed = error.code == Code::kFull ? needed_ : 0;
  retry->wait = is_first ? kRetryWait : std::min(2 * retry->wait, kLongestRetryWait);
  retry->next = Clock::now() + retry->wait;
  retry->had_space = free_space() >= retry->needed;
  try {
    tell(fmt::format(
        "the index of {} cannot be stored ({}): it takes more memory, and the next open longer; it "
        "is tried again, and nothing is lost",
        generation_.path(), error.message));
  } catch (const std::bad_alloc&) {
  }
}

// Reports a warning once, until everything has been stored again.
void Indexer::tell(const std::string& warning) {
  {
    MutexLock lock(mutex_);
    if (!warning_.empty()) return;
    warning_ = warning;
  }
  generation_.warn(warning);
}

void Indexer::note_success(Retry* retry) {
  if (std::exchange(*retry, {}).wait.count() == 0) return;
  const auto has_failed = [](const Retry& one) { return one.wait.count() != 0; };
  if (has_failed(seal_retry_) || has_failed(merge_retry_) || has_failed(note_retry_)) return;
  MutexLock lock(mutex_);
  warning_.clear();
}

std::string Indexer::warning() const {
  MutexLock lock(mutex_);
  return warning_;
}

// A merge may take long: records written meanwhile are sealed during it.
Status Indexer::look_up_from_merge() {
  if (stopping_) return fail(Code::kFailed, "the store is closing");
  if (!is_due() || is_too_early(seal_retry_)) return {};
  const std::uint64_t needed = needed_;
  KV_TRY(attempt(&seal_retry_, [this]() KV_REQUIRES(working_) { return seal(); }));
  needed_ = needed;
  return note_checkpoint();
}

Status Indexer::checkpoint_now() {
  MutexLock working(working_);
  try {
    const bool is_new = records_.load(std::memory_order_relaxed) > 0 ||
                        generation_.index().shared()->sealing || generation_.clock().owes_peak();
    if (is_new) KV_TRY(seal());
    while (const RunSpan runs = runs_to_merge(false)) KV_TRY(merge(runs));
    if (is_changed_) KV_TRY(note_checkpoint());
    generation_.epochs().collect();
    punch_unused(Clock::time_point::max());
    for (Retry* const retry : {&seal_retry_, &merge_retry_, &note_retry_}) note_success(retry);
    return {};
  } catch (const std::bad_alloc&) {
    return fail(Code::kMemory, "out of memory");  // short: needs none
  }
}

void Indexer::finish() {
  if (committer_.has_failed() || !generation_.writable()) return;
  const bool is_long = records_.load(std::memory_order_relaxed) >= kLeftRecords ||
                       generation_.log().end() >= bytes_due_ - limits_.bytes + kLeftBytes ||
                       generation_.clock().owes_peak();
  MutexLock working(working_);
  try {
    // What fails costs the next open some time.
    if (is_long && generation_.index().shared()->sealing && !seal()) return;
    if (is_long && !seal()) return;
    if (is_changed_) (void)note_checkpoint();
    generation_.epochs().collect();
    punch_unused(Clock::time_point::max());
  } catch (const std::bad_alloc&) {
  }
}

Indexer::Counts Indexer::counts() const {
  return {seals_, merges_, checkpoints_, written_, slowed_, punched_};
}

}  // namespace kvstore
