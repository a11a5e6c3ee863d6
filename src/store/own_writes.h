// The writes of a transaction, which no other reader sees yet: the outcome for each key.
//
// Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/sorted_set/sorted_set.h"
#include "src/store/store.h"

namespace kvstore {

struct OwnWrite {
  // kRefer: the value is that of the key `from` as of `from_seq`, which is in the log.
  enum class Kind : std::uint8_t { kSet, kAppend, kRemove, kRefer };
  Kind kind = Kind::kSet;
  std::string value;             // kAppend, kRefer: the bytes after the former value
  std::uint64_t expires_ms = 0;  // 0: never
  std::uint64_t base_size = 0;   // kAppend, kRefer: the size of the former value
  ValueType type = ValueType::kString;
  std::optional<SortedSet> set = {};  // the resulting sorted set, if it is known
  std::uint64_t ttl_ms = 0;           // kSet: expires_ms is counted from the commit
  std::string from = {};
  std::uint64_t from_seq = 0;
  std::uint64_t order = 0;  // rank among the transaction's keys, by their first write

  std::uint64_t total() const { return base_size + value.size(); }
  bool is_there(std::uint64_t now_us) const {
    return kind != Kind::kRemove && (expires_ms == 0 || expires_ms > now_us / 1000);
  }
};

class OwnWrites {
 public:
  // Null if the key was not written.
  OwnWrite* find(std::string_view key) {
    const auto found = writes_.find(key);
    return found == writes_.end() ? nullptr : &found->second;
  }
  const OwnWrite* find(std::string_view key) const {
    const auto found = writes_.find(key);
    return found == writes_.end() ? nullptr : &found->second;
  }
  // Replaces an earlier write of the key.
  void put(std::string_view key, OwnWrite write);
  // These two change a key that was set or appended to.
  void extend(std::string_view key, std::string_view value);
  void expire(std::string_view key, std::uint64_t expires_at_ms);
  // Deletes all keys, including these; later writes create keys again. Forgets the savepoint.
  void clear();

  // From set_savepoint() until release() the former writes are kept, and count as memory.
  void set_savepoint() { has_savepoint_ = true; }
  // Takes back all writes since the savepoint, which remains.
  void take_back() noexcept;
  void release() noexcept;

  bool has_cleared() const { return cleared_; }
  // Grows with each write that can add or remove a key.
  std::uint64_t changes() const { return next_order_; }
  // Drops the cached OwnWrite::set of all writes; they can be rebuilt.
  void forget_sets() {
    for (auto& [key, write] : writes_) write.set.reset();
  }

  bool is_empty() const { return writes_.empty() && !cleared_; }
  // In key order.
  using Map = std::map<std::string, OwnWrite, std::less<>>;
  const Map& all() const { return writes_; }
  // In the order in which the keys were first written, which is the order of notifications for a
  // client that waits for several keys. A key that was removed, or another type, ranks by the
  // write after that.
  std::vector<const Map::value_type*> in_order() const;
  // Bytes of memory used (estimated), and the most that one more write would add.
  std::uint64_t memory() const { return memory_ + former_memory_; }
  static std::uint64_t memory_of(std::string_view key, std::string_view value);

 private:
  // What a write in place changes.
  struct Shape {
    std::size_t value_size;
    std::uint64_t expires_ms, ttl_ms;
  };
  // How a write was before one change of it: in another shape, another write, or not there.
  struct Former {
    Map::iterator at;  // end(): the change failed
    std::optional<Shape> shape = {};
    std::unique_ptr<OwnWrite> write = {};
  };
  OwnWrite& find_to_change(std::string_view key);
  void replace(Map::iterator at, OwnWrite write);
  void take_back(Former& former) noexcept;

  Map writes_;
  std::vector<Former> former_;  // since the savepoint
  bool has_savepoint_ = false;
  std::uint64_t memory_ = 0;  // without that of `former_`
  std::uint64_t former_memory_ = 0;
  std::uint64_t next_order_ = 0;
  bool cleared_ = false;
};

}  // namespace kvstore
