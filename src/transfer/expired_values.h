// Values that have expired and are still appended to. They are kept in memory, because each append
// in the store would copy the whole value.
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
  static constexpr std::size_t kMaxBytes = std::size_t{64} << 20;  // above this they are stored

  // Null if the key is not here.
  const Value* find(std::string_view key) const {
    const auto found = values_.find(key);
    return found == values_.end() ? nullptr : &found->second;
  }
  // Replaces the key's value if there is one.
  void put(std::string_view key, Value value);
  void append(std::string_view key, std::string_view bytes);
  void remove(std::string_view key);
  bool is_empty() const { return values_.empty(); }
  bool is_full() const { return bytes_ > kMaxBytes; }
  // Gives each value to `take`, and removes them all.
  Status take_all(const std::function<Status(std::string_view key, const Value&)>& take);

 private:
  std::unordered_map<std::string, Value, SeededHash, std::equal_to<>> values_;
  std::size_t bytes_ = 0;
};

}  // namespace kvstore::transfer
