#include "src/store/batch.h"

#include <algorithm>

namespace kvstore {

void Batch::set(std::string_view key, std::string_view value, std::uint64_t expires_at_ms) {
  entries_.push_back({Op::kSet, std::string(key), std::string(value), expires_at_ms});
}

void Batch::append(std::string_view key, std::string_view value) {
  entries_.push_back({Op::kAppend, std::string(key), std::string(value), 0});
}

void Batch::remove(std::string_view key) { entries_.push_back({Op::kRemove, std::string(key), {}, 0}); }

bool Batch::only_removes() const {
  return std::all_of(entries_.begin(), entries_.end(),
                     [](const Entry& entry) { return entry.op == Op::kRemove; });
}

FoldedWrite& BatchFolder::entry(std::string_view key, bool* is_new) {
  const auto [found, inserted] = by_key_.try_emplace(key, writes_.size());
  if (inserted) writes_.push_back({FoldedWrite::Op::kSet, key, {}, 0});
  *is_new = inserted;
  return writes_[found->second];
}

void BatchFolder::set(std::string_view key, std::string_view value, std::uint64_t expires_at_ms) {
  bool is_new = false;
  FoldedWrite& write = entry(key, &is_new);
  write.op = FoldedWrite::Op::kSet;
  write.value.assign(value);
  write.expires_at_ms = expires_at_ms;
}

void BatchFolder::append(std::string_view key, std::string_view value) {
  bool is_new = false;
  FoldedWrite& write = entry(key, &is_new);
  if (is_new) write.op = FoldedWrite::Op::kAppend;
  // After a removal in the same batch the value begins anew.
  if (write.op == FoldedWrite::Op::kRemove) write.op = FoldedWrite::Op::kSet;
  write.value.append(value);
}

void BatchFolder::remove(std::string_view key) {
  bool is_new = false;
  FoldedWrite& write = entry(key, &is_new);
  write.op = FoldedWrite::Op::kRemove;
  write.value.clear();
  write.expires_at_ms = 0;
}

}  // namespace kvstore
