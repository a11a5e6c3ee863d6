// What is measured: each workload fills a fresh directory through one peer, notes its rows,
// and checks every answer (fail() ends the program at a wrong one).
#pragma once

#include <string>
#include <vector>

#include "bench/peers/peer.h"
#include "bench/peers/plan.h"
#include "bench/peers/sheet.h"

namespace peers {

struct Workload {
  const char* name;
  bool of_appends;
  void (*run)(Peer& peer, const Plan& plan, const std::string& directory, Sheet& sheet);
};

const std::vector<Workload>& workloads();

}  // namespace peers
