// What a compaction makes of values that were grown by appends, and what it costs beside reads.
//
//   bench_compaction [--keys N] [--directory DIR]
//
// prints a line a figure, first of the log as it was written, then of the compacted one. Values
// grow in turns, so that no two pieces of one stand beside each other. Every answer is checked.
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "bench/support.h"
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
  std::uint64_t keys = 5'000'000;
  std::string directory = ".";
  std::string path() const { return directory + "/bench-compaction.bin"; }
};

// Values that are grown by appends of `piece` bytes up to `size`.
struct Grown {
  const char* name;
  std::uint64_t values, size, piece;
};
constexpr Grown kOfSmall{"small", 1'000, 100'000, 100};
constexpr Grown kOfLarge{"large", 400, 1 << 20, 4096};

std::vector<std::string> keys_of(const Grown& grown) {
  std::vector<std::string> keys;
  for (std::uint64_t i = 0; i < grown.values; ++i) {
    keys.push_back(fmt::format("{}:{:05}", grown.name, i));
  }
  return keys;
}
std::string key_of(std::uint64_t number) { return fmt::format("{:016x}", mix(number)); }

// Byte `at` of every value: any stretch of one can be checked.
char byte_of(std::uint64_t at) { return static_cast<char>('a' + at / 7 % 26); }

void grow(Store& store, const Grown& grown) {
  const std::vector<std::string> keys = keys_of(grown);
  std::string piece(grown.piece, '\0');
  for (std::uint64_t at = 0; at < grown.size; at += grown.piece) {
    for (std::uint64_t i = 0; i < grown.piece; ++i) piece[i] = byte_of(at + i);
    for (const std::string& key : keys) must(store.append(key, piece));
  }
}

std::unique_ptr<Store> open(const Arguments& arguments) {
  kvstore::Options options;
  options.sync = kvstore::SyncPolicy::none();
  auto opened = Store::open(arguments.path(), options);
  must(opened);
  return std::move(*opened);
}

void fill(const Arguments& arguments) {
  auto store = open(arguments);
  grow(*store, kOfSmall);
  grow(*store, kOfLarge);
  for (std::uint64_t i = 0; i < arguments.keys; ++i) {
    must(store->set(key_of(i), std::string(84, 'v') + key_of(i)));
  }
  must(store->close());
}

// A second's worth of `step`, after one that nobody looks at.
template <class Step>
double rate(Step step) {
  double figure = 0;
  for (int round = 0; round < 2; ++round) {
    const Clock::time_point begin = Clock::now();
    std::uint64_t done = 0;
    while (done % 64 != 0 || seconds_since(begin) < 1) step(done++);
    figure = static_cast<double>(done) / seconds_since(begin);
  }
  return figure;
}

void check(const std::string& value, std::uint64_t begin, std::uint64_t size) {
  const bool right =
      value.size() == size &&
      (size == 0 || (value.front() == byte_of(begin) && value.back() == byte_of(begin + size - 1)));
  if (!right) fail("a read answers wrongly");
}

void read_whole(Store& store, const Grown& grown, const char* when) {
  const std::vector<std::string> keys = keys_of(grown);
  std::string value;
  const double values = rate([&](std::uint64_t i) {
    const auto found = store.get(keys[mix(i) % grown.values], &value);
    must(found);
    check(value, 0, (grown.size + grown.piece - 1) / grown.piece * grown.piece);
  });
  print_figure(fmt::format("{}: whole values of {} B from appends of {} B, GB/s", when, grown.size,
                           grown.piece),
               fmt::format("{:.2f}", values * static_cast<double>(grown.size) / 1e9));
}

void read_parts(Store& store, const Grown& grown, const char* when) {
  constexpr std::uint64_t kPart = 256;
  const std::vector<std::string> keys = keys_of(grown);
  std::string value;
  const double reads = rate([&](std::uint64_t i) {
    const std::uint64_t at = mix(i) % (grown.size - kPart);
    must(store.read(keys[mix(~i) % grown.values], static_cast<std::int64_t>(at), kPart, &value));
    check(value, at, kPart);
  });
  print_figure(
      fmt::format("{}: READ {} B of values from appends of {} B, M/s", when, kPart, grown.piece),
      fmt::format("{:.2f}", reads / 1e6));
}

void read(Store& store, const char* when) {
  read_whole(store, kOfSmall, when);
  read_whole(store, kOfLarge, when);
  read_parts(store, kOfSmall, when);
  read_parts(store, kOfLarge, when);
}

void get(Store& store, const Arguments& arguments, std::uint64_t i, std::string* value) {
  const std::string key = key_of(mix(i) % arguments.keys);
  const auto found = store.get(key, value);
  must(found);
  if (!*found || value->compare(84, std::string::npos, key) != 0) fail("a GET answers wrongly");
}

// GETs alone, then until the compaction is done.
void compact(Store& store, const Arguments& arguments) {
  std::string value;
  const double alone = rate([&](std::uint64_t i) { get(store, arguments, i, &value); });
  std::atomic<bool> is_done{false};
  double seconds = 0;
  std::thread compaction([&] {
    const Clock::time_point begin = Clock::now();
    must(store.compact({.keep = kvstore::KeepHistory::none()}));
    seconds = seconds_since(begin);
    is_done = true;
  });
  std::uint64_t gets = 0;
  const Clock::time_point begin = Clock::now();
  while (!is_done) get(store, arguments, gets++, &value);
  const double beside = static_cast<double>(gets) / seconds_since(begin);
  compaction.join();
  print_figure("GET alone / beside the compaction, M/s / of it",
               fmt::format("{:.2f} / {:.2f} / {:.2f}", alone / 1e6, beside / 1e6, beside / alone));
  const kvstore::CompactionStatus status = store.compaction_status();
  print_figure(
      "compaction, s; file before / after, GB",
      fmt::format("{:.1f}; {:.2f} / {:.2f}", seconds, static_cast<double>(status.old_size) / 1e9,
                  static_cast<double>(status.new_size) / 1e9));
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("What a compaction makes of values that were grown by appends.");
  app.add_option("--keys", arguments.keys)->check(CLI::Range(1000ULL, 1'000'000'000ULL));
  app.add_option("--directory", arguments.directory)->check(CLI::ExistingDirectory);
  CLI11_PARSE(app, argc, argv);
  ::unlink(arguments.path().c_str());
  fill(arguments);
  auto store = open(arguments);
  read(*store, "as written");
  compact(*store, arguments);
  read(*store, "compacted");
  must(store->close());
  ::unlink(arguments.path().c_str());
}
