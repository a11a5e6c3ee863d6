// The newest record of each key of a log: an index, and the log that its offsets point
// into. The one place where keys are compared.
//
// Thread rule: as Memtable's.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "src/base/hash.h"
#include "src/base/random.h"
#include "src/index/memtable.h"
#include "src/log/view.h"

namespace kvstore::index {

class KeyIndex {
 public:
  explicit KeyIndex(ReclamationEpochs& epochs) : seed_(random_bits()), memtable_(epochs) {}

  std::uint64_t hash(std::string_view key) const { return hash_key(key, seed_); }

  // Asks for the memory that find() looks at first. Any thread, and it needs no Guard.
  void prefetch(std::uint64_t hash) const { memtable_.prefetch(hash); }
  // The key's newest record; `at` is null if it has none. Returns the offset of a record
  // that may be this key's and cannot be read, or 0. `view` is called for each candidate,
  // after its offset was read: a view from before would end before a record that was
  // written meanwhile.
  template <class ViewSource>
  std::uint64_t find(std::string_view key, std::uint64_t hash, ViewSource&& view,
                     log::Record* newest) const {
    std::uint64_t unreadable = 0;
    const std::uint64_t offset = memtable_.find(hash, [&](std::uint64_t candidate) {
      if (view().header(candidate, newest) == log::HeaderCheck::kValid) {
        return newest->key() == key;
      }
      unreadable = std::max(unreadable, candidate);
      return false;
    });
    if (offset == 0) *newest = {};
    return unreadable;
  }

  // Throws std::bad_alloc and changes nothing.
  void reserve(std::uint64_t hash) { memtable_.reserve(hash); }
  void reserve(std::vector<std::uint64_t> hashes) { memtable_.reserve(std::move(hashes)); }
  // The record of `entry` is the key's newest. `old_offset`: of the record that find()
  // found; 0 for none. There must be room reserved.
  void publish(std::uint64_t hash, std::uint64_t old_offset, Entry entry) {
    memtable_.publish(hash, old_offset, entry);
  }
  // While a log is loaded, before anybody walks in order.
  void publish_loaded(std::uint64_t hash, std::uint64_t old_offset, std::uint64_t offset) {
    memtable_.publish_loaded(hash, old_offset, offset);
  }
  const Memtable& memtable() const { return memtable_; }

 private:
  const std::uint64_t seed_;
  Memtable memtable_;
};

}  // namespace kvstore::index
