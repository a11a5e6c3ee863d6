#include "src/store/writer.h"

#include <algorithm>
#include <new>
#include <system_error>

#include <fmt/core.h>

#include "src/base/check.h"

namespace kvstore {
namespace {

constexpr std::size_t kKeptCounted = 1024;  // capacity kept after a large batch

tl::unexpected<Error> no_thread(const Generation& generation, const std::system_error& error) {
  return fail(
      Code::kLimit,
      fmt::format("{}: no thread to sync it with: {}", generation.path(), error.code().message()),
      "allow more threads (ulimit -u), or end some programs");
}

bool is_clear(const PendingChange& pending) { return pending.change.kind == log::Kind::kClear; }

void date_expiry(std::uint64_t time, PendingChange* pending) {
  if (pending->ttl_ms == 0) [[likely]]
    return;
  pending->change.expires = std::min(time / 1000 + pending->ttl_ms, log::kMaxOffset);
}

// Continues from an earlier change of the same key in the batch.
void go_on_from(const PendingChange& before, PendingChange* pending) {
  pending->change.previous = before.written;
  pending->old = {before.change.kind != log::Kind::kDelete, before.written.seq,
                  before.change.expires};
}

StoreClock::Replaced replaced_by(const PendingChange& pending, std::uint64_t seq) {
  return {pending.old, {pending.change.kind != log::Kind::kDelete, seq, pending.change.expires}};
}

}  // namespace

Result<std::shared_ptr<Writer>> Writer::start(std::shared_ptr<Generation> generation,
                                              const Options& options,
                                              std::function<void()> after_checkpoint) {
  std::shared_ptr<Writer> writer(new Writer(std::move(generation)));
  Generation& written = *writer->generation_;
  // A file that takes no writes gets neither a slot nor a sync.
  if (!written.writable()) return writer;
  try {
    writer->committer_ = std::make_unique<Committer>(written, *writer, options.sync);
    writer->indexer_ =
        std::make_unique<Indexer>(written, *writer, *writer->committer_,
                                  Indexer::Limits::of(options.memory), std::move(after_checkpoint));
    return writer;
  } catch (const std::system_error& error) {
    return no_thread(written, error);
  }
}

Status Writer::close() {
  filler_.stop();
  if (!committer_) return {};
  indexer_->stop();
  indexer_->finish();
  committer_->stop();
  if (committer_->has_failed()) return fail(committer_->failure());
  const WriterLock lock(*this);
  if (generation_->log().must_store_again()) {
    KV_TRY(generation_->log().store_again(committer_->durable_position()));
  }
  return generation_->close();
}

void Writer::retire(const Status& named) {
  is_retired_ = true;
  if (committer_) committer_->retire(named);
}

void Writer::stop() {
  filler_.stop();
  if (indexer_) indexer_->stop();
  if (committer_) committer_->stop();
}

const void* Writer::this_thread() {
  static thread_local const char here = 0;
  return &here;
}

void Writer::lock() {
  mutex_.lock();
  holder_.store(this_thread(), std::memory_order_relaxed);
}

void Writer::unlock() {
  holder_.store(nullptr, std::memory_order_relaxed);
  mutex_.unlock();
}

void Writer::assert_held() const { KV_CHECK(is_held_here()); }

Status Writer::writable() const {
  KV_TRY(generation_->writable());
  if (committer_->is_full()) [[unlikely]] {
    Error error = committer_->full_error();
    error.hint = "free some: writes go on when the disk has taken what was written before";
    return fail(std::move(error));
  }
  if (!committer_->has_failed()) [[likely]]
    return {};
  Error error = committer_->failure();
  if (error.code != Code::kFailed) error.message = "an earlier sync failed: " + error.message;
  error.code = Code::kFailed;
  return fail(std::move(error));
}

// Nothing may fail once the log has a change, so all memory is reserved before.
void Writer::reserve(std::span<PendingChange> changes) {
  if (is_clear(changes[0])) {
    generation_->clears().reserve();
    changes = changes.subspan(1);
  }
  if (changes.empty()) return;
  if (changes.size() == 1) return generation_->index().reserve(changes[0].hash);
  counted_.clear();
  counted_.reserve(changes.size());
  std::vector<std::uint64_t> hashes;
  hashes.reserve(changes.size());
  for (const PendingChange& pending : changes) hashes.push_back(pending.hash);
  generation_->index().reserve(std::move(hashes));
}

Status Writer::append(std::span<PendingChange> changes, std::uint64_t seq, std::uint64_t time) {
  log::Log& log = generation_->log();
  if (is_clear(changes[0])) {
    changes[0].change.previous.offset = generation_->clears().newest_offset();
  }
  if (changes.size() == 1) {
    KV_ASSIGN(changes[0].offset, log.append(changes[0].change, seq, time));
    return {};
  }
  std::uint64_t size = log::Log::kBatchOverhead;
  for (const PendingChange& pending : changes) size += log::Log::max_record_size(pending.change);
  KV_TRY(log.reserve(size));
  log.begin_batch(static_cast<std::uint32_t>(changes.size()));
  for (std::size_t i = 0; i < changes.size(); ++i) {
    PendingChange& pending = changes[i];
    if (pending.behind != 0) [[unlikely]]
      go_on_from(changes[i - pending.behind], &pending);
    KV_ASSIGN(pending.offset, log.append(pending.change, seq, time));
    pending.written = log.last_of_batch();
  }
  return log.finish_batch();
}

void Writer::count(std::span<PendingChange> changes, std::uint64_t seq) {
  if (is_clear(changes[0])) {
    generation_->clock().clear();
    changes = changes.subspan(1);
    if (changes.empty()) return;
  }
  const auto is_unknown = [](const PendingChange& pending) { return pending.was_unreadable; };
  if (std::any_of(changes.begin(), changes.end(), is_unknown)) generation_->clock().doubt_count();
  if (changes.size() == 1) {
    const auto [old, next] = replaced_by(changes[0], seq);
    return generation_->clock().replace(old, next);
  }
  for (const PendingChange& pending : changes) counted_.push_back(replaced_by(pending, seq));
  generation_->clock().replace(counted_);
  if (counted_.capacity() > kKeptCounted) std::vector<StoreClock::Replaced>().swap(counted_);
}

void Writer::publish(std::span<PendingChange> changes, std::uint64_t seq, std::uint64_t time) {
  if (is_clear(changes[0])) {
    generation_->clears().add({changes[0].offset, seq, time});
    changes = changes.subspan(1);
  }
  for (const PendingChange& pending : changes) {
    const log::ChainTail& previous = pending.change.previous;
    generation_->index().publish(
        pending.hash, previous.offset,
        index::Entry::of(pending.offset, pending.change.kind, pending.change.expires));
    if (const std::uint64_t skip = previous.next_skip()) {
      generation_->hints().note(pending.hash, pending.offset, skip);
    }
  }
}

void Writer::show(std::span<PendingChange> changes, std::uint64_t seq) {
  count(changes, seq);
  generation_->show(seq);
  filler_.note(generation_->log().end());
  writes_.fetch_add(changes.size(), std::memory_order_relaxed);
  indexer_->note(changes.size());
  if (waiters_ != nullptr && waiters_->are_there()) [[unlikely]]
    tell_waiters(changes, seq);
}

void Writer::tell_waiters(std::span<PendingChange> changes, std::uint64_t seq) {
  if (is_clear(changes[0])) {
    waiters_->note_clear(seq);
    changes = changes.subspan(1);
  }
  for (const PendingChange& pending : changes) {
    const log::Change& change = pending.change;
    const bool is_sorted_set = change.kind != log::Kind::kDelete &&
                               change.type == static_cast<std::uint8_t>(ValueType::kZset);
    waiters_->note(change.key, seq, is_sorted_set);
  }
}

Result<std::uint64_t> Writer::write(std::span<PendingChange> changes) {
  std::uint64_t time = 0;
  try {
    reserve(changes);
    time = generation_->clock().stamp();
    for (PendingChange& pending : changes) date_expiry(time, &pending);
  } catch (const std::bad_alloc&) {
    return fail(Code::kMemory, "out of memory: cannot index another key");
  }
  KV_ASSIGN(const std::uint64_t seq, generation_->log().next_seq());
  KV_TRY(append(changes, seq, time));
  publish(changes, seq, time);
  generation_->clock().record(seq, time);
  show(changes, seq);
  return seq;
}

Status Writer::write_as(std::span<PendingChange> changes, std::uint64_t seq, std::uint64_t time) {
  try {
    reserve(changes);
  } catch (const std::bad_alloc&) {
    return fail(Code::kMemory, "out of memory: cannot index another key");
  }
  KV_TRY(append(changes, seq, time));
  publish(changes, seq, time);
  generation_->clock().replay(seq, time);
  show(changes, seq);
  return {};
}

}  // namespace kvstore
