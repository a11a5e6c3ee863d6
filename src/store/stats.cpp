// Store::stats().

#include <unistd.h>

#include <cerrno>

#include <fmt/format.h>

#include "src/file/file_system.h"
#include "src/file/names.h"
#include "src/store/core.h"

namespace kvstore {
namespace {

void add_index(const index::Parts& parts, Stats* stats) {
  stats->memtable_bytes = parts.active->bytes();
  stats->sealing_bytes = parts.sealing ? parts.sealing->bytes() : 0;
  for (const auto& run : parts.runs) {
    ++stats->index_runs;
    stats->index_sealed_keys += run->keys();
    stats->runs_bytes += run->bytes();
    for (const auto& part : run->parts()) stats->index_file_bytes += part.place.size;
  }
  stats->index_bytes =
      stats->memtable_bytes + stats->sealing_bytes + stats->runs_bytes + stats->clock_bytes;
}

void add_generation(const Generation& generation, Stats* stats) {
  const log::Log& log = generation.log();
  const StoreClock& clock = generation.clock();
  stats->file_size = log.end();
  stats->allocated = log.file().disk_bytes();
  stats->last_seq = generation.visible_seq();
  stats->durable_size = log.durable_end();
  stats->clock_bytes = clock.bytes();
  add_index(*generation.index().shared(), stats);
  stats->index_damaged = generation.damage().index_count();
  stats->reads = generation.reads().sum();
  const SortedSetCache::Counts sets = generation.sorted_sets().counts();
  stats->sorted_sets = sets.sets;
  stats->sorted_set_bytes = sets.bytes;
  stats->sorted_set_folds = sets.folds;
  stats->epoch = log.epoch();
  stats->warnings = clock.warnings();
  if (std::string damage = generation.derived_damage(); !damage.empty()) {
    stats->warnings.push_back(std::move(damage));
  }
}

// Adds the scrub's findings, or else the damage that a read has found, since the open.
void add_damage(const Generation& generation, std::vector<std::string> found, Stats* stats) {
  for (std::string& sentence : found) stats->warnings.push_back(std::move(sentence));
  const std::uint64_t seen = generation.damage().seen();
  if (!found.empty() || seen == 0) return;
  stats->warnings.push_back(
      fmt::format("a record at offset {} cannot be read (see: kvstore verify)", seen));
}

void add_indexer(const Indexer::Counts& counts, Stats* stats) {
  stats->index_written = counts.written;
  stats->index_seals = counts.seals;
  stats->index_merges = counts.merges;
  stats->checkpoints = counts.checkpoints;
  stats->writes_slowed = counts.slowed;
}

// Whether the next write can open, or create, the file.
Status check_access(const std::string& path) {
  if (::access(path.c_str(), F_OK) == 0)
    return ::access(path.c_str(), W_OK) == 0 ? Status() : fail_errno(errno, "open", path);
  const std::string directory = file::directory_of(file::follow_links(path));
  return ::access(directory.c_str(), W_OK | X_OK) == 0 ? Status()
                                                       : fail_errno(errno, "create", path);
}

// Counts the free space of the disk and what the log has preallocated.
Status check_room(std::uint64_t free_bytes, const Stats& stats) {
  constexpr std::uint64_t kLeastLeft = std::uint64_t{64} << 10;
  if (free_bytes >= kLeastLeft) return {};
  const std::uint64_t ahead =
      stats.allocated > stats.file_size ? stats.allocated - stats.file_size : 0;
  if (free_bytes + ahead >= kLeastLeft) return {};
  return fail(Code::kFull, "the disk is full", "free some");
}

// The error that the file system would give a write, as far as that is known without one.
Status check_files(Core& core, const Stats& stats) {
  file::FileSystem* const given = core.options().file_system;
  if (given == nullptr && core.writer_if_open() == nullptr) KV_TRY(check_access(core.path()));
  const file::FileSystem& files = given != nullptr ? *given : file::system_files();
  return check_room(files.free_bytes(core.path()), stats);
}

void add_refusal(const Status& state, Stats* stats) {
  if (!state && !stats->writes_refused) stats->writes_refused = state.error();
}

}  // namespace

Stats Store::stats() {
  Stats stats;
  // Until its first write a store may have a reader's generation, but would not refuse a write.
  const bool may_write = !core_->options().read_only;
  stats.read_only = core_->options().read_only;
  stats.memory_budget = core_->options().memory;
  const Status fresh = core_->freshen();
  add_refusal(fresh, &stats);
  const Pin pin = core_->pin();
  if (!fresh || !pin) {
    if (may_write) add_refusal(check_files(*core_, stats), &stats);
    return stats;
  }
  stats.snapshots = core_->snapshots()->count();
  stats.transaction_bytes = core_->snapshots()->bytes();
  add_generation(*pin.operator->(), &stats);
  stats.scrub = core_->scrub().status();
  add_damage(*pin.operator->(), core_->scrub().findings(), &stats);
  const auto keys = pin.view().count();  // what has expired by now is counted out by that
  stats.expiring_keys = pin->clock().expiring_keys();
  stats.expired_keys = pin->clock().expired_keys();
  stats.keys = keys.value_or(0);
  stats.keys_are_known = keys.has_value();
  if (!keys) stats.warnings.push_back(keys.error().message);
  Writer* const writer = core_->writer_if_open();
  if (writer) {
    stats.writes = writer->writes();
    stats.syncs = writer->syncs();
    if (const Indexer* const indexer = writer->indexer()) {
      add_indexer(indexer->counts(), &stats);
      if (std::string told = indexer->warning(); !told.empty()) {
        stats.warnings.push_back(std::move(told));
      }
    }
  }
  const Status state = writer ? writer->writable() : pin->writable();
  if (!state && !(may_write && state.error().code == Code::kReadOnly)) {
    add_refusal(state, &stats);
  }
  if (may_write) add_refusal(check_files(*core_, stats), &stats);
  return stats;
}

}  // namespace kvstore
