// What compression gains and costs: the same data compacted with and without it.
//
//   bench_compression [--keys N] [--level L] [--csv FILE] [--directory DIR]
//
// prints a line a figure. The values are lines like a server's log, the lines and the whole of a
// CSV file (samples/data), large values of log lines, and random bytes. Every answer is checked.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "bench/support.h"
#include "src/store/store.h"

using bench::Clock;
using bench::fail;
using bench::must;
using bench::seconds_since;
using kvstore::Store;

namespace {

struct Arguments {
  std::uint64_t keys = 200'000;
  int level = kvstore::Compression::kUsualLevel;
  std::string csv = "samples/data/seattle-weather.csv";
  std::string directory = ".";
  std::string path() const { return directory + "/bench-compression.bin"; }
};

// A key's value; the same each time.
using ValueOf = std::function<std::string(std::uint64_t)>;

struct Data {
  const char* name;
  std::uint64_t keys;
  ValueOf value;
};

std::string key_of(std::uint64_t i) { return fmt::format("k{:015}", i); }

std::string log_line(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  static constexpr const char* kPaths[] = {"/api/v1/users/", "/orders/", "/static/app-",
                                           "/login?n="};
  static constexpr int kCodes[] = {200, 200, 200, 304, 404, 500};
  std::string line = fmt::format(
      "web{:02} GET {}{} {} {}ms ip=10.{}.{}.{} agent=\"Mozilla/5.0 (X11; Linux x86_64)\"",
      random() % 20, kPaths[random() % 4], random() % 100'000, kCodes[random() % 6],
      random() % 2000, random() % 256, random() % 256, random() % 256);
  line.resize(100, ' ');
  return line;
}

std::string log_lines(std::uint64_t seed, std::size_t lines) {
  std::string text;
  for (std::size_t i = 0; i < lines; ++i) text += log_line(seed * lines + i) + "\n";
  return text;
}

std::string random_bytes(std::uint64_t seed, std::size_t size) {
  std::mt19937_64 random(seed);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream in(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  if (lines.empty()) fail("cannot read " + path);
  return lines;
}

// Reads a second, each checked, of `most` bytes. 0: of whole values.
double reads(Store& store, const Data& data, std::uint64_t most) {
  constexpr std::uint64_t kReads = 20'000, kSamples = 64;
  std::vector<std::pair<std::string, std::string>> samples;
  std::mt19937_64 random(1);
  for (std::uint64_t i = 0; i < kSamples; ++i) {
    const std::uint64_t number = random() % data.keys;
    samples.emplace_back(key_of(number), data.value(number));
  }
  std::string got;
  const auto begin = Clock::now();
  for (std::uint64_t i = 0; i < kReads; ++i) {
    const auto& [key, value] = samples[random() % kSamples];
    const std::uint64_t size = std::min<std::uint64_t>(most, value.size());
    const std::uint64_t at = size == 0 ? 0 : random() % (value.size() - size + 1);
    const auto found = size == 0 ? store.get(key, &got)
                                 : store.read(key, static_cast<std::int64_t>(at), size, &got);
    if (!found || !*found) fail("it is not there");
    if (size == 0 ? got != value : value.compare(at, size, got) != 0) fail("a wrong answer");
  }
  return kReads / seconds_since(begin);
}

void measure(Store& store, const Data& data, int level) {
  kvstore::CompactionOptions options{.keep = kvstore::KeepHistory::none()};
  options.compress = kvstore::Compression{level};
  const auto begin = Clock::now();
  must(store.compact(options));
  const double took = seconds_since(begin);
  const auto status = store.compaction_status();
  fmt::print("{:<22} {:<8} {:>9.1f} {:>11.2f} {:>8.2f} {:>11.0f} {:>11.0f}\n", data.name,
             options.compress->to_string(),
             static_cast<double>(status.new_size) / static_cast<double>(data.keys),
             static_cast<double>(status.raw) / static_cast<double>(status.stored), took,
             reads(store, data, 0), reads(store, data, 256));
  std::fflush(stdout);
}

void run(const Data& data, const Arguments& arguments) {
  std::filesystem::remove(arguments.path());
  auto store = Store::open(arguments.path(), {.sync = kvstore::SyncPolicy::none()});
  must(store);
  for (std::uint64_t i = 0; i < data.keys; ++i) must((*store)->set(key_of(i), data.value(i)));
  measure(**store, data, 0);
  measure(**store, data, arguments.level);
  must((*store)->close());
  std::filesystem::remove(arguments.path());
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("What compression gains and costs.", "bench_compression");
  app.add_option("--keys", arguments.keys);
  app.add_option("--level", arguments.level)->check(CLI::Range(1, 22));
  app.add_option("--csv", arguments.csv);
  app.add_option("--directory", arguments.directory);
  CLI11_PARSE(app, argc, argv);
  const auto lines = lines_of(arguments.csv);
  std::string csv;
  for (const std::string& line : lines) csv += line + "\n";
  const std::uint64_t large = std::max<std::uint64_t>(arguments.keys / 400, 10);
  fmt::print("{:<22} {:<8} {:>9} {:>11} {:>8} {:>11} {:>11}\n", "values", "codec", "bytes/key",
             "raw/stored", "seconds", "GET/s", "READ 256/s");
  run({"log lines of 100 B", arguments.keys, log_line}, arguments);
  run({"CSV lines", lines.size(), [&](std::uint64_t i) { return lines[i]; }}, arguments);
  run({"a whole CSV", 50, [&](std::uint64_t i) { return csv + std::to_string(i); }}, arguments);
  run({"log text of 100 KB", large, [](std::uint64_t i) { return log_lines(i, 1000); }}, arguments);
  run({"random, 100 B", arguments.keys, [](std::uint64_t i) { return random_bytes(i, 100); }},
      arguments);
  run({"random, 100 KB", large, [](std::uint64_t i) { return random_bytes(i, 100'000); }},
      arguments);
}
