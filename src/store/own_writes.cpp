#include "src/store/own_writes.h"

#include <algorithm>
#include <utility>

namespace kvstore {
namespace {

constexpr std::uint64_t kOverhead = 160;  // bytes of memory for each write, besides key and value

}  // namespace

std::uint64_t OwnWrites::memory_of(std::string_view key, std::string_view value) {
  return key.size() + value.size() + kOverhead;
}

void OwnWrites::put(std::string_view key, OwnWrite write) {
  const std::uint64_t added = write.value.size() + write.from.size();
  write.order = next_order_++;
  if (OwnWrite* const before = find(key)) {
    if (before->kind != OwnWrite::Kind::kRemove) write.order = before->order;
    memory_ -= before->value.size() + before->from.size();
    *before = std::move(write);
  } else {
    writes_.emplace(key, std::move(write));
    memory_ += memory_of(key, {});
  }
  memory_ += added;
}

std::vector<const OwnWrites::Map::value_type*> OwnWrites::in_order() const {
  std::vector<const Map::value_type*> writes;
  writes.reserve(writes_.size());
  for (const Map::value_type& one : writes_) writes.push_back(&one);
  std::sort(writes.begin(), writes.end(),
            [](const auto* a, const auto* b) { return a->second.order < b->second.order; });
  return writes;
}

void OwnWrites::extend(OwnWrite& write, std::string_view value) {
  write.value.append(value);
  write.set.reset();
  memory_ += value.size();
}

}  // namespace kvstore
