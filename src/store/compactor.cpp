#include "src/store/compactor.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include <fmt/core.h>

#include "src/base/clock.h"
#include "src/base/random.h"
#include "src/store/base_writer.h"
#include "src/store/core.h"
#include "src/store/walk.h"

namespace kvstore {
namespace {

using Phase = CompactionStatus::Phase;

constexpr std::uint64_t kSamples = 64;      // sampled places in the index
constexpr std::uint64_t kSampledKeys = 32;  // sampled keys at each place

// Estimates from a sample what the live keys of a store take; nullopt: not known.
std::optional<std::uint64_t> estimate_live(const Generation& generation,
                                           const Compression& compress) {
  const auto parts = generation.index().shared();
  const auto live = generation.clock().live_keys();
  if (!live) return std::nullopt;
  if (*live == 0) return 0;
  const ReadView view(generation);
  const auto walk = Walk::begin(view, {}, Walk::Reads::kAtEachKey);
  if (!walk) return std::nullopt;
  std::uint64_t keys = 0, bytes = 0;
  SharedValues shared;  // as measured before a compaction
  const auto sample = [&](std::uint64_t most) {
    for (std::uint64_t n = 0; n < most && (*walk)->valid(); ++n, (*walk)->next()) {
      ++keys;
      const std::uint64_t size = BaseWriter::size_of(**walk, compress);
      bytes += size - std::min(size, shared.pass(generation.view(), (*walk)->record()));
    }
  };
  if (parts->runs.empty()) {
    (*walk)->first();  // the memtable is the whole order
    sample(kSamples * kSampledKeys);
  } else {
    const auto& segments = parts->runs.back()->parts();  // the oldest run has most keys
    for (std::uint64_t i = 0; i < kSamples && !segments.empty(); ++i) {
      (*walk)->seek(segments[random_bits() % segments.size()].place.first_key);
      sample(kSampledKeys);
    }
  }
  if (keys == 0) return 0;
  return (bytes + shared.others(view)) / keys * *live;
}

}  // namespace

Status Compactor::take_turn() {
  MutexLock lock(mutex_);
  if (stopped_) return fail(Code::kFailed, core_.path() + ": the store is closing");
  if (running_) {
    return fail(Code::kConflict, core_.path() + ": a compaction is under way",
                "wait for it (COMPACT STATUS), or end it (COMPACT STOP)");
  }
  running_ = true;
  progress_.reset();
  return {};
}

Status Compactor::run(const CompactionOptions& options, const std::string& out) {
  KV_TRY(take_turn());
  return carry_out(options, out);
}

Status Compactor::carry_out(const CompactionOptions& options, const std::string& out) {
  const std::uint64_t began = now_us();
  CompactionRun run(core_, options, progress_);
  Status done = out.empty() ? run.run() : run.run_into(out);
  progress_.phase = Phase::kIdle;
  if (!done) progress_.floor_seq = 0;  // no history is dropped then
  const std::uint64_t size = progress_.old_size;
  next_look_ = done ? 2 * progress_.written : size + size / 4;
  MutexLock lock(mutex_);
  last_.elapsed_us = now_us() - began;
  last_.ended_us = now_us();
  last_.failure = done ? std::nullopt : std::optional<Error>(copy_of(done.error()));
  last_.new_size = progress_.new_size;
  last_.raw = progress_.raw;
  last_.stored = progress_.stored;
  last_.done += done.has_value();
  if (done && out.empty()) {
    last_.base_raw = progress_.raw;
    last_.base_stored = progress_.stored;
  }
  running_ = false;
  ended_.notify_all();
  return done;
}

Status Compactor::start(const CompactionOptions& options) {
  KV_TRY(take_turn());
  return begin_thread(options);
}

Status Compactor::begin_thread(const CompactionOptions& options) {
  MutexLock lock(mutex_);
  try {
    if (thread_.joinable()) thread_.join();  // of a finished compaction
    thread_ = std::thread([this, options] { (void)carry_out(options, {}); });
    return {};
  } catch (const std::system_error& error) {
    running_ = false;
    return fail(Code::kLimit, fmt::format("{}: no thread to compact it with: {}", core_.path(),
                                          error.code().message()));
  }
}

void Compactor::consider() noexcept try {
  const Options& options = core_.options();
  if (options.compact_at == 0 || !seems_worth_it()) return;
  CompactionOptions wanted = options.compaction;
  wanted.least_garbage = options.compact_at;
  (void)start(wanted);  // has no effect while one is under way
} catch (const std::exception&) {
}

bool Compactor::seems_worth_it() {
  const auto generation = core_.current();
  if (!generation) return false;
  const std::uint64_t size = generation->visible_end();
  if (size < core_.options().compact_least_size || size < next_look_) return false;
  next_look_ = size + size / 4;
  const Compression codec =
      core_.options().compaction.codec(generation->log().dictionary() != nullptr);
  if (generation->index().shared()->runs.empty()) return false;
  const auto live = estimate_live(*generation, codec);
  return live && *live <= size / 100 * (100 - core_.options().compact_at);
}

// Other callers wait meanwhile: the estimate takes milliseconds.
std::optional<std::uint64_t> Compactor::live_bytes() {
  constexpr std::chrono::seconds kFresh(60);
  const MutexLock lock(estimate_mutex_);
  const Clock::time_point now = Clock::now();
  if (estimated_ != Clock::time_point{} && now - estimated_ < kFresh) return live_;
  const auto generation = core_.current();
  if (!generation) return std::nullopt;
  live_ = estimate_live(
      *generation, core_.options().compaction.codec(generation->log().dictionary() != nullptr));
  estimated_ = now;
  return live_;
}

void Compactor::stop() {
  std::thread thread;
  {
    MutexLock lock(mutex_);
    stopped_ = true;
    progress_.stop = true;
    while (running_) ended_.wait(mutex_);
    thread.swap(thread_);
  }
  if (thread.joinable()) thread.join();
}

CompactionStatus Compactor::status() const {
  const auto generation = core_.current();
  MutexLock lock(mutex_);
  CompactionStatus status = last_;
  status.file_is_compressed = generation && generation->log().dictionary();
  status.phase = progress_.phase;
  status.floor_seq = progress_.floor_seq;
  status.keys = progress_.keys;
  status.keys_done = progress_.keys_done;
  status.old_size = progress_.old_size;
  status.needed = progress_.needed;
  status.written = progress_.written;
  return status;
}

}  // namespace kvstore
