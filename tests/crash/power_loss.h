// Power loss, simulated: a random workload on a simulated disk, crashes at and
// between its syncs and inside the recovery from them, and an oracle that knows
// what was acknowledged. The promise it checks, of every state:
//
//   the file opens; what was acknowledged is there; nothing is there that was
//   not written; what is there is a prefix of what was written, batches whole;
//   and it takes new writes, which survive the next crash.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace kvstore::testing {

// Bugs that can be planted, to see that the harness finds them.
struct Planted {
  bool skip_syncs = false;       // the disk says it synced and did not
  bool split_batches = false;    // batches are written as single records
  bool forge_checksums = false;  // torn values pass for valid ones
};

struct CrashRun {
  std::uint64_t states = 0;  // crash states built and checked
  std::optional<std::string> violation;
};

// One workload from one seed. Stops at the first violation.
CrashRun run_power_loss(std::uint64_t seed, const Planted& planted = {});

}  // namespace kvstore::testing
