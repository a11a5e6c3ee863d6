// A sealed index for a file of tests, as a store writes it, or with faults.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "src/index/entry.h"
#include "src/log/checkpoint.h"
#include "tests/maint/support.h"

namespace kvstore::maint::testing {

struct SealedIndex {
  static constexpr std::uint64_t kHashSeed = 7;
  using Entries = std::map<std::string, index::Entry>;

  // Where runs end, in offsets of records; the last one ends at the log's end.
  std::vector<std::uint64_t> run_ends = {};
  // Where a test plants a fault: what a run (0: the oldest) is made of, ...
  std::function<void(std::size_t run, Entries* entries)> entries = {};
  // ... what the checkpoint says, ...
  std::function<void(log::Checkpoint* checkpoint)> checkpoint = {};
  // ... and the file, once all is written; before it is closed.
  std::function<void(const log::Checkpoint& checkpoint, std::uint8_t* data)> bytes = {};
};

// Writes the index of what is in the log, and a CHECKPOINT that a slot names.
void seal_index(Builder& builder, const SealedIndex& how = {});

}  // namespace kvstore::maint::testing
