#include "server/metrics.h"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "server/connections.h"
#include "server/metric_families.h"
#include "server/shared.h"
#include "server/writability.h"
#include "src/command/handlers/info.h"
#include "src/command/words.h"
#include "src/store/figures.h"
#include "src/store/store.h"

namespace kvstore::server {
namespace {

using command::Command;
using command::CommandCounts;

constexpr double kMicroseconds = 1e6;  // per second

void add_commands(Shared& shared, MetricFamilies* to) {
  std::vector<std::pair<std::string, CommandCounts::Counts>> rows;
  BucketCounts times[Latencies::kClasses];
  for (std::size_t i = 0; i < Latencies::kClasses; ++i) {
    times[i] = shared.latencies.read(static_cast<Latencies::Class>(i));
  }
  shared.counts.visit([&](const Command& row, const CommandCounts::Counts& counts) {
    rows.emplace_back(command::lower(row.name), counts);
    times[static_cast<std::size_t>(Latencies::class_of(row))].sum += counts.usec;
  });
  to->counter("operations_total", "Commands that were executed.");
  for (const auto& [name, counts] : rows) to->add("command", name, counts.calls);
  to->counter("operation_failures_total", "Commands that answered an error.");
  for (const auto& [name, counts] : rows) to->add("command", name, counts.failed + counts.rejected);
  to->counter("errors_total", "Errors that were answered, by their first word.");
  for (const auto& [word, count] : shared.counts.errors()) to->add("code", word, count);
  to->histogram("command_duration_seconds",
                "How long commands took, without the sync that those of a turn share.");
  for (std::size_t i = 0; i < Latencies::kClasses; ++i) {
    to->add("class", Latencies::kNames[i], times[i], kMicroseconds);
  }
  to->counter("slow_commands_total", "Commands that took --slow-command or longer.")
      .add(shared.slow_commands.load());
}

void add_connections(Shared& shared, MetricFamilies* to) {
  std::map<std::string_view, std::uint64_t> kinds{
      {"tcp", 0}, {"tls", 0}, {"unix", 0}, {"http", 0}, {"https", 0}};
  std::uint64_t waiting = 0, following = 0, monitoring = 0;
  shared.all_connections->visit([&](Connection& connection) {
    ++kinds[connection.transport().kind()];
    waiting += connection.card().waits();
    following += connection.card().follows.load();
    monitoring += connection.card().monitors.load();
  });
  to->gauge("connections", "Connections that are open, by what they came in by.");
  for (const auto& [kind, count] : kinds) to->add("kind", kind, count);
  to->gauge("clients", "Clients that wait for a write, FOLLOW, or MONITOR.")
      .add("state", "waiting", waiting)
      .add("state", "following", following)
      .add("state", "monitoring", monitoring);
  to->gauge("connections_max", "The limit, --max-connections.")
      .add(std::uint64_t{shared.config.max_connections});
  to->counter("connections_accepted_total", "Connections that came in.")
      .add(shared.accepted.load());
  to->counter("refusals_total", "Connections that were refused or dropped, by reason.");
  for (std::size_t i = 0; i < kAwayReasons; ++i) {
    const auto reason = static_cast<Away>(i);
    to->add("reason", name_of(reason), shared.turned_away.count(reason));
  }
  const Connections::Traffic traffic = shared.all_connections->traffic();
  to->counter("received_bytes_total", "Bytes that clients sent.").add(traffic.received);
  to->counter("sent_bytes_total", "Bytes that clients were sent.").add(traffic.sent);
}

// How far a client is behind what it follows; nullopt: that cannot be read now.
std::optional<std::uint64_t> lag_of(Store& store, const command::ClientCard::Following& following,
                                    std::uint64_t last_seq) {
  std::uint64_t end = last_seq;
  if (following.key) {
    const auto info = store.stat(*following.key);
    if (!info) return std::nullopt;
    end = *info ? (*info)->size : 0;
  }
  return end - std::min(end, following.reached);
}

void add_followers(Shared& shared, const Stats& stats, MetricFamilies* to) {
  std::vector<command::ClientCard::Following> all;
  shared.all_connections->visit([&](Connection& connection) {
    if (auto following = connection.card().following()) all.push_back(std::move(*following));
  });
  std::uint64_t counts[2] = {}, lags[2] = {};
  for (const auto& following : all) {  // after the visit, during which no connection can end
    const std::size_t kind = following.key ? 1 : 0;
    ++counts[kind];
    const auto lag = lag_of(shared.store, following, stats.last_seq);
    lags[kind] = std::max(lags[kind], lag.value_or(0));
  }
  to->gauge("followers", "Clients that follow changes of a prefix, or a value.")
      .add("of", "prefix", counts[0])
      .add("of", "key", counts[1]);
  to->gauge("follower_lag_versions", "Versions that the last of those on a prefix has yet to pass.")
      .add(lags[0]);
  to->gauge("follower_lag_bytes", "Bytes of its value that the last of those on a key has to get.")
      .add(lags[1]);
}

void add_activity(Shared& shared, const Stats& stats, const StoreFigures& figures,
                  MetricFamilies* to) {
  to->counter("reads_total", "Reads of the store.").add(stats.reads);
  to->counter("writes_total", "Writes of the store.").add(stats.writes);
  to->counter("writes_slowed_total", "Writes that waited to keep memory within its budget.")
      .add(stats.writes_slowed);
  to->counter("syncs_total", "Syncs; one is shared by all writes that wait for it.")
      .add(stats.syncs);
  if (!figures.sync_us.bounds.empty()) {
    to->histogram("sync_duration_seconds", "How long syncs took.")
        .add({}, {}, figures.sync_us, kMicroseconds);
    to->histogram("sync_group_size", "How many versions a sync made durable.")
        .add({}, {}, figures.sync_writes, 1);
  }
  to->gauge("last_seq", "The version number of the newest write.").add(stats.last_seq);
  to->gauge("writable", "1 while writes are taken, 0 while they are refused or the disk is full.")
      .add(why_not_writable(stats) ? 0.0 : 1.0);
  to->gauge("warnings", "Sentences that the Warnings of STATS have.")
      .add(
          std::uint64_t{command::warnings_of(shared.store, stats, shared.damage.warning()).size()});
  to->counter("scrub_passes_total", "Whole passes over the file.").add(stats.scrub.passes);
  to->gauge("scrub_damaged_places", "Damaged places that the newest pass found.")
      .add(stats.scrub.found);
}

void add_keys(const Stats& stats, MetricFamilies* to) {
  if (stats.keys_are_known) {
    to->gauge("keys", "Keys that are neither deleted nor expired.").add(stats.keys);
  }
  to->gauge("expiring_keys", "Keys that have an expiry.").add(stats.expiring_keys);
  to->counter("expired_keys_total", "Keys that have expired.").add(stats.expired_keys);
  to->gauge("snapshots", "Snapshots that are held, those of open transactions too.")
      .add(stats.snapshots);
}

void add_index(const Stats& stats, MetricFamilies* to) {
  to->gauge("memtable_size_bytes", "Memory of the index of what was written since the last seal.")
      .add(stats.memtable_bytes);
  to->gauge("sstables", "Sorted runs of the index in the file.").add(stats.index_runs);
  to->untyped("sstable_count", "The same as kvstore_sstables, by another name.")
      .add(stats.index_runs);
  to->gauge("sstable_bytes", "Bytes that they take in the file.").add(stats.index_file_bytes);
  to->gauge("sstable_keys", "Their entries; a key may stand in several runs.")
      .add(stats.index_sealed_keys);
  to->counter("index_written_bytes_total", "Bytes of runs that were written.")
      .add(stats.index_written);
  to->counter("index_seals_total", "Memtables that were made runs.").add(stats.index_seals);
  to->counter("index_merges_total", "Merges of runs.").add(stats.index_merges);
  to->counter("checkpoints_total", "Checkpoints that were written.").add(stats.checkpoints);
}

// History is the rest: earlier versions, deleted keys, and the log's own overhead.
void add_file(const Stats& stats, const StoreFigures& figures, MetricFamilies* to) {
  to->gauge("file_size_bytes", "Bytes of the log, without preallocated space.")
      .add(stats.file_size);
  to->gauge("file_allocated_bytes", "Bytes that the file takes on the disk.").add(stats.allocated);
  if (figures.free_bytes) {
    to->gauge("disk_free_bytes", "Bytes that are free on the disk of the file.")
        .add(*figures.free_bytes);
  }
  to->gauge("file_bytes", "What the bytes of the file are; live and history are estimates.")
      .add("part", "index", stats.index_file_bytes)
      .add("part", "free", stats.allocated - std::min(stats.allocated, stats.file_size));
  if (!figures.live_bytes) return;
  const std::uint64_t rest = stats.file_size - std::min(stats.file_size, stats.index_file_bytes);
  const std::uint64_t live = std::min(*figures.live_bytes, rest);
  to->add("part", "live", live).add("part", "history", rest - live);
}

void add_memory(const Stats& stats, Shared& shared, MetricFamilies* to) {
  to->gauge("memory_bytes", "Memory, by what holds it.")
      .add("part", "memtable", stats.memtable_bytes)
      .add("part", "sealing", stats.sealing_bytes)
      .add("part", "runs", stats.runs_bytes)
      .add("part", "clock", stats.clock_bytes)
      .add("part", "sorted_sets", stats.sorted_set_bytes)
      .add("part", "transactions", stats.transaction_bytes)
      .add("part", "connections", std::uint64_t{shared.buffered.used()});
  to->gauge("memory_budget_bytes", "What the store may take, --memory.").add(stats.memory_budget);
}

void add_compaction(const CompactionStatus& status, MetricFamilies* to) {
  const bool runs = status.phase != CompactionStatus::Phase::kIdle;
  const double done =
      status.keys == 0 ? 0
                       : static_cast<double>(status.keys_done) / static_cast<double>(status.keys);
  to->gauge("compaction_running", "1 while a compaction is under way.").add(runs ? 1.0 : 0.0);
  to->gauge("compaction_progress_ratio", "The share of the keys that it has copied.")
      .add(runs ? std::min(done, 1.0) : 0.0);
  to->gauge("compaction_written_bytes", "Bytes that it, or the last one, wrote.")
      .add(status.written);
  to->gauge("compaction_needed_bytes", "Bytes that its new file takes, as far as is known.")
      .add(status.needed);
  to->counter("compactions_total", "Compactions that were carried out.").add(status.done);
  to->gauge("compaction_failed", "1 if the last one came to nothing.")
      .add(status.failure ? 1.0 : 0.0);
  to->gauge("compaction_last_duration_seconds", "How long the last one took.")
      .add(static_cast<double>(status.elapsed_us) / kMicroseconds);
  to->gauge("compaction_last_end_timestamp_seconds", "When it ended; 0: none has.")
      .add(static_cast<double>(status.ended_us) / kMicroseconds);
}

// --- The process, with the names of Prometheus' own client libraries.

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / kMicroseconds;
}

std::uint64_t resident_bytes() {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen("/proc/self/statm", "re"),
                                                             &std::fclose);
  unsigned long long total = 0, resident = 0;
  if (!file || std::fscanf(file.get(), "%llu %llu", &total, &resident) != 2) return 0;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::uint64_t open_descriptors() {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir("/proc/self/fd"), &::closedir);
  std::uint64_t count = 0;
  while (directory && ::readdir(directory.get()) != nullptr) ++count;
  return count > 3 ? count - 3 : 0;  // ".", "..", and the directory itself
}

