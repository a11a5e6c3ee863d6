#include "src/base/spinning_mutex.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

using kvstore::SpinningMutex;

namespace {

// 'S' of a thread that sleeps, 'R' of one that would run.
char state_of(int thread) {
  std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/stat");
  std::string line;
  std::getline(file, line);
  return line.at(line.rfind(')') + 2);
}

}  // namespace

TEST_CASE("a spinning mutex is held by one thread at a time") {
  constexpr int kThreads = 16, kTimes = 5000;
  SpinningMutex mutex;
  int count = 0;  // not atomic
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < kTimes; ++j) {
        const std::lock_guard lock(mutex);
        ++count;
        if (j % 100 == 0) std::this_thread::yield();  // as if preempted with it
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(count == kThreads * kTimes);
}

TEST_CASE("whoever waits long for a spinning mutex sleeps, and gets it") {
  SpinningMutex mutex;
  std::atomic<int> waits{0};
  std::atomic<bool> has_it{false};
  mutex.lock();
  std::thread waiter([&] {
    waits = static_cast<int>(::syscall(SYS_gettid));
    const std::lock_guard lock(mutex);
    has_it = true;
  });
  while (waits == 0) std::this_thread::yield();
  while (state_of(waits) != 'S') std::this_thread::yield();
  CHECK_FALSE(has_it);
  mutex.unlock();
  waiter.join();
  CHECK(has_it);
}
