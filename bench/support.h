// What the benchmarks of this directory share: they end at the first error or wrong answer, since
// a figure of work that failed is none. Any thread may call all of it.
#pragma once

#include <errno.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <fmt/format.h>

namespace bench {

using Clock = std::chrono::steady_clock;

// Says what went wrong on stderr, and ends the program at once with status 1.
[[noreturn]] inline void fail(const std::string& what) {
  std::fprintf(stderr, "%s: %s\n", program_invocation_short_name, what.c_str());
  std::_Exit(1);
}

// Of a Status or Result: fails with its error.
template <class T>
void must(const T& result) {
  if (!result) fail(result.error().message);
}

inline double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// A line of stdout.
inline void print_figure(const std::string& what, const std::string& figure) {
  fmt::print("{:<60} {}\n", what, figure);
  std::fflush(stdout);
}

// Another number for each, the same in each run: splitmix64.
inline std::uint64_t mix(std::uint64_t number) {
  number += 0x9e3779b97f4a7c15U;
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9U;
  number = (number ^ (number >> 27)) * 0x94d049bb133111ebU;
  return number ^ (number >> 31);
}

}  // namespace bench
