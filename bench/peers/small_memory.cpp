#include "bench/peers/small_memory.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <string>

#include "bench/peers/data.h"
#include "bench/peers/machine.h"
#include "bench/peers/memory_group.h"
#include "bench/peers/stopwatch.h"

namespace peers {
namespace {

constexpr std::uint64_t kTimesLarger = 4;
constexpr double kWarmShare = 0.5;  // of the seconds, before what is measured

// In a process of its own: a library that was open in this one would leave its threads and its
// memory behind.
template <class Work>
void in_child(const Work& work) {
  std::fflush(nullptr);
  const pid_t child = fork();
  must(child >= 0, "cannot fork");
  if (child == 0) {
    work();
    std::fflush(nullptr);
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  must(WIFEXITED(status) && WEXITSTATUS(status) == 0, "a library's process did not end well");
}

void fill(Peer& peer, const Setup& setup, const Plan& plan) {
  peer.open(setup);
  for (std::uint64_t i = 0; i < plan.keys(); ++i) {
    const Key key = make_key(i);
    peer.set(key, value_of(key));
  }
  peer.commit();
  peer.prepare_reads();
  peer.close();
}

double get(Peer& peer, const Plan& plan, double seconds, std::uint64_t seed) {
  return rate(1, {plan.keys(), seconds}, [&](int) {
    return [&, reader = std::shared_ptr<Reader>(peer.reader()),
            value = std::string()](std::uint64_t i) mutable {
      const Key key = make_key(mix(seed + i) % plan.keys());
      must(reader->get(key, &value) && value == value_of(key), "a GET answered wrongly");
    };
  });
}

void read(Peer& peer, const Setup& setup, const Plan& plan, const MemoryGroup& group) {
  group.join();
  const Clock::time_point begin = Clock::now();
  peer.open(setup);
  const double opened = seconds_since(begin);
  get(peer, plan, plan.seconds * kWarmShare, 0);
  const double gets = get(peer, plan, plan.seconds, plan.keys());
  std::printf(
      "%-24s %10.0f GET/s   open %8.1f ms   anonymous %7.1f MiB   at most %7.1f MiB   file %7.1f "
      "MiB\n",
      peer.name().c_str(), gets, opened * 1e3, anonymous_memory() / 1048576,
      static_cast<double>(group.peak()) / 1048576, disk_usage(setup.directory) / 1048576);
  _exit((std::fflush(nullptr), 0));  // closing is not measured, and may take more memory
}

}  // namespace

void measure_small_memory(const std::vector<std::unique_ptr<Peer>>& peers, const Plan& plan) {
  const std::uint64_t data = plan.keys() * (kKeySize + plan.value_size);
  const std::uint64_t limit = data / kTimesLarger;
  std::printf("%llu keys, %.0f MiB of keys and values; memory, page cache included: %.0f MiB\n",
              static_cast<unsigned long long>(plan.keys()), static_cast<double>(data) / 1048576,
              static_cast<double>(limit) / 1048576);
  for (const auto& peer : peers) {
    if (peer->appends_only()) continue;
    const Setup setup{.directory = plan.directory + "/small-memory", .cache = limit / 4};
    std::filesystem::remove_all(setup.directory);
    std::filesystem::create_directory(setup.directory);
    in_child([&] { fill(*peer, setup, plan); });
    ::sync();
    drop_from_page_cache(setup.directory);
    const MemoryGroup group(limit);
    in_child([&] { read(*peer, setup, plan, group); });
    std::filesystem::remove_all(setup.directory);
  }
}

}  // namespace peers
