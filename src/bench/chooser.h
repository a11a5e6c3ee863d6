// Chooses a client's next operation.
#pragma once

#include <optional>

#include "src/bench/key_space.h"
#include "src/bench/plan.h"
#include "src/bench/session.h"
#include "src/bench/zipfian.h"

namespace kvstore::bench {

// Thread rule: one thread, the client's.
class Chooser {
 public:
  Chooser(const Plan& plan, KeySpace& keys, unsigned client);
  Operation next();

 private:
  Action next_action();
  std::uint64_t next_key(std::uint64_t there);
  void set_range(Operation* operation);
  void set_scan(Operation* operation, std::uint64_t there);

  const Plan& plan_;
  const Workload& workload_;
  KeySpace& keys_;
  const unsigned client_;
  const bool grows_;
  Random random_;
  std::optional<Zipfian> zipfian_;
};

}  // namespace kvstore::bench
