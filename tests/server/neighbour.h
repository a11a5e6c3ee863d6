// A well-behaved client beside an abuse: it must not notice. Every reply it gets
// is checked; how long it waits is measured and printed, for a look, not a test.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "tests/server/fixture.h"

namespace kvstore::test {

// One SET and one GET after the other, until it is told to stop.
class Neighbour {
 public:
  explicit Neighbour(Client client);
  ~Neighbour() { stop(); }
  Neighbour(const Neighbour&) = delete;
  Neighbour& operator=(const Neighbour&) = delete;

  void stop();
  bool has_stopped() const { return stopped_; }  // by itself: a reply was wrong
  // After stop(): the first reply that was wrong; empty if none was.
  const std::string& wrong() const { return wrong_; }
  std::size_t rounds() const { return gets_.size(); }
  std::string figures() const;  // "SET p50 30 p99 80 us, ..."

 private:
  void run();
  std::uint64_t ask(const std::string& request, const std::string& expected);

  Client client_;
  std::atomic<bool> stop_{false}, stopped_{false};
  std::string wrong_;
  std::vector<std::uint64_t> sets_, gets_;  // microseconds
  std::thread thread_;
};

// Bytes of memory that are a process' own, without the mapped file.
std::size_t anonymous_memory(pid_t pid);

}  // namespace kvstore::test
