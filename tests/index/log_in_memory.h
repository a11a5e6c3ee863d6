// A log's records in memory, for tests of what reads keys from them.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "src/base/hash.h"
#include "src/index/memtable.h"
#include "src/log/record.h"
#include "src/log/view.h"

namespace kvstore::index::testing {

class LogInMemory {
 public:
  // Bytes it can hold; they never move.
  explicit LogInMemory(std::size_t capacity = std::size_t{1} << 20) : bytes_(capacity) {}

  Entry append(std::string_view key, std::string_view value = "v",
               log::Kind kind = log::Kind::kSet) {
    log::Draft draft;
    draft.kind = kind;
    draft.flags = log::kChainStart;
    draft.seq = ++seq_;
    draft.key = key;
    draft.value = kind == log::Kind::kDelete ? "" : value;
    const std::uint64_t at = end_;
    REQUIRE(at + draft.size() <= bytes_.size());
    log::publish_header(bytes_.data(), at, log::build_record(draft, binding_, bytes_.data(), at));
    end_ += draft.size();
    return Entry::of(at, kind, 0);
  }
  // A bit of its head.
  void damage(Entry entry) { bytes_[entry.offset() + 24] ^= 1; }
  log::View view() const { return {bytes_.data(), end_, &binding_, nullptr, nullptr}; }

 private:
  log::Binding binding_{log::Id{7}};
  std::vector<std::uint8_t> bytes_;
  std::atomic<std::uint64_t> end_{log::kHeaderPageSize};  // one thread appends
  std::uint64_t seq_ = 0;
};

// Writes as a store does: to the log, then to the memtable.
class Written {
 public:
  explicit Written(std::size_t capacity = std::size_t{1} << 20) : log(capacity) {}

  Entry put(std::string_view key, log::Kind kind = log::Kind::kSet, bool loads = false) {
    const std::uint64_t hash = hash_key(key, 7);
    const std::uint64_t old = memtable.find(hash, [&](std::uint64_t at) {
      log::Record record;
      return log.view().header(at, &record) == log::HeaderCheck::kValid && record.key() == key;
    });
    memtable.reserve(hash);
    const Entry entry = log.append(key, "v", kind);
    if (loads)
      memtable.publish_loaded(hash, old, entry.offset());
    else
      memtable.publish(hash, old, entry);
    return entry;
  }

  std::unique_ptr<Cursor> cursor() const {
    return memtable.order().cursor([this] { return log.view(); });
  }

  LogInMemory log;
  ReclamationEpochs epochs;
  Memtable memtable{epochs};
};

// What a walk from here to the end shows.
inline std::vector<std::pair<std::string, std::uint64_t>> rest_of(Cursor& cursor,
                                                                  bool back = false) {
  std::vector<std::pair<std::string, std::uint64_t>> seen;
  for (; cursor.valid(); back ? cursor.prev() : cursor.next()) {
    seen.emplace_back(cursor.key(), cursor.entry().word());
  }
  return seen;
}

}  // namespace kvstore::index::testing
