// Counts what threads do in a while.
#pragma once

#include <algorithm>
#include <barrier>
#include <chrono>
#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

namespace peers {

using Clock = std::chrono::steady_clock;

inline double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

struct Pace {
  std::uint64_t count;       // operations of a thread, at most
  double seconds = 1e9;      // stops then
  std::uint64_t every = 64;  // operations between two looks at the clock
};

struct Share {
  std::uint64_t done = 0;
  Clock::time_point begin, end;
};

// From the first thread's start to the last one's end.
inline double elapsed(const std::vector<Share>& shares) {
  Clock::time_point begin = shares.front().begin, end = shares.front().end;
  for (const Share& share : shares) {
    begin = std::min(begin, share.begin);
    end = std::max(end, share.end);
  }
  return std::chrono::duration<double>(end - begin).count();
}

// make_op(thread) is called in each thread, before the start, and gives what is called
// with 0, 1, 2, ... Returns what each thread did, and how long all took.
template <class MakeOp>
std::pair<std::vector<Share>, double> run_threads(int threads, const Pace& pace, MakeOp make_op) {
  std::vector<Share> shares(static_cast<std::size_t>(threads));
  std::barrier ready(threads + 1);
  std::vector<std::thread> running;
  for (int thread = 0; thread < threads; ++thread) {
    running.emplace_back([&, thread] {
      auto op = make_op(thread);
      ready.arrive_and_wait();
      Share share;
      share.begin = Clock::now();
      while (share.done < pace.count && seconds_since(share.begin) < pace.seconds) {
        const std::uint64_t stop = std::min(pace.count, share.done + pace.every);
        while (share.done < stop) op(share.done++);
      }
      share.end = Clock::now();
      shares[static_cast<std::size_t>(thread)] = share;
    });
  }
  ready.arrive_and_wait();
  for (std::thread& thread : running) thread.join();
  return {shares, elapsed(shares)};
}

// Operations a second of all threads together.
template <class MakeOp>
double rate(int threads, const Pace& pace, MakeOp make_op) {
  const auto [shares, seconds] = run_threads(threads, pace, make_op);
  std::uint64_t done = 0;
  for (const Share& share : shares) done += share.done;
  return static_cast<double>(done) / seconds;
}

}  // namespace peers
