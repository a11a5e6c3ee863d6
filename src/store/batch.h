// A batch brought to its effect: one change a key. All of a batch's writes share
// one version, so what happens to a key in between can never be seen.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "src/base/hash.h"
#include "src/store/store.h"

namespace kvstore {

struct FoldedWrite {
  enum class Op : std::uint8_t { kSet, kAppend, kRemove };
  Op op = Op::kSet;
  std::string_view key;
  std::string value;
  std::uint64_t expires_at_ms = 0;
};

// Keys are views into the batch's entries.
class BatchFolder {
 public:
  void set(std::string_view key, std::string_view value, std::uint64_t expires_at_ms);
  void append(std::string_view key, std::string_view value);
  void remove(std::string_view key);
  std::vector<FoldedWrite> take() { return std::move(writes_); }

 private:
  FoldedWrite& entry(std::string_view key, bool* is_new);
  std::vector<FoldedWrite> writes_;
  std::unordered_map<std::string_view, std::size_t, SeededHash> by_key_;  // into writes_
};

}  // namespace kvstore
