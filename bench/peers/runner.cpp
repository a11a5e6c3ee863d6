#include "bench/peers/runner.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "bench/peers/data.h"
#include "bench/peers/workload.h"
#include "bench/warm_memory.h"

namespace peers {
namespace {

// Removed when the program ends, by fail() too.
std::string& scratch_root() {
  static std::string root;
  return root;
}

void make_scratch_root(const Plan& plan) {
  std::string name = plan.directory + "/bench-peers-XXXXXX";
  if (!mkdtemp(name.data())) fail("cannot create a directory in " + plan.directory);
  scratch_root() = name;
  std::atexit([] {
    std::error_code ignored;
    std::filesystem::remove_all(scratch_root(), ignored);
  });
}

void run_one(Peer& peer, const Workload& workload, const Plan& plan, Sheet& sheet) {
  const std::string directory = scratch_root() + "/data";
  std::filesystem::create_directory(directory);
  if (plan.scale >= 0.5) bench::warm_memory(std::size_t{1536} << 20);
  workload.run(peer, plan, directory, sheet);
  std::filesystem::remove_all(directory);
}

}  // namespace

Sheet run(const std::vector<std::unique_ptr<Peer>>& peers, const Plan& plan) {
  make_scratch_root(plan);
  Sheet sheet;
  for (int round = 0; round < plan.rounds; ++round) {
    for (const Workload& workload : workloads()) {
      if (!plan.workload.empty() && plan.workload != workload.name) continue;
      for (std::size_t i = 0; i < peers.size(); ++i) {
        Peer& peer = *peers[(i + static_cast<std::size_t>(round)) % peers.size()];
        if (peer.appends_only() && !workload.of_appends) continue;
        std::fprintf(stderr, "round %d of %d, %s: %s\n", round + 1, plan.rounds, workload.name,
                     peer.name().c_str());
        run_one(peer, workload, plan, sheet);
      }
    }
  }
  return sheet;
}

}  // namespace peers
