#include "src/bench/chooser.h"

#include <algorithm>

namespace kvstore::bench {

Chooser::Chooser(const Plan& plan, KeySpace& keys, unsigned client)
    : plan_(plan),
      workload_(*plan.workload),
      keys_(keys),
      client_(client),
      grows_(workload_.inserts()),
      random_(plan.seed * 1'000'003 + client) {
  if (workload_.keys == KeyChoice::kZipfian) zipfian_ = Zipfian::of_ten_billion();
  if (workload_.keys == KeyChoice::kLatest) zipfian_ = Zipfian(plan.keys);
}

Operation Chooser::next() {
  Operation operation{.action = next_action()};
  if (operation.action == Action::kInsert) {
    operation.key = keys_.take(client_);
    return operation;
  }
  const std::uint64_t there = grows_ ? keys_.there() : plan_.keys;
  operation.key = next_key(there);
  if (operation.action == Action::kReadRange) set_range(&operation);
  if (operation.action == Action::kScan) set_scan(&operation, there);
  return operation;
}

Action Chooser::next_action() {
  if (workload_.shares.size() == 1) return workload_.shares[0].action;
  std::uint64_t percent = random_() % 100;
  for (const Share& share : workload_.shares) {
    if (percent < share.percent) return share.action;
    percent -= share.percent;
  }
  return workload_.shares.back().action;
}

std::uint64_t Chooser::next_key(std::uint64_t there) {
  switch (workload_.keys) {
    case KeyChoice::kUniform:
      return random_() % there;
    case KeyChoice::kZipfian:
      return scrambled((*zipfian_)(random_), there);
    case KeyChoice::kLatest:
      zipfian_->grow(there);
      return there - 1 - std::min((*zipfian_)(random_), there - 1);
  }
  return 0;
}

// Chooses a range within the length that the value has for certain: appends only make it longer.
void Chooser::set_range(Operation* operation) {
  const std::uint64_t size = plan_.size * workload_.pieces;
  const std::uint64_t last = size - std::min(size, plan_.range);
  operation->offset = random_() % (last + 1);
  operation->count = plan_.range;
  operation->least = std::min(plan_.range, size);
}

void Chooser::set_scan(Operation* operation, std::uint64_t there) {
  const std::uint64_t lengths = workload_.longest_scan - workload_.shortest_scan + 1;
  operation->count = workload_.shortest_scan + random_() % lengths;
  operation->least = std::min(operation->count, there - operation->key);
}

}  // namespace kvstore::bench
