// Data that is several times larger than the memory of who reads it: one process fills a database,
// another one opens it in a group of bounded memory and GETs keys at random.
#pragma once

#include <memory>
#include <vector>

#include "bench/peers/peer.h"
#include "bench/peers/plan.h"

namespace peers {

// Prints a line for each library. The memory is a quarter of what keys and values take.
void measure_small_memory(const std::vector<std::unique_ptr<Peer>>& peers, const Plan& plan);

}  // namespace peers
