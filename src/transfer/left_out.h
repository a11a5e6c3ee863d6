// Keys whose values an import does not know, because commands that it cannot carry out have changed
// them: none of their older values may be taken for the newest. A key stays here until a command
// sets its whole value.
//
// Not thread-safe. Takes memory for the keys.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace kvstore::transfer {

class LeftOut {
 public:
  struct Why {
    std::string command;       // the first such command
    bool has_expired = false;  // it has expired since, so that no value is missing
  };

  bool is_empty() const { return keys_.empty(); }
  bool has(std::string_view key) const { return keys_.contains(key); }
  // Null if the key is not here.
  Why* find(std::string_view key) {
    const auto found = keys_.find(key);
    return found == keys_.end() ? nullptr : &found->second;
  }
  void add(std::string_view key, const Why& why) { keys_.try_emplace(std::string(key), why); }
  void remove(std::string_view key) {
    if (const auto found = keys_.find(key); found != keys_.end()) keys_.erase(found);
  }
  void clear() { keys_.clear(); }

  // The number of keys whose values are missing, and the first few of them as `HSET "key"`.
  std::uint64_t count() const;
  std::vector<std::string> examples() const;

 private:
  std::map<std::string, Why, std::less<>> keys_;
};

}  // namespace kvstore::transfer
