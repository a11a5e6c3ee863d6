// Counts executions, durations and errors of commands, for INFO commandstats and errorstats.
//
// Thread rule: any thread. Threads count in different stripes, to avoid contention for cache lines.
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
  // Adds to the counts of a row of the table. `stripe`: any number, constant for one client.
  void add(const Command& row, std::uint64_t stripe, const Counts& more);
  // Numbers of looked-up keys that existed, and that did not.
  struct Looks {
    std::uint64_t hits = 0, misses = 0;
  };
  void add_looks(std::uint64_t stripe, const Looks& more);
  Looks looks() const;
  void add_error(const Failure& failure) KV_EXCLUDES(mutex_);
  void reset() KV_EXCLUDES(mutex_);

  // Visits the rows that were executed, in the order of the table.
  void visit(const std::function<void(const Command&, const Counts&)>& visit) const;
  // Counts of errors by their first word: "WRONGTYPE", "ERR".
  std::map<std::string, std::uint64_t> errors() const KV_EXCLUDES(mutex_);

 private:
  static constexpr std::size_t kStripes = 8;
  static constexpr std::size_t kMostErrors = 128;  // distinct words, as in Redis
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
