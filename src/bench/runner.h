// Runs measurements on a target: loads the keys, runs the clients, and removes the keys.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "src/base/status.h"
#include "src/bench/plan.h"
#include "src/bench/session.h"

namespace kvstore::bench {

struct Watch {
  // Called several times a second on the caller's thread. True ends the measurement early.
  std::function<bool()> wants_end = [] { return false; };
  // Called at the same times: `what` is "loading" or the workload's name.
  std::function<void(const Plan& plan, std::string_view what, std::uint64_t operations,
                     double seconds)>
      on_progress = [](const Plan&, std::string_view, std::uint64_t, double) {};
};

// Errors: those that prevented the start (kNetwork, kFull, ...) or the loading of the keys;
// kSkipped if
// the loading was ended early. Later errors are counted in the result. Takes one thread, and with a
// server one connection, for each client.
Result<Measured> measure(Target& target, const Plan& plan, const Watch& watch);

}  // namespace kvstore::bench
