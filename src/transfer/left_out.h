// Keys whose values an import does not know, as commands have changed them that it cannot follow:
// none of their older values may pass for the newest. A key is one of them until a command says
// all of what it is.
//
// Not thread-safe. Memory: that of the keys.
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
    std::string command;       // that came first
    bool has_expired = false;  // since: then nothing of it is missed
  };

  bool is_empty() const { return keys_.empty(); }
  bool has(std::string_view key) const { return keys_.contains(key); }
  // Null: it is not among them.
  Why* find(std::string_view key) {
    const auto found = keys_.find(key);
    return found == keys_.end() ? nullptr : &found->second;
  }
  void add(std::string_view key, const Why& why) { keys_.try_emplace(std::string(key), why); }
  void remove(std::string_view key) {
    if (const auto found = keys_.find(key); found != keys_.end()) keys_.erase(found);
  }
  void clear() { keys_.clear(); }

  // Those that are missed, and the first few of them as `HSET "key"`.
  std::uint64_t count() const;
  std::vector<std::string> examples() const;

 private:
  std::map<std::string, Why, std::less<>> keys_;
};

}  // namespace kvstore::transfer