void add_process(const Shared& shared, MetricFamilies* to) {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const auto up = std::chrono::steady_clock::now() - shared.started;
  const auto began = std::chrono::system_clock::now().time_since_epoch() - up;
  to->counter("process_cpu_seconds_total", "Time of the processor, in seconds.")
      .add(seconds_of(used.ru_utime) + seconds_of(used.ru_stime));
  to->gauge("process_resident_memory_bytes", "Resident memory, mapped pages of the file included.")
      .add(resident_bytes());
  to->gauge("process_open_fds", "File descriptors that are open.").add(open_descriptors());
  to->gauge("process_max_fds", "How many may be.").add(std::uint64_t{limit.rlim_cur});
  to->gauge("process_start_time_seconds", "When the server began, since 1970.")
      .add(std::chrono::duration<double>(began).count());
}

}  // namespace

std::string metrics_text(Shared& shared) {
  const Stats stats = shared.store.stats();
  const StoreFigures figures = shared.store.figures();
  MetricFamilies families;
  families.gauge("build_info", "1, with the program's version.")
      .add("version", KVSTORE_VERSION, 1.0);
  add_commands(shared, &families);
  add_connections(shared, &families);
  add_followers(shared, stats, &families);
  add_activity(shared, stats, figures, &families);
  add_keys(stats, &families);
  add_index(stats, &families);
  add_file(stats, figures, &families);
  add_memory(stats, shared, &families);
  add_compaction(shared.store.compaction_status(), &families);
  add_process(shared, &families);
  return families.to_text();
}

}  // namespace kvstore::server
