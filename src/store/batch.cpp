#include <algorithm>

#include "src/store/store.h"

namespace kvstore {

void Batch::set(std::string_view key, std::string_view value, std::uint64_t expires_at_ms,
                ValueType type) {
  entries_.push_back({Op::kSet, std::string(key), std::string(value), expires_at_ms, type});
}

void Batch::append(std::string_view key, std::string_view value, ValueType type) {
  entries_.push_back({Op::kAppend, std::string(key), std::string(value), 0, type});
}

void Batch::remove(std::string_view key) {
  entries_.push_back({Op::kRemove, std::string(key), {}, 0, ValueType::kNone});
}

void Batch::clear() {
  entries_.clear();
  clears_ = true;
}

bool Batch::only_removes() const {
  return std::all_of(entries_.begin(), entries_.end(),
                     [](const Entry& entry) { return entry.op == Op::kRemove; });
}

}  // namespace kvstore
