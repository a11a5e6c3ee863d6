// The newest record of each key of a log: the parts of the index, and the log to which their
// offsets refer. Only here are keys compared.
//
// Thread rule: find() and prefetch() on any thread under a Guard of the epochs, concurrently with
// one writer that reserves and publishes; changes of the parts on any thread.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "src/base/hash.h"
#include "src/base/mutex.h"
#include "src/index/parts.h"
#include "src/log/view.h"

namespace kvstore::index {

class KeyIndex {
 public:
  explicit KeyIndex(ReclamationEpochs& epochs);
  KeyIndex(const KeyIndex&) = delete;
  KeyIndex& operator=(const KeyIndex&) = delete;

  std::uint64_t hash(std::string_view key) const { return hash_key(key, seed_); }
  std::uint64_t hash_seed() const { return seed_; }

  // Prefetches the memory that find() reads first.
  void prefetch(std::string_view key, std::uint64_t hash) const {
    const Parts& parts = current();
    parts.active->prefetch(hash);
    if (!parts.runs.empty()) prefetch_runs(parts, key, hash);
  }

  // The same, but only for the active memtable.
  void prefetch_active(std::uint64_t hash) const { current().active->prefetch(hash); }
  // The offset of the record that find() will read first; 0: none.
  std::uint64_t candidate(std::string_view key, std::uint64_t hash) const;

  struct Finding {
    std::uint64_t unreadable = 0;  // unreadable record that may be this key's; 0: none
    // A damaged segment that may have the key: repair it, and look again. Null: none.
    const Run* damaged = nullptr;
    std::size_t segment = 0;
  };
  // Finds the key's newest record; `at` is null if it has none. `view` is called for each candidate
  // after its offset was read: an earlier view would not include a record written meanwhile.
  template <class ViewSource>
  Finding find(std::string_view key, std::uint64_t hash, ViewSource&& view,
               log::Record* newest) const {
    const Parts& parts = current();
    Finding finding;
    if (find_in_memtables(parts, key, hash, view, newest, &finding)) return finding;
    if (!parts.runs.empty()) {
      const auto read = [&](std::uint64_t candidate) {
        return view().header(candidate, newest) == log::HeaderCheck::kValid;
      };
      if (find_in_runs(parts, key, hash, read, newest, &finding)) return finding;
    }
    *newest = {};
    return finding;
  }

  // The same, without the runs.
  template <class ViewSource>
  Finding find_in_memtables(std::string_view key, std::uint64_t hash, ViewSource&& view,
                            log::Record* newest) const {
    Finding finding;
    if (!find_in_memtables(current(), key, hash, view, newest, &finding)) *newest = {};
    return finding;
  }

  // Throws std::bad_alloc, and then changes nothing.
  void reserve(std::uint64_t hash) { current().active->reserve(hash); }
  void reserve(std::vector<std::uint64_t> hashes) { current().active->reserve(std::move(hashes)); }
  // Publishes `entry` as the key's newest record. `old_offset` is that of the record that find()
  // found; 0 for none. Its memory must have been reserved.
  void publish(std::uint64_t hash, std::uint64_t old_offset, Entry entry) {
    const Parts& parts = current();
    parts.active->publish(hash, old_offset >= parts.active_begin ? old_offset : 0, entry);
  }
  // For loading a log, before any walk in key order.
  void publish_loaded(std::uint64_t hash, std::uint64_t old_offset, std::uint64_t offset) {
    const Parts& parts = current();
    parts.active->publish_loaded(hash, old_offset >= parts.active_begin ? old_offset : 0, offset);
  }

  // The present parts. Valid under a Guard; the result of shared() as long as it is held.
  const Parts& current() const { return *parts_.load(std::memory_order_acquire); }
  std::shared_ptr<const Parts> shared() const KV_EXCLUDES(mutex_);
  // A cursor in key order over all parts, as published now. Call it under a Guard, and keep the
  // parts as long as the cursor; `view` as for MemtableOrder. Parts with only records before the
  // offset `from` may be left out.
  static std::unique_ptr<Cursor> cursor(const Parts& parts, MemtableOrder::ViewSource view,
                                        std::uint64_t from = 0);

  // --- Changes of the parts. If one throws std::bad_alloc, nothing has changed.
  //
  // Before the first record is published: adds these runs, whose directories use hash seed `seed`
  // and which cover all records before `begin`.
  void adopt(std::vector<std::shared_ptr<const Run>> runs, std::uint64_t seed, std::uint64_t begin)
      KV_EXCLUDES(mutex_);
  // Under the writer lock: `fresh` becomes the active memtable for records from `begin` on; the
  // former one is to be sealed. No seal may be in progress.
  void begin_seal(std::shared_ptr<Memtable> fresh, std::uint64_t begin) KV_EXCLUDES(mutex_);
  // `run` replaces the memtable that was being sealed.
  void end_seal(std::shared_ptr<const Run> run) KV_EXCLUDES(mutex_);
  // `run` replaces the runs within its range of the log.
  void put(std::shared_ptr<const Run> run) KV_EXCLUDES(mutex_);
  // `run` replaces `old`, of the same range; no effect if that is not there any more.
  void put_healed(const Run& old, std::shared_ptr<const Run> run) KV_EXCLUDES(mutex_);
  std::shared_ptr<Memtable> new_memtable() const { return std::make_shared<Memtable>(epochs_); }

 private:
  template <class ViewSource>
  static bool find_in_memtables(const Parts& parts, std::string_view key, std::uint64_t hash,
                                ViewSource&& view, log::Record* newest, Finding* finding) {
    const auto matches = [&](std::uint64_t candidate) {
      if (view().header(candidate, newest) == log::HeaderCheck::kValid) {
        return newest->key() == key;
      }
      finding->unreadable = std::max(finding->unreadable, candidate);
      return false;
    };
    return parts.active->find(hash, matches) != 0 ||
           (parts.sealing && parts.sealing->find(hash, matches) != 0);
  }
  static void prefetch_runs(const Parts& parts, std::string_view key, std::uint64_t hash);
  bool find_in_runs(const Parts& parts, std::string_view key, std::uint64_t hash,
                    FunctionRef<bool(std::uint64_t)> read, log::Record* newest,
                    Finding* finding) const;
  void publish_parts(std::shared_ptr<const Parts> parts) KV_REQUIRES(mutex_);

  ReclamationEpochs& epochs_;
  std::uint64_t seed_;
  std::atomic<const Parts*> parts_{nullptr};
  mutable Mutex mutex_;
  std::shared_ptr<const Parts> owner_ KV_GUARDED_BY(mutex_);
};

}  // namespace kvstore::index
