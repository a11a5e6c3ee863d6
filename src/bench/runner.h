// Carries out measurements on a target: fills it, has the clients run, and takes the keys away.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "src/base/status.h"
#include "src/bench/plan.h"
#include "src/bench/session.h"

namespace kvstore::bench {

struct Watch {
  // Asked several times a second, on the caller's thread. True ends the measurement early.
  std::function<bool()> wants_end = [] { return false; };
  // Told then: what is going on ("loading", or the workload's name), and how far it is.
  std::function<void(const Plan& plan, std::string_view what, std::uint64_t operations,
                     double seconds)>
      on_progress = [](const Plan&, std::string_view, std::uint64_t, double) {};
};

// Errors: what made it impossible to begin (kNetwork, kFull, ...), or to load the keys; kSkipped
// if it was ended while it loaded. What goes wrong later is counted in the result. Takes a thread
// and, of a server, a connection a client.
Result<Measured> measure(Target& target, const Plan& plan, const Watch& watch);

}  // namespace kvstore::bench
