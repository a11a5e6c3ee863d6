// What a transaction has written so far and nobody else sees: of each key the outcome.
//
// Thread rule: one thread's at a time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/sorted_set/sorted_set.h"
#include "src/store/store.h"

namespace kvstore {

struct OwnWrite {
  // kRefer: the value is that of the key `from` as of `from_seq`, which the log has.
  enum class Kind : std::uint8_t { kSet, kAppend, kRemove, kRefer };
  Kind kind = Kind::kSet;
  std::string value;             // of an append, a kRefer: what comes behind the value of before
  std::uint64_t expires_ms = 0;  // 0: never
  std::uint64_t base_size = 0;   // of an append, a kRefer: the size of the value of before
  ValueType type = ValueType::kString;
  std::optional<SortedSet> set = {};  // what the value makes, if that is known
  std::uint64_t ttl_ms = 0;           // of a set: expires_ms is counted from the commit
  std::string from = {};
  std::uint64_t from_seq = 0;
  std::uint64_t order = 0;  // among the transaction's, by when the key was first written

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
  // In place of what was written before.
  void put(std::string_view key, OwnWrite write);
  // To a key that was set, or appended to.
  void extend(OwnWrite& write, std::string_view value);

  // All keys are gone, these too; what is put afterwards is there.
  void clear() {
    ++next_order_;
    writes_.clear();
    memory_ = 0;
    cleared_ = true;
  }
  bool has_cleared() const { return cleared_; }
  // Rises with each write that can add or take away a key.
  std::uint64_t changes() const { return next_order_; }
  // What OwnWrite::set has: it can be made again.
  void forget_sets() {
    for (auto& [key, write] : writes_) write.set.reset();
  }

  bool is_empty() const { return writes_.empty() && !cleared_; }
  // In the order of the keys.
  using Map = std::map<std::string, OwnWrite, std::less<>>;
  const Map& all() const { return writes_; }
  // In the order in which they were first written: who waits for several keys is told so. A key
  // that was removed and then written again comes as that second write did.
  std::vector<const Map::value_type*> in_order() const;
  // Bytes it takes, about; and what one more write would add at most.
  std::uint64_t memory() const { return memory_; }
  static std::uint64_t memory_of(std::string_view key, std::string_view value);

 private:
  Map writes_;
  std::uint64_t memory_ = 0;
  std::uint64_t next_order_ = 0;
  bool cleared_ = false;
};

}  // namespace kvstore
