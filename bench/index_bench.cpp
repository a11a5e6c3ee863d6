// The index at any size: filling, sealing and merging, opening, look-ups, ranges, memory.
//
//   bench_index [--keys N] [--value-size B] [--memory SIZE] [--directory DIR]
//
// prints a line a figure. Keys are 16 random bytes. Every answer is checked.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "bench/support.h"
#include "bench/warm_memory.h"
#include "src/store/iterator.h"
#include "src/store/store.h"

using bench::Clock;
using bench::fail;
using bench::mix;
using bench::must;
using bench::print_figure;
using bench::seconds_since;
using kvstore::Store;

namespace {

struct Arguments {
  std::uint64_t keys = 10'000'000;
  std::size_t value_size = 100;
  std::uint64_t memory = kvstore::kDefaultMemory;
  std::string directory = ".";
  std::string path() const { return directory + "/bench-index.bin"; }
};

struct Key {
  std::uint64_t words[2];
  explicit Key(std::uint64_t number) : words{mix(2 * number), mix(2 * number + 1)} {}
  operator std::string_view() const { return {reinterpret_cast<const char*>(words), sizeof words}; }
};

// The value of a key: the key's own bytes again and again.
void fill_value(std::string_view key, std::string* value) {
  for (std::size_t i = 0; i < value->size(); i += key.size()) {
    std::memcpy(&(*value)[i], key.data(), std::min(key.size(), value->size() - i));
  }
}

// Whether it is that: as long, begun by the key, and the same again after each length of it. Looks
// at every byte, and costs little beside what is measured.
bool is_value_of(std::string_view key, std::string_view value, std::size_t size) {
  if (value.size() != size) return false;
  const std::size_t first = std::min(size, key.size());
  if (std::memcmp(value.data(), key.data(), first) != 0) return false;
  return std::memcmp(value.data(), value.data() + first, size - first) == 0;
}

double anonymous_mib() {
  std::ifstream status("/proc/self/status");
  std::string word;
  double kib = 0;
  while (status >> word) {
    if (word == "RssAnon:") status >> kib;
  }
  return kib / 1024;
}

std::unique_ptr<Store> open(const Arguments& arguments) {
  kvstore::Options options;
  options.sync = kvstore::SyncPolicy::none();
  options.memory = arguments.memory;
  auto opened = Store::open(arguments.path(), options);
  must(opened);
  return std::move(*opened);
}

// How many took how long: by nanoseconds up to 1 us, then by classes 1/16 apart.
class Latencies {
 public:
  void add(std::uint64_t ns) {
    ++counts_[slot_of(ns)];
    ++total_;
    longest_ = std::max(longest_, ns);
  }
  double us(double part) const {
    std::uint64_t left = static_cast<std::uint64_t>(static_cast<double>(total_) * part);
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      if (left < counts_[i]) return static_cast<double>(ns_of(i)) / 1e3;
      left -= counts_[i];
    }
    return static_cast<double>(longest_) / 1e3;
  }
  double longest_us() const { return static_cast<double>(longest_) / 1e3; }

 private:
  static std::size_t slot_of(std::uint64_t ns) {
    if (ns < 16) return ns;
    const unsigned bits = static_cast<unsigned>(std::bit_width(ns)) - 5;
    return (bits + 1) * 16 + ((ns >> bits) - 16);
  }
  static std::uint64_t ns_of(std::size_t slot) {
    if (slot < 16) return slot;
    return (slot % 16 + 16) << (slot / 16 - 1);
  }
  std::vector<std::uint64_t> counts_ = std::vector<std::uint64_t>(1024);
  std::uint64_t total_ = 0, longest_ = 0;
};

// What the records of so many keys need of the page cache, as far as a small machine has it.
void warm_memory(std::uint64_t keys, const Arguments& arguments) {
  constexpr std::uint64_t kRecord = 80;  // without the value, and with its share of the index
  constexpr std::uint64_t kMost = std::uint64_t{4} << 30;
  bench::warm_memory(std::min(keys * (arguments.value_size + kRecord), kMost));
}

