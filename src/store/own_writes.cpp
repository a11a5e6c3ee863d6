#include "src/store/own_writes.h"

#include <algorithm>
#include <utility>

#include "src/base/check.h"

namespace kvstore {
namespace {

constexpr std::uint64_t kOverhead = 160;  // bytes of memory for each write, besides key and value

std::uint64_t size_of(const OwnWrite& write) { return write.value.size() + write.from.size(); }

}  // namespace

std::uint64_t OwnWrites::memory_of(std::string_view key, std::string_view value) {
  return key.size() + value.size() + kOverhead;
}

void OwnWrites::put(std::string_view key, OwnWrite write) {
  write.order = next_order_++;
  const std::uint64_t added = size_of(write);
  if (has_savepoint_) former_.push_back({writes_.end()});
  auto at = writes_.find(key);
  if (at != writes_.end()) {
    replace(at, std::move(write));
  } else {
    at = writes_.emplace(key, std::move(write)).first;
    memory_ += memory_of(key, {});
  }
  memory_ += added;
  if (has_savepoint_) former_.back().at = at;
}

void OwnWrites::replace(Map::iterator at, OwnWrite write) {
  OwnWrite& before = at->second;
  const std::uint64_t size = size_of(before);
  if (before.kind != OwnWrite::Kind::kRemove && before.type == write.type) {
    write.order = before.order;
  }
  if (has_savepoint_) {
    former_.back().write = std::make_unique<OwnWrite>(std::move(before));
    former_memory_ += size;
  }
  memory_ -= size;
  before = std::move(write);
}

std::vector<const OwnWrites::Map::value_type*> OwnWrites::in_order() const {
  std::vector<const Map::value_type*> writes;
  writes.reserve(writes_.size());
  for (const Map::value_type& one : writes_) writes.push_back(&one);
  std::sort(writes.begin(), writes.end(),
            [](const auto* a, const auto* b) { return a->second.order < b->second.order; });
  return writes;
}

OwnWrite& OwnWrites::find_to_change(std::string_view key) {
  const auto at = writes_.find(key);
  KV_CHECK(at != writes_.end());
  OwnWrite& write = at->second;
  if (has_savepoint_) {
    former_.push_back({at, Shape{write.value.size(), write.expires_ms, write.ttl_ms}});
  }
  return write;
}

void OwnWrites::extend(std::string_view key, std::string_view value) {
  OwnWrite& write = find_to_change(key);
  write.value.append(value);
  write.set.reset();
  memory_ += value.size();
}

void OwnWrites::expire(std::string_view key, std::uint64_t expires_at_ms) {
  OwnWrite& write = find_to_change(key);
  write.expires_ms = expires_at_ms;
  write.ttl_ms = 0;
}

void OwnWrites::clear() {
  ++next_order_;
  former_.clear();
  former_memory_ = 0;
  writes_.clear();
  memory_ = 0;
  cleared_ = true;
}

// --- The savepoint

void OwnWrites::take_back() noexcept {
  ++next_order_;
  for (; !former_.empty(); former_.pop_back()) {
    if (former_.back().at != writes_.end()) take_back(former_.back());
  }
  former_memory_ = 0;
}

void OwnWrites::take_back(Former& former) noexcept {
  OwnWrite& write = former.at->second;
  memory_ -= size_of(write);
  if (former.shape) {
    write.value.resize(former.shape->value_size);
    write.expires_ms = former.shape->expires_ms;
    write.ttl_ms = former.shape->ttl_ms;
    write.set.reset();  // it is rebuilt
  } else if (former.write) {
    write = std::move(*former.write);
  } else {
    memory_ -= memory_of(former.at->first, {});
    writes_.erase(former.at);
    return;
  }
  memory_ += size_of(write);
}

void OwnWrites::release() noexcept {
  has_savepoint_ = false;
  std::vector<Former>().swap(former_);
  former_memory_ = 0;
}

}  // namespace kvstore
