// One compaction (compaction.h), from the choice of the floor to the swap of the files.
//
//   choose_floor   F, and where in the log what was written after it begins
//   measure        number of keys and bytes that the base will have; check of the free space
//   (training      of a dictionary from a sample of values, if they are to be compressed)
//   write_base     the live keys as of F, with their index and a CHECKPOINT (base_writer.h)
//   open_base      the new file gets a generation and a writer, but no name yet
//   catch_up       copy of the records after F, in rounds, during other writes (tail_copy.h)
//   swap           under the writer lock: the remaining records, a sync, the name, the pointers
//
// A failure before the new file has its name changes nothing: the new file is removed. If the
// directory cannot be synced afterwards, the store uses the new file and refuses writes.
//
// Thread rule: run() on one thread; status and stop on any thread.
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
  // Shared with other threads: how far the run is, and whether it should stop.
  struct Progress {
    std::atomic<CompactionStatus::Phase> phase{CompactionStatus::Phase::kIdle};
    std::atomic<std::uint64_t> floor_seq{0}, keys{0}, keys_done{0}, old_size{0}, needed{0},
        written{0}, new_size{0}, raw{0}, stored{0};
    std::atomic<bool> stop{false};
    void reset();
  };

  CompactionRun(Core& core, const CompactionOptions& options, Progress& progress)
      : core_(core), options_(options), progress_(progress), pacer_(options.rate, progress.stop) {}

  // kUsage: nothing can be compacted. kFull: not enough free space, found before or during the run.
  // kSkipped: stopped. kCorrupt, kDamaged: the file is damaged and must be repaired first. kIo,
  // kMemory.
  Status run();
  // The same, but writes into another file, `out`, which must not exist (kExists), and does not
  // swap. The file is as of the moment at which the run ends.
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
  Compression codec_;  // compression of the new base
  Progress& progress_;
  Pacer pacer_;

  std::shared_ptr<Generation> old_;
  log::Floor floor_;
  std::uint64_t tail_begin_ = 0;  // offset in the old log
  ValueSample sample_;            // sample of the values to be compressed
  SharedValues shared_;           // shared by the live values
  log::OneKeyAtATime keys_;
  MovedTargets moved_;  // used by tail_
  std::unique_ptr<log::FileBuilder> builder_;
  std::shared_ptr<Generation> made_;
  std::shared_ptr<Writer> writer_;  // writer of made_
  std::unique_ptr<TailCopy> tail_;
};

}  // namespace kvstore
