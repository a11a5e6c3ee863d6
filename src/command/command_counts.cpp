#include "src/command/command_counts.h"

#include "src/command/failure.h"
#include "src/command/table.h"

namespace kvstore::command {

CommandCounts::CommandCounts() : rows_(std::make_unique<Row[]>(kStripes * commands().size())) {}

CommandCounts::Row& CommandCounts::at(std::size_t stripe, std::size_t row) const {
  return rows_[stripe % kStripes * commands().size() + row];
}

void CommandCounts::add(const Command& row, std::uint64_t stripe, const Counts& more) {
  constexpr auto kRelaxed = std::memory_order_relaxed;
  Row& counts = at(stripe, static_cast<std::size_t>(&row - commands().data()));
  counts.calls.fetch_add(more.calls, kRelaxed);
  counts.usec.fetch_add(more.usec, kRelaxed);
  if (more.rejected != 0) counts.rejected.fetch_add(more.rejected, kRelaxed);
  if (more.failed != 0) counts.failed.fetch_add(more.failed, kRelaxed);
}

void CommandCounts::add_looks(std::uint64_t stripe, const Looks& more) {
  LooksRow& row = looks_[stripe % kStripes];
  if (more.hits != 0) row.hits.fetch_add(more.hits, std::memory_order_relaxed);
  if (more.misses != 0) row.misses.fetch_add(more.misses, std::memory_order_relaxed);
}

CommandCounts::Looks CommandCounts::looks() const {
  Looks sum;
  for (const LooksRow& row : looks_) {
    sum.hits += row.hits.load();
    sum.misses += row.misses.load();
  }
  return sum;
}

void CommandCounts::add_error(const Failure& failure) {
  std::string word(failure.redis.substr(0, failure.redis.find(' ')));
  if (word.empty()) word = code_name(failure.error.code);
  const MutexLock lock(mutex_);
  if (errors_.size() < kMostErrors || errors_.contains(word)) ++errors_[word];
}

void CommandCounts::reset() {
  for (std::size_t i = 0; i < kStripes * commands().size(); ++i) {
    Row& row = rows_[i];
    for (auto* count : {&row.calls, &row.usec, &row.rejected, &row.failed}) count->store(0);
  }
  for (LooksRow& row : looks_) {
    for (auto* count : {&row.hits, &row.misses}) count->store(0);
  }
  const MutexLock lock(mutex_);
  errors_.clear();
}

void CommandCounts::visit(const std::function<void(const Command&, const Counts&)>& visit) const {
  for (std::size_t row = 0; row < commands().size(); ++row) {
    Counts sum;
    for (std::size_t stripe = 0; stripe < kStripes; ++stripe) {
      const Row& counts = at(stripe, row);
      sum.calls += counts.calls.load();
      sum.usec += counts.usec.load();
      sum.rejected += counts.rejected.load();
      sum.failed += counts.failed.load();
    }
    if (sum.calls + sum.rejected + sum.failed > 0) visit(commands()[row], sum);
  }
}

std::map<std::string, std::uint64_t> CommandCounts::errors() const {
  const MutexLock lock(mutex_);
  return errors_;
}

}  // namespace kvstore::command
