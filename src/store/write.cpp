// Engine: writes.

#include <new>

#include <fmt/format.h>

#include "src/base/hash.h"
#include "src/log/chain.h"
#include "src/store/engine.h"

namespace kvstore {
namespace {

using log::Change;
using log::Kind;

Status check_sizes(std::string_view key, std::string_view value) {
  if (key.size() > kMaxKeySize) {
    return fail(Code::kTooBig,
                fmt::format("the key has {} bytes; the limit is {}", key.size(), kMaxKeySize));
  }
  if (value.size() > kMaxValueSize) {
    return fail(Code::kTooBig,
                fmt::format("the value has {} bytes; the limit of one write is {}", value.size(),
                            kMaxValueSize),
                "append it in parts");
  }
  return {};
}

Status check_expiry(std::uint64_t expires_at_ms) {
  if (expires_at_ms <= log::kMaxOffset) return {};
  return fail(Code::kTooBig, fmt::format("the expiry {} is later than the file can say ({})",
                                         expires_at_ms, log::kMaxOffset));
}

tl::unexpected<Error> out_of_memory() {
  return fail(Code::kMemory, "out of memory: cannot index another key");
}

tl::unexpected<Error> lost_value(std::uint64_t seq, std::uint64_t offset) {
  return fail(Code::kCorrupt,
              fmt::format("the key's value was lost to damage (seq {}, offset {})", seq, offset),
              "set it anew, or remove it");
}

Change change_of(const FoldedWrite& write, const log::Record* live) {
  Change change;
  change.key = write.key;
  change.value = write.value;
  change.expires = write.expires_at_ms;
  if (write.op == FoldedWrite::Op::kRemove) {
    change.kind = Kind::kDelete;
    change.type = 0;
  } else if (write.op == FoldedWrite::Op::kAppend) {
    change.kind = Kind::kAppend;
    change.starts = live == nullptr;
    change.expires = live ? live->expires : 0;
  }
  return change;
}

StoreClock::State state_of(const log::Record& record) {
  return {record.at && record.kind != Kind::kDelete, record.seq, record.expires};
}

StoreClock::State state_after(const Change& change, std::uint64_t seq) {
  return {change.kind != Kind::kDelete, seq, change.expires};
}

}  // namespace

Status Engine::writable() const {
  if (is_refused_.load(std::memory_order_acquire)) {
    MutexLock lock(report_mutex_);
    return fail(*refused_);
  }
  if (committer_->has_failed()) {
    Error error = committer_->failure();
    if (error.code != Code::kFailed) error.message = "an earlier sync failed: " + error.message;
    error.code = Code::kFailed;
    return fail(std::move(error));
  }
  return {};
}

Result<Engine::Target> Engine::locate(std::string_view key) {
  Target target;
  try {
    const log::View view = log_->pending_view();
    target.place = memtable_.locate(hash_key(key, hash_seed_), [&](std::uint64_t offset) {
      if (view.header(offset, &target.record) == log::HeaderCheck::kValid) {
        return target.record.key() == key;
      }
      target.broken_offset = offset;  // it went bad since it was indexed
      broken_seen_.store(offset, std::memory_order_relaxed);
      return false;
    });
  } catch (const std::bad_alloc&) {
    return out_of_memory();
  }
  if (target.place.offset == 0) target.record = {};
  target.live = target.record.at ? is_live(target.record) : target.broken_offset != 0;
  return target;
}

Result<Written> Engine::write(Target& target, Change& change) {
  if (target.record.at) change.previous = &target.record;
  change.broken_previous = target.broken_offset;
  const std::uint64_t time = clock_.stamp();
  KV_ASSIGN(const std::uint64_t offset, log_->append(change, time));
  memtable_.set(target.place, offset);
  clock_.record(log_->last_seq(), time);
  clock_.replace(state_of(target.record), state_after(change, log_->last_seq()));
  writes_.fetch_add(1, std::memory_order_relaxed);
  const std::uint64_t before = change.starts ? 0 : target.record.total;
  return Written{log_->last_seq(), before + change.value.size(), target.live};
}

Status Engine::acknowledge(std::uint64_t end, bool wait) {
  committer_->note_write();
  return wait ? committer_->wait(end) : Status{};
}

Result<Written> Engine::set(std::string_view key, std::string_view value,
                            const WriteOptions& options) {
  KV_TRY(check_sizes(key, value));
  KV_TRY(check_expiry(options.expires_at_ms));
  MutexLock lock(writer_mutex_);
  KV_TRY(writable());
  KV_ASSIGN(Target target, locate(key));
  if (options.only_if_absent && target.live) return fail(Code::kExists, "the key exists");
  Change change;
  change.key = key;
  change.value = value;
  change.expires = options.expires_at_ms;
  KV_ASSIGN(const Written written, write(target, change));
  const std::uint64_t end = log_->end();
  lock.unlock();
  KV_TRY(acknowledge(end, options.wait));
  return written;
}

Status Engine::appendable(const Target& target) {
  const log::Record& record = target.record;
  if (target.live && record.kind == Kind::kHole) return lost_value(record.seq, record.offset);
  if (!record.at && target.broken_offset != 0) return lost_value(0, target.broken_offset);
  if (target.live && record.total > log::kMaxOffset - kMaxValueSize) {
    return fail(Code::kTooBig, "the value would pass 256 TiB");
  }
  return {};
}

Result<Written> Engine::append(std::string_view key, std::string_view value,
                               const WriteOptions& options) {
  KV_TRY(check_sizes(key, value));
  MutexLock lock(writer_mutex_);
  KV_TRY(writable());
  KV_ASSIGN(Target target, locate(key));
  KV_TRY(appendable(target));
  Change change;
  change.kind = Kind::kAppend;
  change.starts = !target.live;
  change.key = key;
  change.value = value;
  change.expires = target.live ? target.record.expires : 0;
  KV_ASSIGN(const Written written, write(target, change));
  const std::uint64_t end = log_->end();
  lock.unlock();
  KV_TRY(acknowledge(end, options.wait));
  return written;
}

Result<Written> Engine::remove(std::string_view key, const WriteOptions& options) {
  KV_TRY(check_sizes(key, {}));
  MutexLock lock(writer_mutex_);
  KV_TRY(writable());
  KV_ASSIGN(Target target, locate(key));
  if (!target.live) return Written{log_->last_seq(), 0, false};
  Change change;
  change.kind = Kind::kDelete;
  change.type = 0;
  change.key = key;
  KV_ASSIGN(const Written written, write(target, change));
  const std::uint64_t end = log_->end();
  lock.unlock();
  KV_TRY(acknowledge(end, options.wait));
  return written;
}

Result<std::uint64_t> Engine::apply(const Batch& batch, bool wait) {
  BatchFolder folder;
  for (const Batch::Entry& entry : batch.entries_) {
    switch (entry.op) {
      case Batch::Op::kSet:
        folder.set(entry.key, entry.value, entry.expires_at_ms);
        break;
      case Batch::Op::kAppend:
        folder.append(entry.key, entry.value);
        break;
      case Batch::Op::kRemove:
        folder.remove(entry.key);
        break;
    }
  }
  std::vector<FoldedWrite> writes = folder.take();
  for (const FoldedWrite& write : writes) {
    KV_TRY(check_sizes(write.key, write.value));
    KV_TRY(check_expiry(write.expires_at_ms));
  }

  MutexLock lock(writer_mutex_);
  KV_TRY(writable());
  std::uint64_t existed = 0;
  std::vector<FoldedWrite> needed;
  for (FoldedWrite& write : writes) {
    KV_ASSIGN(const Target target, locate(write.key));
    if (write.op == FoldedWrite::Op::kAppend) KV_TRY(appendable(target));
    existed += target.live;
    if (write.op != FoldedWrite::Op::kRemove || target.live) needed.push_back(std::move(write));
  }
  if (needed.size() == 1) KV_TRY(write_one(needed[0]));
  if (needed.size() > 1) KV_TRY(append_batch(needed));
  const std::uint64_t end = log_->end();
  lock.unlock();
  KV_TRY(acknowledge(end, wait));
  return existed;
}

// What is left of a batch when it changes one key only: no record of it needs
// another to count, and damage to it must not concern the keys of a batch.
Status Engine::write_one(const FoldedWrite& write_of_key) {
  KV_ASSIGN(Target target, locate(write_of_key.key));
  if (write_of_key.op == FoldedWrite::Op::kAppend) KV_TRY(appendable(target));
  const bool has_value = target.live && target.record.at != nullptr;
  Change change = change_of(write_of_key, has_value ? &target.record : nullptr);
  KV_ASSIGN([[maybe_unused]] const Written written, write(target, change));
  return {};
}

// Nothing may fail once a batch is published, so the index has its room before.
Status Engine::reserve_for(const std::vector<FoldedWrite>& writes) {
  try {
    std::vector<std::uint64_t> hashes;
    hashes.reserve(writes.size());
    for (const FoldedWrite& write : writes) hashes.push_back(hash_key(write.key, hash_seed_));
    memtable_.reserve(std::move(hashes));
  } catch (const std::bad_alloc&) {
    return out_of_memory();
  }
  return {};
}

Status Engine::append_batch(const std::vector<FoldedWrite>& writes) {
  KV_TRY(reserve_for(writes));
  std::vector<std::uint64_t> offsets;
  std::vector<StoreClock::Replaced> counted;
  offsets.reserve(writes.size());
  counted.reserve(writes.size());
  const std::uint64_t time = clock_.stamp();
  KV_TRY(log_->begin_batch(static_cast<std::uint32_t>(writes.size()), time));
  const std::uint64_t seq = log_->last_seq() + 1;
  try {
    for (const FoldedWrite& write : writes) {
      const Newest found = newest(write.key);
      const log::Record& old = found.record;
      Change change = change_of(write, old.at && is_live(old) ? &old : nullptr);
      change.previous = old.at ? &old : nullptr;
      change.broken_previous = found.broken_offset;
      auto offset = log_->append(change, time);
      if (!offset) {
        log_->abandon_batch();
        return fail(std::move(offset.error()));
      }
      offsets.push_back(*offset);
      counted.push_back({state_of(old), state_after(change, seq)});
    }
  } catch (const std::bad_alloc&) {
    log_->abandon_batch();
    throw;
  }
  log_->publish_batch();
  for (std::size_t i = 0; i < writes.size(); ++i) {
    KV_ASSIGN(const Target target, locate(writes[i].key));
    memtable_.set(target.place, offsets[i]);
  }
  // All are in the index: now the log's end shows them to readers at once.
  log_->finish_batch();
  clock_.record(seq, time);
  clock_.replace(counted);
  writes_.fetch_add(writes.size(), std::memory_order_relaxed);
  return {};
}

Status Engine::commit() {
  if (!committer_) return {};
  return committer_->wait(log_->end());
}

Status Engine::sync() {
  if (!committer_) return {};
  return committer_->wait_durable(log_->end());
}

}  // namespace kvstore