void fill(const Arguments& arguments) {
  warm_memory(arguments.keys, arguments);
  auto store = open(arguments);
  std::string value(arguments.value_size, '\0');
  Latencies latencies;
  std::vector<std::uint64_t> runs;
  const Clock::time_point begin = Clock::now();
  Clock::time_point last = begin;
  for (std::uint64_t i = 0; i < arguments.keys; ++i) {
    const Key key(i);
    fill_value(key, &value);
    must(store->set(key, value));
    const Clock::time_point now = Clock::now();
    latencies.add(static_cast<std::uint64_t>((now - last).count()));
    last = now;
    if (i % (arguments.keys / 100 + 1) == 0) runs.push_back(store->stats().index_runs);
  }
  const double seconds = seconds_since(begin);
  print_figure("fill, sealing and merging meanwhile, M/s",
               fmt::format("{:.2f}", static_cast<double>(arguments.keys) / seconds / 1e6));
  print_figure(
      "SET p50 / p99 / p99.9 / p99.99 / longest, us",
      fmt::format("{:.1f} / {:.1f} / {:.1f} / {:.0f} / {:.0f}", latencies.us(.5), latencies.us(.99),
                  latencies.us(.999), latencies.us(.9999), latencies.longest_us()));
  std::sort(runs.begin(), runs.end());
  print_figure("runs during the fill, median / most",
               fmt::format("{} / {}", runs[runs.size() / 2], runs.back()));
  print_figure("anonymous memory at its end, MiB", fmt::format("{:.1f}", anonymous_mib()));
  const Clock::time_point closing = Clock::now();
  const kvstore::Stats stats = store->stats();
  must(store->close());
  print_figure("close, ms", fmt::format("{:.1f}", seconds_since(closing) * 1e3));
  print_figure("seals / merges / checkpoints / writes slowed",
               fmt::format("{} / {} / {} / {}", stats.index_seals, stats.index_merges,
                           stats.checkpoints, stats.writes_slowed));
  print_figure("index bytes written a key, at the end of the fill",
               fmt::format("{:.1f}", static_cast<double>(stats.index_written) /
                                         static_cast<double>(arguments.keys)));
}

constexpr std::uint64_t kKilled = 200'000;  // keys of the process that is killed

// Another process adds some keys and is killed.
void kill_a_writer(const Arguments& arguments) {
  const pid_t child = ::fork();
  if (child == 0) {
    auto store = open(arguments);
    std::string value(arguments.value_size, '\0');
    for (std::uint64_t i = 0; i < kKilled; ++i) {
      const Key key(i);
      fill_value(key, &value);
      must(store->set(key, value));
    }
    std::_Exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (status != 0) fail("the writer to be killed ended otherwise");
}

std::unique_ptr<Store> reopen(const Arguments& arguments, const char* how) {
  std::string value;
  const Clock::time_point begin = Clock::now();
  auto store = open(arguments);
  const auto found = store->get(Key(arguments.keys / 2), &value);
  const double ms = seconds_since(begin) * 1e3;
  must(found);
  if (!*found) fail("a key is missing");
  print_figure(fmt::format("open {}, a first GET included, ms", how), fmt::format("{:.2f}", ms));
  return store;
}

// M/s of `step`, for about two seconds.
template <class Step>
double rate(Step step) {
  const Clock::time_point begin = Clock::now();
  std::uint64_t done = 0;
  while (done % 1024 != 0 || seconds_since(begin) < 2) step(done++);
  return static_cast<double>(done) / seconds_since(begin) / 1e6;
}

void look_up(Store& store, const Arguments& arguments) {
  std::string value;
  const auto get = [&](std::uint64_t i) {
    const Key key(mix(i) % arguments.keys);
    const auto found = store.get(key, &value);
    must(found);
    if (!*found || !is_value_of(key, value, arguments.value_size)) fail("a GET answers wrongly");
  };
  const auto absent = [&](std::uint64_t i) {
    const auto found = store.get(Key(arguments.keys + mix(i) % (1 << 30)), &value);
    must(found);
    if (*found) fail("a key is there that was never written");
  };
  rate(get);  // the page tables
  print_figure("GET, M/s", fmt::format("{:.2f}", rate(get)));
  print_figure("GET absent, M/s", fmt::format("{:.2f}", rate(absent)));
}

double ranges(Store& store, const Arguments& arguments) {
  return rate([&](std::uint64_t i) {
    Key from(mix(i));
    auto walk = store.iterator({});
    must(walk);
    std::uint64_t left = 100;
    for ((*walk)->seek(from); left > 0 && (*walk)->valid(); (*walk)->next(), --left) {
      const auto value = (*walk)->value();
      must(value);
      if (!is_value_of((*walk)->key(), *value, arguments.value_size)) {
        fail("a range answers wrongly");
      }
    }
    must((*walk)->status());
  });
}

void walk_all(Store& store, const Arguments& arguments, bool keys_only) {
  kvstore::IteratorOptions options;
  options.keys_only = keys_only;
  auto walk = store.iterator(options);
  must(walk);
  std::uint64_t count = 0, bytes = 0;
  const Clock::time_point begin = Clock::now();
  for ((*walk)->first(); (*walk)->valid(); (*walk)->next(), ++count) {
    bytes += (*walk)->key().size();
    if (!keys_only) bytes += (*(*walk)->value()).size();
  }
  const double seconds = seconds_since(begin);
  must((*walk)->status());
  if (count != arguments.keys || bytes == 0) fail("a walk has another number of keys");
  print_figure(keys_only ? "all keys in order, M/s" : "all keys and values in order, M/s",
               fmt::format("{:.2f}", static_cast<double>(count) / seconds / 1e6));
}

// Ranges while another thread sets so many keys a second.
void ranges_beside_writer(Store& store, const Arguments& arguments) {
  constexpr int kEveryMs = 100;  // SETs a millisecond: 100,000 a second
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    std::string value(arguments.value_size, '\0');
    Clock::time_point next = Clock::now();
    for (std::uint64_t i = 0; !stop; next += std::chrono::milliseconds(1)) {
      for (int n = 0; n < kEveryMs; ++n, ++i) {
        const Key key(mix(i) % arguments.keys);
        fill_value(key, &value);
        must(store.set(key, value));
      }
      std::this_thread::sleep_until(next);
    }
  });
  const double figure = ranges(store, arguments);
  stop = true;
  writer.join();
  print_figure("100-key ranges beside 100,000 SET/s, k/s", fmt::format("{:.1f}", figure * 1e3));
}

