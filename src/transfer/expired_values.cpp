#include "src/transfer/expired_values.h"

#include <utility>

namespace kvstore::transfer {

void ExpiredValues::put(std::string_view key, Value value) {
  remove(key);
  bytes_ += key.size() + value.bytes.size();
  values_.emplace(std::string(key), std::move(value));
}

void ExpiredValues::append(std::string_view key, std::string_view bytes) {
  values_.find(key)->second.bytes += bytes;
  bytes_ += bytes.size();
}

void ExpiredValues::remove(std::string_view key) {
  const auto found = values_.find(key);
  if (found == values_.end()) return;
  bytes_ -= found->first.size() + found->second.bytes.size();
  values_.erase(found);
}

Status ExpiredValues::take_all(
    const std::function<Status(std::string_view key, const Value&)>& take) {
  for (const auto& [key, value] : values_) KV_TRY(take(key, value));
  values_.clear();
  bytes_ = 0;
  return {};
}

}  // namespace kvstore::transfer
