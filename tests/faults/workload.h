// Writes and reads that may fail at any point, and the oracle of what must be
// true afterwards: a write that failed may be in the file or not; one that was
// acknowledged is; no read answers what was not written.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "src/store/store.h"
#include "tests/support/model.h"

namespace kvstore::test {

struct Workload {
  // What it writes, and after how many writes it seals the index or compacts, if it does.
  struct Shape {
    int steps = 14;
    int keys = 3;
    std::size_t key_size = 0;  // at least
    int checkpoint_every = 0;  // 0: never
    int compact_every = 0;     // 0: never
  };
  Shape shape = {};
  kvstore::testing::Model model;
  std::uint64_t acknowledged = 0, written = 0;  // seqs
  std::uint64_t refused = 0;                    // writes that answered an error
  bool said_failed = false;                     // one of them FAILED
  std::uint64_t reads = 0, failed_reads = 0;
  std::uint64_t failed_checkpoints = 0, failed_compactions = 0;
  std::string wrong;  // a read that answered what was not written

  // Appends, deletions and batches on a few keys, each read back. An error or
  // std::bad_alloc of one call is noted and the next one is made.
  void run(Store& store);
  // Reads all there is, as a reader beside the writer would have to answer it.
  void read_all(Store& store);

 private:
  struct Step {
    std::string key;
    kvstore::testing::Model next;
    std::function<Status()> call;
  };
  std::string key_of(int number) const;
  Step plan(Store& store, int number);
  void write(Store& store, const Step& step);
  void read(Store& store, const std::string& key);
  void scan(Store& store);
};

// Seals so often that runs are merged, and so much that what was merged has whole pages to give
// back.
inline constexpr Workload::Shape kSealing{66, 24, 2000, 12};

// Compacts what has history and deletions, and was compacted before.
inline constexpr Workload::Shape kCompacting{40, 12, 200, 16, 13};

// Nothing but the truth, up to some seq between acknowledged and written; else
// what is wrong. Opens the file for writing and writes one key more.
std::optional<std::string> untruth(const std::string& path, const Workload& work);
std::string read_file(const std::string& path);
// With holes where whole pages are zeros, as they were in the file that the bytes are of.
void write_file(const std::string& path, const std::string& bytes);

// Whether a file that was being made was left beside it.
bool has_unfinished(const std::string& path);

// What verify finds wrong with the index in the file, if anything, before and after what is
// left is sealed; then what was dropped has given its space back. Not while the file is open.
std::optional<std::string> index_untruth(const std::string& path);

}  // namespace kvstore::test
