#include "src/bench/session.h"

#include <fmt/format.h>

namespace kvstore::bench {
namespace {

Error wrong(const Payload& payload, std::uint64_t number, std::string_view what) {
  std::string key;
  payload.key(number, &key);
  return {Code::kCorrupt, fmt::format("key {} {}", key, what), ""};
}

}  // namespace

std::optional<Error> check_value(const Payload& payload, const Operation& operation, bool found,
                                 std::string_view value) {
  if (!found) return wrong(payload, operation.key, "is missing");
  const bool is_range = operation.action == Action::kReadRange;
  const bool has_size = is_range
                            ? value.size() >= operation.least && value.size() <= operation.count
                            : !value.empty() && value.size() % payload.size() == 0;
  if (!has_size) {
    return wrong(payload, operation.key, fmt::format("has a value of {} bytes", value.size()));
  }
  if (!payload.matches(operation.key, is_range ? operation.offset : 0, value)) {
    return wrong(payload, operation.key, "has not the value that was written");
  }
  return std::nullopt;
}

void ScanCheck::take(std::string_view key, std::string_view value) {
  bytes_ += value.size();
  const auto number = payload_.number_of(key);
  if (failure_) return;
  if (!number || *number < operation_.key || (last_ && *number <= *last_)) {
    failure_ = wrong(payload_, operation_.key, "begins a scan that is not in order");
    return;
  }
  last_ = number;
  ++keys_;
  failure_ = check_value(payload_, {.key = *number}, true, value);
}

std::optional<Error> ScanCheck::finish() {
  if (failure_) return failure_;
  if (keys_ >= operation_.least && keys_ <= operation_.count) return std::nullopt;
  return wrong(payload_, operation_.key, fmt::format("begins a scan of {} keys", keys_));
}

}  // namespace kvstore::bench
