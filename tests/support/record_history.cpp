// Histories of real threads. The clock, not a shared counter, says when an
// operation was called and returned: a counter would order the threads' memory.
#include <chrono>
#include <latch>
#include <random>
#include <thread>

#include <fmt/format.h>

#include "tests/support/linearizability.h"

namespace kvstore::testing {
namespace {

using Kind = Operation::Kind;

std::uint64_t now_ns() {
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
}

Kind kind_of(std::uint64_t percent, bool reads_only) {
  if (reads_only) return percent < 70 ? Kind::kGet : Kind::kLength;
  if (percent < 18) return Kind::kSet;
  if (percent < 24) return Kind::kSetIfAbsent;
  if (percent < 50) return Kind::kAppend;
  if (percent < 62) return Kind::kRemove;
  return percent < 90 ? Kind::kGet : Kind::kLength;
}

}  // namespace

std::string key_name(const Workload& workload, int key) {
  return fmt::format("key{}.{}", workload.seed, key);
}

std::vector<History> record(const Workload& workload,
                            const std::function<std::unique_ptr<Subject>(int thread)>& subject) {
  const auto threads = static_cast<std::size_t>(workload.threads);
  std::vector<History> histories(static_cast<std::size_t>(workload.keys), History(threads));
  std::latch start(workload.threads);
  const auto run = [&](int thread) {
    const auto mine = subject(thread);
    std::mt19937_64 random(workload.seed * kMaxThreads + static_cast<unsigned>(thread));
    start.arrive_and_wait();
    for (int i = 0; i < workload.operations; ++i) {
      const int key = static_cast<int>(random() % static_cast<unsigned>(workload.keys));
      Operation operation;
      operation.kind = kind_of(random() % 100, thread < workload.readers);
      const bool writes = operation.kind != Kind::kGet && operation.kind != Kind::kLength &&
                          operation.kind != Kind::kRemove;
      if (writes) operation.value = fmt::format("{}.{};", thread, i);
      operation.called = now_ns();
      operation.answer = mine->run(key_name(workload, key), operation);
      operation.returned = now_ns();
      histories[static_cast<std::size_t>(key)][static_cast<std::size_t>(thread)].push_back(
          std::move(operation));
    }
  };
  std::vector<std::thread> running;
  for (int thread = 0; thread < workload.threads; ++thread) running.emplace_back(run, thread);
  for (std::thread& thread : running) thread.join();
  return histories;
}

}  // namespace kvstore::testing
