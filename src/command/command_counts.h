// How often each command was executed, how long it took, and which errors were answered: INFO
// commandstats and errorstats.
//
// Thread rule: any thread. Threads count into different stripes, so that they do not wait for
// each other's cache lines.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "src/base/mutex.h"

namespace kvstore::command {

struct Command;
struct Failure;

class CommandCounts {
 public:
  struct Counts {
    std::uint64_t calls = 0, usec = 0, rejected = 0, failed = 0;
  };

  CommandCounts();
  // Of a row of the table. `stripe`: any number, the same for one client.
  void add(const Command& row, std::uint64_t stripe, const Counts& more);
  // How many of the keys that were asked for were there, and were not.
  struct Looks {
    std::uint64_t hits = 0, misses = 0;
  };
  void add_looks(std::uint64_t stripe, const Looks& more);
  Looks looks() const;
  void add_error(const Failure& failure) KV_EXCLUDES(mutex_);
  void reset() KV_EXCLUDES(mutex_);

  // Rows that were executed, in their order.
  void visit(const std::function<void(const Command&, const Counts&)>& visit) const;
  // Errors by their first word: "WRONGTYPE", "ERR".
  std::map<std::string, std::uint64_t> errors() const KV_EXCLUDES(mutex_);

 private:
  static constexpr std::size_t kStripes = 8;
  static constexpr std::size_t kMostErrors = 128;  // words, as in Redis
  struct Row {
    std::atomic<std::uint64_t> calls{0}, usec{0}, rejected{0}, failed{0};
  };
  struct alignas(64) LooksRow {
    std::atomic<std::uint64_t> hits{0}, misses{0};
  };
  Row& at(std::size_t stripe, std::size_t row) const;

  const std::unique_ptr<Row[]> rows_;
  std::array<LooksRow, kStripes> looks_;
  mutable Mutex mutex_;
  std::map<std::string, std::uint64_t> errors_ KV_GUARDED_BY(mutex_);
};

}  // namespace kvstore::command
