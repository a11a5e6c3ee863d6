// Histories of transactions of real threads.
#include <algorithm>
#include <latch>
#include <random>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "tests/support/serializability.h"

namespace kvstore::testing {
namespace {

std::string prefix_of(const TransactionWorkload& workload) {
  return fmt::format("k{}.", workload.seed);
}

std::string key_of(const TransactionWorkload& workload, std::uint64_t number) {
  return prefix_of(workload) + std::to_string(number);
}

// One transaction, step by step.
class Recorder {
 public:
  Recorder(const TransactionWorkload& workload, TransactionClient& client, std::mt19937_64& random,
           std::string name)
      : workload_(workload), client_(client), random_(random) {
    done_.name = std::move(name);
  }

  // False: it was refused.
  bool run() {
    const bool reads_only = random_() % 6 == 0;
    client_.begin(reads_only);
    const std::uint64_t steps = 1 + random_() % 4;
    for (std::uint64_t i = 0; i < steps; ++i) {
      step(reads_only, i);
      if (random_() % 2 == 0) std::this_thread::yield();
    }
    // By it the seq is found afterwards. Where nothing was written it is not needed.
    if (!written_.empty()) client_.set(marker_of(done_.name), "");
    return client_.commit() == "ok";
  }
  static std::string marker_of(const std::string& name) { return "txn." + name; }
  CommittedTransaction take() { return std::move(done_); }
  bool has_written() const { return !written_.empty(); }

 private:
  void step(bool reads_only, std::uint64_t number) {
    const std::string key = key_of(workload_, random_() % static_cast<unsigned>(workload_.keys));
    const std::string value = fmt::format("{}.{};", done_.name, number);
    const std::uint64_t percent = random_() % (reads_only ? 60 : 100);
    if (percent < 45) return read(key);
    if (percent < 60) return list();
    if (percent < 80)
      client_.set(key, value);
    else
      client_.append(key, value);
    written_.insert(key);
  }

  // What it has written itself says nothing of others.
  void read(const std::string& key) {
    const std::string answer = client_.get(key);
    if (written_.contains(key)) return;
    done_.reads.push_back(
        {key, answer == "nil" ? std::nullopt : std::optional(answer.substr(1)), false});
  }

  void list() {
    const std::string keys = client_.keys(prefix_of(workload_));
    for (int i = 0; i < workload_.keys; ++i) {
      const std::string key = key_of(workload_, static_cast<std::uint64_t>(i));
      if (written_.contains(key)) continue;
      const bool there = (" " + keys).find(" " + key + " ") != std::string::npos;
      done_.reads.push_back(
          {key, there ? std::optional(std::string("there")) : std::nullopt, true});
    }
  }

  const TransactionWorkload& workload_;
  TransactionClient& client_;
  std::mt19937_64& random_;
  std::set<std::string> written_;
  CommittedTransaction done_;
};

std::vector<KeyVersion> versions_of(Store& store, const std::string& key) {
  std::vector<KeyVersion> versions;
  (void)store.history(key, UINT64_MAX, [&](const Version& version) {
    versions.push_back({version.seq, {}});
    return true;
  });
  std::reverse(versions.begin(), versions.end());
  for (KeyVersion& version : versions) {
    (void)store.get(key, &version.value, At{.seq = version.seq, .time_us = {}});
  }
  return versions;
}

}  // namespace

TransactionHistory record(const TransactionWorkload& workload, const MakeClient& make,
                          Store& store) {
  TransactionHistory history;
  history.threads.resize(static_cast<std::size_t>(workload.threads));
  std::vector<std::uint64_t> conflicts(history.threads.size());
  std::latch start(workload.threads);
  const auto run = [&](std::size_t thread) {
    const auto client = make();
    std::mt19937_64 random(workload.seed * 64 + thread);
    start.arrive_and_wait();
    for (int i = 0; i < workload.transactions; ++i) {
      Recorder recorder(workload, *client, random,
                        fmt::format("{}.{}.{}", workload.seed, thread, i));
      if (recorder.run()) {
        const bool wrote = recorder.has_written();
        history.threads[thread].push_back(recorder.take());
        if (wrote) history.threads[thread].back().seq = UINT64_MAX;  // to be looked up
      } else {
        ++conflicts[thread];
      }
    }
  };
  std::vector<std::thread> running;
  for (std::size_t i = 0; i < history.threads.size(); ++i) running.emplace_back(run, i);
  for (std::thread& thread : running) thread.join();
  for (const std::uint64_t count : conflicts) history.conflicts += count;
  for (auto& thread : history.threads) {
    for (CommittedTransaction& one : thread) {
      if (one.seq == 0) continue;
      const auto info = store.stat(Recorder::marker_of(one.name));
      one.seq = info && *info ? (*info)->seq : 0;
    }
  }
  for (int i = 0; i < workload.keys; ++i) {
    const std::string key = key_of(workload, static_cast<std::uint64_t>(i));
    history.versions[key] = versions_of(store, key);
  }
  return history;
}

}  // namespace kvstore::testing
