// The largest groups of keys, by what they begin with, in bounded memory.
//
// Up to kMostGroups groups all are counted. Beyond, the smaller half is dropped whenever there is
// no place for a new one: the largest stay, and what they have may be told too low.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "src/base/hash.h"
#include "src/maint/map.h"

namespace kvstore::maint {

// What the group of a key is called.
std::string_view group_of(std::string_view key);

class KeyGroups {
 public:
  // The group of `key`; valid until the next call.
  KeyGroup& at(std::string_view key);
  bool is_partial() const { return is_partial_; }
  // The largest, by bytes of the log.
  std::vector<KeyGroup> largest(std::size_t most) const;

 private:
  void drop_small();

  std::unordered_map<std::string, KeyGroup, SeededHash, std::equal_to<>> groups_;
  bool is_partial_ = false;
};

}  // namespace kvstore::maint
