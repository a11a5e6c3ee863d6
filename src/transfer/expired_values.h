// Values that have expired and are still appended to, in memory: stored, each append would be
// a copy of the whole.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "src/base/hash.h"
#include "src/base/status.h"
#include "src/store/store.h"

namespace kvstore::transfer {

class ExpiredValues {
 public:
  struct Value {
    std::string bytes;
    std::uint64_t expires_at_ms = 0;
    ValueType type = ValueType::kString;
  };
  static constexpr std::size_t kMaxBytes = std::size_t{64} << 20;  // then they are to be stored

  // Null: it is not among them.
  const Value* find(std::string_view key) const {
    const auto found = values_.find(key);
    return found == values_.end() ? nullptr : &found->second;
  }
  // Replaces one of that key.
  void put(std::string_view key, Value value);
  void append(std::string_view key, std::string_view bytes);
  void remove(std::string_view key);
  bool is_empty() const { return values_.empty(); }
  bool is_full() const { return bytes_ > kMaxBytes; }
  // All of them, and then there are none.
  Status take_all(const std::function<Status(std::string_view key, const Value&)>& take);

 private:
  std::unordered_map<std::string, Value, SeededHash, std::equal_to<>> values_;
  std::size_t bytes_ = 0;
};

}  // namespace kvstore::transfer
