#include "tests/server/neighbour.h"

#include <algorithm>
#include <chrono>
#include <fstream>

#include <fmt/format.h>

namespace kvstore::test {
namespace {

std::string percentiles(std::vector<std::uint64_t> times) {
  if (times.empty()) return "none";
  std::sort(times.begin(), times.end());
  const auto at = [&](std::size_t part, std::size_t whole) {
    return times[std::min(times.size() - 1, times.size() * part / whole)];
  };
  return fmt::format("p50 {} p99 {} max {} us", at(1, 2), at(99, 100), times.back());
}

}  // namespace

Neighbour::Neighbour(Client client) : client_(std::move(client)), thread_([this] { run(); }) {}

void Neighbour::stop() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

std::uint64_t Neighbour::ask(const std::string& request, const std::string& expected) {
  const auto begin = std::chrono::steady_clock::now();
  client_.send(request);
  const std::string reply = client_.receive(expected.size());
  const auto took = std::chrono::steady_clock::now() - begin;
  if (reply != expected && wrong_.empty()) wrong_ = request + " was answered " + reply;
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(took).count());
}

void Neighbour::run() {
  do {
    const std::string value = fmt::format("{:08}", gets_.size());
    sets_.push_back(ask("SET neighbour " + value + "\n", "+OK\n"));
    gets_.push_back(ask("GET neighbour\n", "+VALUE 8\n" + value + "\n"));
  } while (!stop_ && wrong_.empty());
  stopped_ = true;
}

std::string Neighbour::figures() const {
  return fmt::format("SET {}; GET {} ({} of each)", percentiles(sets_), percentiles(gets_), rounds());
}

std::size_t anonymous_memory(pid_t pid) {
  std::ifstream status(fmt::format("/proc/{}/status", pid));
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("RssAnon:", 0) == 0) return std::stoull(line.substr(8)) * 1024;
  }
  return 0;
}

}  // namespace kvstore::test