void read_all(Store& store, const Arguments& arguments) {
  look_up(store, arguments);
  walk_all(store, arguments, true);
  walk_all(store, arguments, false);
  print_figure("100-key ranges, keys and values, k/s",
               fmt::format("{:.1f}", ranges(store, arguments) * 1e3));
  const kvstore::Stats stats = store.stats();
  const double keys = static_cast<double>(arguments.keys);
  print_figure("runs / entries in them",
               fmt::format("{} / {}", stats.index_runs, stats.index_sealed_keys));
  print_figure("index in the file, bytes a key",
               fmt::format("{:.1f}", static_cast<double>(stats.index_file_bytes) / keys));
  print_figure("index in memory / anonymous memory, MiB",
               fmt::format("{:.1f} / {:.1f}", static_cast<double>(stats.index_bytes) / 1048576,
                           anonymous_mib()));
  ranges_beside_writer(store, arguments);
}

// The 99th percentile of a SET, in microseconds, until `stop`; paced, so that waiting shows.
double p99_of_sets(Store& store, const Arguments& arguments, const std::atomic<bool>& stop) {
  std::vector<double> times;
  std::string value(arguments.value_size, '\0');
  for (std::uint64_t i = 0; !stop && times.size() < 20'000'000; ++i) {
    const Key key(mix(i) % arguments.keys);
    fill_value(key, &value);
    const Clock::time_point begin = Clock::now();
    must(store.set(key, value));
    times.push_back(seconds_since(begin) * 1e6);
    if (i % 32 == 0) std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  const std::size_t at = times.size() / 100 * 99;
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(at), times.end());
  return times[at];
}

// SETs alone for a while, then beside the compaction.
void compact(const Arguments& arguments) {
  kvstore::Options options;
  options.sync = kvstore::SyncPolicy::none();
  options.memory = arguments.memory;
  auto store = Store::open(arguments.path(), options);
  must(store);
  std::atomic<bool> stop{false};
  std::thread timer([&] {
    std::this_thread::sleep_for(std::chrono::seconds(3));
    stop = true;
  });
  const double alone = p99_of_sets(**store, arguments, stop);
  timer.join();
  stop = false;
  double beside = 0;
  std::thread writer([&] { beside = p99_of_sets(**store, arguments, stop); });
  const Clock::time_point begin = Clock::now();
  must((*store)->compact({.keep = kvstore::KeepHistory::none()}));
  const double seconds = seconds_since(begin);
  stop = true;
  writer.join();
  const kvstore::CompactionStatus status = (*store)->compaction_status();
  print_figure("compaction, s / M keys/s / MB/s written",
               fmt::format("{:.1f} / {:.2f} / {:.0f}", seconds,
                           static_cast<double>(status.keys) / seconds / 1e6,
                           static_cast<double>(status.written) / seconds / 1e6));
  print_figure(
      "file before / after, bytes a key",
      fmt::format("{:.0f} / {:.0f}",
                  static_cast<double>(status.old_size) / static_cast<double>(arguments.keys),
                  static_cast<double>(status.new_size) / static_cast<double>(arguments.keys)));
  print_figure("SET p99 alone / while compacting, us",
               fmt::format("{:.1f} / {:.1f}", alone, beside));
  // What was written meanwhile is not in the order of the keys yet.
  must((*store)->compact({.keep = kvstore::KeepHistory::none()}));
  must((*store)->close());
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("The index at any size.");
  app.add_option("--keys", arguments.keys)->check(CLI::Range(1000ULL, 1'000'000'000ULL));
  app.add_option("--value-size", arguments.value_size)->check(CLI::Range(16, 65536));
  app.add_option("--memory", arguments.memory)->transform(CLI::AsSizeValue(false));
  app.add_option("--directory", arguments.directory)->check(CLI::ExistingDirectory);
  CLI11_PARSE(app, argc, argv);
  ::unlink(arguments.path().c_str());
  fill(arguments);
  read_all(*reopen(arguments, "after a clean close"), arguments);
  compact(arguments);
  read_all(*reopen(arguments, "after a compaction"), arguments);
  kill_a_writer(arguments);
  warm_memory(kKilled, arguments);
  must(reopen(arguments, "after kill -9")->close());
  ::unlink(arguments.path().c_str());
}
