// A sorted set of a million members: changes, ranks, ranges, memory, and the first touch after a
// reopen.
//
//   bench_sorted_set [--members N] [--directory DIR]
//
// prints a line a figure. Scores are random; each ZADD is a write of its own, as a client makes
// it, without a sync. Every answer is checked.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "bench/support.h"
#include "src/sorted_set/sorted_set.h"
#include "src/store/store.h"

using bench::Clock;
using bench::fail;
using bench::must;
using bench::print_figure;
using kvstore::MemberChange;
using kvstore::SortedSet;
using kvstore::Store;

namespace {

struct Arguments {
  std::uint64_t members = 1'000'000;
  std::string directory = ".";
  std::string path() const { return directory + "/bench-sorted-set.bin"; }
};

void must_be(bool right) {
  if (!right) fail("a wrong answer");
}

// By the clock, and by what the processor has given: others may be using it.
struct Stopwatch {
  Clock::time_point begin = Clock::now();
  double cpu_begin = cpu();
  static double cpu() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
  }
  double seconds() const { return std::chrono::duration<double>(Clock::now() - begin).count(); }
  double cpu_seconds() const { return cpu() - cpu_begin; }
};

void tell_rate(const std::string& what, std::uint64_t count, const Stopwatch& watch) {
  print_figure(what + ", k/s / k per CPU second",
               fmt::format("{:.0f} / {:.0f}", static_cast<double>(count) / watch.seconds() / 1e3,
                           static_cast<double>(count) / watch.cpu_seconds() / 1e3));
}

std::uint64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t all = 0, resident = 0, shared = 0;
  statm >> all >> resident >> shared;
  return (resident - shared) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::string name_of(std::uint64_t number) { return fmt::format("member:{:07}", number); }

std::unique_ptr<Store> open(const Arguments& arguments) {
  kvstore::Options options;
  options.sync = kvstore::SyncPolicy::none();
  auto store = Store::open(arguments.path(), options);
  must(store);
  return std::move(*store);
}

// The handler of ZADD asks for the set first, to say what is new.
bool zadd(Store& store, std::string_view name, double score) {
  bool is_new = false;
  must(store.update(
      [&](kvstore::Update& update) -> kvstore::Status {
        const auto set = update.sorted_set("board");
        if (!set) return kvstore::fail(set.error());
        is_new = !*set || !(*set)->score(name);
        const MemberChange change{name, score};
        return update.change_sorted_set("board", {&change, 1});
      },
      false));
  return is_new;
}

void measure_set_alone(const Arguments& arguments, const std::vector<std::string>& names) {
  std::mt19937_64 random(1);
  SortedSet set;
  const std::uint64_t before = resident_bytes();
  const Stopwatch watch;
  for (const std::string& name : names) set.set(name, static_cast<double>(random() >> 20));
  tell_rate("the set alone: set() of new members", arguments.members, watch);
  const double bytes = static_cast<double>(arguments.members * names[0].size());
  const auto each = [&](double all) {
    return (all - bytes) / static_cast<double>(arguments.members);
  };
  print_figure("bytes a member beside its name, as memory() says / resident",
               fmt::format("{:.1f} / {:.1f}", each(static_cast<double>(set.memory())),
                           each(static_cast<double>(resident_bytes() - before))));
}

void measure_writes(Store& store, const Arguments& arguments,
                    const std::vector<std::string>& names) {
  std::mt19937_64 random(2);
  Stopwatch watch;
  for (const std::string& name : names) {
    must_be(zadd(store, name, static_cast<double>(random() >> 20)));
  }
  tell_rate("ZADD of new members, one a write", arguments.members, watch);
  watch = {};
  for (std::uint64_t i = 0; i < arguments.members / 2; ++i) {
    const std::string& name = names[random() % names.size()];
    must_be(!zadd(store, name, static_cast<double>(random() >> 20)));
  }
  tell_rate("ZADD of members that are there", arguments.members / 2, watch);
}

void measure_reads(Store& store, const Arguments& arguments,
                   const std::vector<std::string>& names) {
  std::mt19937_64 random(3);
  const std::uint64_t count = arguments.members;
  std::vector<std::uint64_t> picks(count);
  for (std::uint64_t& pick : picks) pick = random() % names.size();
  const auto set = [&] {
    auto found = store.sorted_set("board");
    must(found);
    return std::move(**found);
  };
  Stopwatch watch;
  for (const std::uint64_t pick : picks) must_be(set().rank(names[pick]).has_value());
  tell_rate("ZRANK", count, watch);
  watch = {};
  for (const std::uint64_t pick : picks) must_be(set().score(names[pick]).has_value());
  tell_rate("ZSCORE", count, watch);
  watch = {};
  for (const std::uint64_t pick : picks) {
    const SortedSet now = set();
    double last = -1;
    unsigned seen = 0;
    for (auto at = now.cursor(pick); at.valid() && seen < 10; at.next(), ++seen) {
      must_be(at.member().score >= last);
      last = at.member().score;
    }
  }
  tell_rate("ZRANGE of 10 at any rank", count, watch);
}

void measure_first_touch(const Arguments& arguments, const std::string& what) {
  const auto store = open(arguments);
  const Stopwatch watch;
  const auto set = store->sorted_set("board");
  must(set);
  const double seconds = watch.seconds(), cpu = watch.cpu_seconds();
  must_be((*set)->size() == arguments.members);
  print_figure("first touch after a reopen, s / CPU s, " + what,
               fmt::format("{:.2f} / {:.2f}", seconds, cpu));
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("A sorted set.");
  app.add_option("--members", arguments.members)->check(CLI::Range(1000ULL, 9'999'999ULL));
  app.add_option("--directory", arguments.directory)->check(CLI::ExistingDirectory);
  CLI11_PARSE(app, argc, argv);
  ::unlink(arguments.path().c_str());
  std::vector<std::string> names;
  for (std::uint64_t i = 0; i < arguments.members; ++i) names.push_back(name_of(i));
  std::shuffle(names.begin(), names.end(), std::mt19937_64(4));
  measure_set_alone(arguments, names);
  {
    const auto store = open(arguments);
    measure_writes(*store, arguments, names);
    measure_reads(*store, arguments, names);
  }
  measure_first_touch(arguments, "as ZADDs left it");
  {
    const auto store = open(arguments);
    must(store->compact({.keep = kvstore::KeepHistory::none()}));
  }
  measure_first_touch(arguments, "compacted");
  ::unlink(arguments.path().c_str());
}
