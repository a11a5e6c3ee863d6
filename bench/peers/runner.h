// Runs all workloads through all peers, interleaved: in each round every workload goes
// through every peer, each round beginning with another one, so that what the machine does
// in the meantime hits all alike.
#pragma once

#include <memory>
#include <vector>

#include "bench/peers/peer.h"
#include "bench/peers/plan.h"
#include "bench/peers/sheet.h"

namespace peers {

Sheet run(const std::vector<std::unique_ptr<Peer>>& peers, const Plan& plan);

}  // namespace peers
