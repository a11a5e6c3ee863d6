// One compaction (compaction.h), from the choice of the floor to the swap of the files.
//
//   choose_floor   F, and where in the log what was written after it begins
//   measure        how many keys and bytes the base will have; is there room for it
//   (training      of a dictionary on some of them, if they are to be compressed)
//   write_base     the live keys as of F, with their index and a CHECKPOINT (base_writer.h)
//   open_base      the new file gets a generation and a writer of its own, and no name yet
//   catch_up       the records after F, in rounds, while others are written (tail_copy.h)
//   swap           under the writer lock: the rest, a sync, the name, the store's pointers
//
// Whatever fails before the new file has its name costs nothing: the file made so far is removed.
// If the directory cannot be synced afterwards the new file is the store's, and takes no writes.
//
// Thread rule: run() on one thread; status and stop from any.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "src/base/cancel.h"
#include "src/base/mutex.h"
#include "src/log/file_builder.h"
#include "src/store/compaction.h"
#include "src/store/pacer.h"
#include "src/store/shared_values.h"
#include "src/store/tail_copy.h"
#include "src/store/value_sample.h"
#include "src/store/writer.h"

namespace kvstore {

class BaseWriter;
class Core;

class CompactionRun {
 public:
  // What others see of it, and whether they want it to end.
  struct Progress {
    std::atomic<CompactionStatus::Phase> phase{CompactionStatus::Phase::kIdle};
    std::atomic<std::uint64_t> floor_seq{0}, keys{0}, keys_done{0}, old_size{0}, needed{0},
        written{0}, new_size{0}, raw{0}, stored{0};
    std::atomic<bool> stop{false};
    void reset();
  };

  CompactionRun(Core& core, const CompactionOptions& options, Progress& progress)
      : core_(core), options_(options), progress_(progress), pacer_(options.rate, progress.stop) {}

  // kUsage: nothing can be compacted; kFull: no room, found before or meanwhile; kSkipped: it
  // was stopped; kCorrupt, kDamaged: the file is damaged, and is to be repaired first; kIo,
  // kMemory.
  Status run();
  // The same into another file, `out`, which must not exist (kExists), and no swap: as of the
  // moment at which it ends.
  Status run_into(const std::string& out);

 private:
  Status begin();
  Status choose_floor();
  Status find_floor();
  StoreClock::Instant floor_instant() const;
  Status measure();
  bool is_stopped() const { return progress_.stop || is_cancelled(); }
  Status check_garbage() const;
  Status check_room(const std::string& path) const;
  Status write_base(const std::string& path);
  Status prepare_compression(const ReadView& view, BaseWriter* to);
  Status open_base();
  Status catch_up();
  Status swap();
  Status take_place(std::optional<FormerWriter>* former);
  void note_clock();

  Core& core_;
  const CompactionOptions options_;
  Compression codec_;  // of the new base
  Progress& progress_;
  Pacer pacer_;

  std::shared_ptr<Generation> old_;
  log::Floor floor_;
  std::uint64_t tail_begin_ = 0;  // in the old log
  ValueSample sample_;            // of what is to be compressed
  SharedValues shared_;           // of the live values
  log::OneKeyAtATime keys_;
  MovedTargets moved_;  // for tail_
  std::unique_ptr<log::FileBuilder> builder_;
  std::shared_ptr<Generation> made_;
  std::shared_ptr<Writer> writer_;  // of made_
  std::unique_ptr<TailCopy> tail_;
};

}  // namespace kvstore
