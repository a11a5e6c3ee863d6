// The largest groups of keys with a common prefix, in bounded memory.
//
// Up to kMostGroups groups all are counted. Above that, the smaller half is dropped whenever there
// is no place for a new one: the largest remain, but their counts may be too low.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "src/base/hash.h"
#include "src/maint/map.h"

namespace kvstore::maint {

// The name of a key's group.
std::string_view group_of(std::string_view key);

class KeyGroups {
 public:
  // The group of `key`; valid until the next call.
  KeyGroup& at(std::string_view key);
  bool is_partial() const { return is_partial_; }
  // The largest groups, by bytes of the log.
  std::vector<KeyGroup> largest(std::size_t most) const;

 private:
  void drop_small();

  std::unordered_map<std::string, KeyGroup, SeededHash, std::equal_to<>> groups_;
  bool is_partial_ = false;
};

}  // namespace kvstore::maint
