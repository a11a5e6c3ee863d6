#include "src/command/handlers/info.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <iterator>
#include <memory>
#include <vector>

#include <fmt/format.h>

#include "src/base/human.h"
#include "src/base/random.h"
#include "src/command/handlers/last_save.h"
#include "src/command/quote.h"
#include "src/command/session.h"
#include "src/command/status_lines.h"
#include "src/command/words.h"
#include "src/store/store.h"

namespace kvstore::command {
namespace {

// The version of Redis reported to clients, some of which check it.
constexpr std::string_view kRedisVersion = "7.2.0";

constexpr std::string_view kSections[] = {"server", "store",    "memory",
                                          "index",  "activity", "warnings"};

bool is_all(std::string_view word) {
  return same_word(word, "all") || same_word(word, "everything") || same_word(word, "default");
}

class Lines {
 public:
  // Writes only the sections in `wanted`.
  Lines(Args wanted, std::string_view eol) : wanted_(wanted), lines_(eol) {}

  void section(std::string_view title) {
    on_ =
        wanted_.empty() || std::any_of(wanted_.begin(), wanted_.end(), [&](std::string_view word) {
          return same_word(word, title) || is_all(word);
        });
    if (on_) lines_.section(title);
  }
  template <class T>
  void add(std::string_view name, const T& value) {
    if (on_) lines_.add(name, value);
  }
  void add_text(std::string_view name, std::string_view value) {
    add(name, escape_controls(value));
  }
  std::string take() { return lines_.take(); }

 private:
  const Args wanted_;
  bool on_ = false;
  StatusLines lines_;
};

// Private and resident memory of this process; both are 0 if /proc is not mounted.
struct Resident {
  std::uint64_t own = 0;
  std::uint64_t all = 0;
};

Resident resident() {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen("/proc/self/statm", "re"),
                                                             &std::fclose);
  unsigned long long total = 0, all = 0, shared = 0;
  if (!file || std::fscanf(file.get(), "%llu %llu %llu", &total, &all, &shared) != 3) return {};
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return {(all - std::min(all, shared)) * page, all * page};
}

std::uint64_t system_memory() {
  const long pages = ::sysconf(_SC_PHYS_PAGES), page = ::sysconf(_SC_PAGESIZE);
  return pages < 0 || page < 0
             ? 0
             : static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page);
}

// As in Redis: differs at each start, so that tools notice that counters were reset.
const std::string& run_id() {
  static const std::string id =
      fmt::format("{:016x}{:016x}{:08x}", random_bits(), random_bits(), random_bits() >> 32);
  return id;
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// --- Sections of both formats

// A file that was opened by a read is opened again, and locked, by the first write.
std::string how_opened(Session& session, const Stats& stats) {
  const OpenReport report = session.store().open_report();
  if (report.how != OpenReport::How::kReadOnly) return report.to_string();
  return stats.read_only ? "for reading only" : "for reading; the first write locks the file";
}

// The compression of the base, by the last compaction since the open.
void add_compression(const CompactionStatus& status, Lines* lines) {
  lines->add("codec", status.file_is_compressed ? "zstd" : "none");
  lines->add("base_value_bytes", status.base_raw);
  lines->add("base_value_bytes_stored", status.base_stored);
}

void add_store(Session& session, const Stats& stats, Lines* lines) {
  lines->section("Store");
  lines->add_text("file", session.store().path());
  if (stats.keys_are_known)
    lines->add("keys", stats.keys);
  else
    lines->add("keys", "unknown");  // unreadable records may belong to others
  lines->add("file_size", stats.file_size);
  lines->add("file_size_human", short_size(stats.file_size));
  lines->add("allocated", stats.allocated);
  lines->add("durable_size", stats.durable_size);
  lines->add("durable_seq", session.store().durable_seq());
  add_compression(session.store().compaction_status(), lines);
  lines->add("last_seq", stats.last_seq);
  lines->add("epoch", stats.epoch);
  lines->add_text("opened", how_opened(session, stats));
  lines->add("read_only", stats.read_only ? "yes" : "no");
  lines->add_text("writes_refused", stats.writes_refused ? with_code(*stats.writes_refused) : "no");
}

void add_activity(const Stats& stats, Lines* lines) {
  lines->section("Activity");
  lines->add("reads", stats.reads);
  lines->add("writes", stats.writes);
  lines->add("syncs", stats.syncs);
  lines->add("scrub_rate", stats.scrub.rate);
  lines->add("scrub_passes", stats.scrub.passes);
  lines->add("scrub_found", stats.scrub.found);
}

std::vector<std::string> warnings_of(Session& session, const Stats& stats) {
  const auto facts = session.server_facts();
  return command::warnings_of(session.store(), stats, facts ? facts->damage : std::string());
}

void add_warnings(Session& session, const Stats& stats, Lines* lines) {
  const std::vector<std::string> warnings = warnings_of(session, stats);
  lines->section("Warnings");
  lines->add("warnings", warnings.size());
  for (std::size_t i = 0; i < warnings.size(); ++i) {
    lines->add_text(fmt::format("warning_{}", i + 1), warnings[i]);
  }
}

// --- The text format

void add_server(Session& session, Lines* lines) {
  lines->section("Server");
  lines->add("kvstore_version", KVSTORE_VERSION);
  const auto facts = session.server_facts();
  if (!facts) return;
  lines->add_text("listening", facts->address);
  lines->add("uptime_s", facts->uptime_s);
  lines->add("connections", facts->connections);
  lines->add("connections_accepted", facts->connections_accepted);
  lines->add("connections_refused", facts->connections_refused);
  lines->add("connections_dropped", facts->connections_dropped);
  lines->add("max_connections", facts->max_connections);
  lines->add("commands_served", facts->commands_served);
  lines->add("commands_slow", facts->commands_slow);
  lines->add("commands_per_second", facts->commands_per_second);
  lines->add("buffered_bytes", facts->buffered_bytes);
}

void add_memory(const Stats& stats, Lines* lines) {
  lines->section("Memory");
  lines->add("memory_budget", stats.memory_budget);
  lines->add("index_bytes", stats.index_bytes);
  lines->add("index_human", short_size(stats.index_bytes));
  lines->add("memtable_bytes", stats.memtable_bytes);
  lines->add("sealing_bytes", stats.sealing_bytes);
  lines->add("runs_bytes", stats.runs_bytes);
  lines->add("clock_bytes", stats.clock_bytes);
  lines->add("sorted_sets", stats.sorted_sets);
  lines->add("sorted_set_bytes", stats.sorted_set_bytes);
  lines->add("sorted_set_folds", stats.sorted_set_folds);
  lines->add("writes_slowed", stats.writes_slowed);
  lines->add("snapshots", stats.snapshots);
  lines->add("transaction_bytes", stats.transaction_bytes);
}

void add_index(const Stats& stats, Lines* lines) {
  lines->section("Index");
  lines->add("index_runs", stats.index_runs);
  lines->add("index_sealed_keys", stats.index_sealed_keys);
  lines->add("index_file_bytes", stats.index_file_bytes);
  lines->add("index_written", stats.index_written);
  lines->add("index_seals", stats.index_seals);
  lines->add("index_merges", stats.index_merges);
  lines->add("checkpoints", stats.checkpoints);
}

// --- Redis' format

void add_redis_server(const ServerFacts& facts, Lines* lines) {
  lines->section("Server");
  lines->add("redis_version", kRedisVersion);
  lines->add("kvstore_version", KVSTORE_VERSION);
  lines->add("redis_mode", "standalone");
  lines->add("os", "Linux");
  lines->add("arch_bits", sizeof(void*) * 8);
  lines->add("process_id", ::getpid());
  lines->add("run_id", run_id());
  lines->add("tcp_port", facts.port);
  lines->add("uptime_in_seconds", facts.uptime_s);
  lines->add("uptime_in_days", facts.uptime_s / 86'400);
}

// Numbers of clients that wait, follow, or monitor.
struct ClientKinds {
  std::uint64_t waiting = 0, following = 0, monitoring = 0;
};

ClientKinds kinds_of_clients(Session& session) {
  ClientKinds kinds;
  if (session.server_control() == nullptr) return kinds;
  session.server_control()->visit_clients([&](const ClientFacts& client) {
    kinds.waiting += client.card->waits() || client.card->is_held.load();
    kinds.following += client.card->follows.load();
    kinds.monitoring += client.card->monitors.load();
  });
  return kinds;
}

void add_redis_clients(Session& session, const ServerFacts& facts, Lines* lines) {
  lines->section("Clients");
  lines->add("connected_clients", facts.connections);
  const ClientKinds kinds = kinds_of_clients(session);
  lines->add("maxclients", facts.max_connections);
  lines->add("blocked_clients", kinds.waiting);
  lines->add("tracking_clients", 0);
  lines->add("following_clients", kinds.following);
  lines->add("monitoring_clients", kinds.monitoring);
}

void add_redis_memory(const ServerFacts& facts, const Stats& stats, Lines* lines) {
  const Resident memory = resident();
  const std::uint64_t counted = stats.index_bytes + facts.buffered_bytes;
  const std::uint64_t used = std::max(memory.own, counted);
  lines->section("Memory");
  lines->add("used_memory", used);
  lines->add("used_memory_human", short_size(used, ""));
  lines->add("used_memory_rss", std::max(memory.all, used));
  lines->add("used_memory_dataset", 0);
  lines->add("total_system_memory", system_memory());
  lines->add("total_system_memory_human", short_size(system_memory(), ""));
  lines->add("maxmemory", 0);
  lines->add("maxmemory_human", "0B");
  lines->add("maxmemory_policy", "noeviction");
  lines->add("index_bytes", stats.index_bytes);
  lines->add("buffered_bytes", facts.buffered_bytes);
}

// The log corresponds to Redis' append-only file.
void add_redis_persistence(Session& session, const Stats& stats, Lines* lines) {
  lines->section("Persistence");
  lines->add("loading", 0);
  const std::uint64_t durable = session.store().durable_seq();
  const bool is_compacting =
      session.store().compaction_status().phase != CompactionStatus::Phase::kIdle;
  lines->add("async_loading", 0);
  lines->add("rdb_changes_since_last_save", stats.last_seq - std::min(durable, stats.last_seq));
  lines->add("rdb_bgsave_in_progress", 0);
  lines->add("rdb_last_save_time", handlers::last_save_s());
  lines->add("rdb_last_bgsave_status", "ok");
  lines->add("aof_enabled", 1);
  lines->add("aof_rewrite_in_progress", is_compacting ? 1 : 0);
  lines->add("aof_rewrite_scheduled", 0);
  lines->add("aof_last_bgrewrite_status", "ok");
  lines->add("aof_last_write_status", !stats.writes_refused || stats.read_only ? "ok" : "err");
  lines->add("aof_current_size", stats.file_size);
  lines->add("written_seq", stats.last_seq);
  lines->add("durable_seq", durable);
}

std::uint64_t error_replies(ServerControl* control) {
  std::uint64_t sum = 0;
  if (control == nullptr) return sum;
  for (const auto& [word, count] : control->counts().errors()) sum += count;
  return sum;
}

void add_redis_stats(const ServerFacts& facts, const Stats& stats, ServerControl* control,
                     Lines* lines) {
  const Channels* const channels = control == nullptr ? nullptr : &control->channels();
  lines->section("Stats");
  lines->add("total_connections_received", facts.connections_accepted);
  lines->add("total_commands_processed", facts.commands_served);
  lines->add("instantaneous_ops_per_sec", facts.commands_per_second);
  lines->add("total_net_input_bytes", facts.received_bytes);
  lines->add("total_net_output_bytes", facts.sent_bytes);
  lines->add("rejected_connections", facts.connections_refused);
  lines->add("total_error_replies", error_replies(control));
  const CommandCounts::Looks looks =
      control == nullptr ? CommandCounts::Looks{} : control->counts().looks();
  lines->add("evicted_keys", 0);
  lines->add("keyspace_hits", looks.hits);
  lines->add("keyspace_misses", looks.misses);
  lines->add("keyspace_events_lost", control == nullptr ? 0 : control->keyspace_events().lost());
  lines->add("pubsub_channels", channels == nullptr ? 0 : channels->count(Listening::kChannel));
  lines->add("pubsub_patterns", channels == nullptr ? 0 : channels->count(Listening::kPattern));
  lines->add("pubsubshard_channels", channels == nullptr ? 0 : channels->count(Listening::kShard));
  lines->add("dropped_connections", facts.connections_dropped);
  lines->add("slow_commands", facts.commands_slow);
  lines->add("expired_keys", stats.expired_keys);
}

void add_redis_rest(const Stats& stats, Lines* lines) {
  lines->section("Replication");
  lines->add("role", "master");
  lines->add("connected_slaves", 0);
  lines->add("master_failover_state", "no-failover");
  lines->add("master_repl_offset", stats.last_seq);
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  lines->section("CPU");
  lines->add("used_cpu_sys", fmt::format("{:.6f}", seconds(used.ru_stime)));
  lines->add("used_cpu_user", fmt::format("{:.6f}", seconds(used.ru_utime)));
  lines->section("Cluster");
  lines->add("cluster_enabled", 0);
  lines->section("Keyspace");
  if (stats.keys == 0) return;
  lines->add("db0", fmt::format("keys={},expires={},avg_ttl=0", stats.keys, stats.expiring_keys));
}

}  // namespace

std::span<const std::string_view> info_sections() { return kSections; }

bool is_info_section(std::string_view word) {
  return is_all(word) || std::any_of(std::begin(kSections), std::end(kSections),
                                     [&](std::string_view name) { return same_word(word, name); });
}

std::vector<std::string> warnings_of(Store& store, const Stats& stats, const std::string& met) {
  std::vector<std::string> warnings;
  const OpenReport report = store.open_report();
  const bool is_damaged = report.how == OpenReport::How::kDamaged || !report.damage.empty();
  if (is_damaged || report.cut_size > 0) warnings.push_back(report.to_string());
  if (stats.writes_refused && !stats.read_only) {
    warnings.push_back("writes are refused: " + with_code(*stats.writes_refused));
  }
  warnings.insert(warnings.end(), stats.warnings.begin(), stats.warnings.end());
  if (!met.empty()) warnings.push_back(met);
  return warnings;
}

std::string info_for_people(Session& session, Args sections) {
  const Stats stats = session.store().stats();
  Lines lines(sections, "\n");
  add_server(session, &lines);
  add_store(session, stats, &lines);
  add_memory(stats, &lines);
  add_index(stats, &lines);
  add_activity(stats, &lines);
  add_warnings(session, stats, &lines);
  return lines.take();
}

// Tools search for the first occurrence of a field name: so fields with free text, above all a
// path, come last.
// Written only on request, as in Redis.
void add_redis_counts(Session& session, Args sections, Lines* lines) {
  ServerControl* const control = session.server_control();
  const auto asks_for = [&](std::string_view name) {
    return std::any_of(sections.begin(), sections.end(), [&](std::string_view word) {
      return same_word(word, name) || same_word(word, "all") || same_word(word, "everything");
    });
  };
  if (control != nullptr && asks_for("commandstats")) {
    lines->section("Commandstats");
    control->counts().visit([&](const Command& row, const CommandCounts::Counts& counts) {
      const double each =
          counts.calls == 0 ? 0
                            : static_cast<double>(counts.usec) / static_cast<double>(counts.calls);
      lines->add(
          "cmdstat_" + lower(row.name),
          fmt::format("calls={},usec={},usec_per_call={:.2f},rejected_calls={},failed_calls={}",
                      counts.calls, counts.usec, each, counts.rejected, counts.failed));
    });
  }
  if (control != nullptr && asks_for("errorstats")) {
    lines->section("Errorstats");
    for (const auto& [word, count] : control->counts().errors()) {
      lines->add("errorstat_" + word, fmt::format("count={}", count));
    }
  }
}

std::string info_for_redis(Session& session, Args sections) {
  const Stats stats = session.store().stats();
  const ServerFacts facts = session.server_facts().value_or(ServerFacts{});
  Lines lines(sections, "\r\n");
  add_redis_server(facts, &lines);
  add_redis_clients(session, facts, &lines);
  add_redis_memory(facts, stats, &lines);
  add_redis_persistence(session, stats, &lines);
  ServerControl* const control = session.server_control();
  add_redis_stats(facts, stats, control, &lines);
  add_redis_counts(session, sections, &lines);
  add_redis_rest(stats, &lines);
  add_activity(stats, &lines);
  add_index(stats, &lines);
  add_store(session, stats, &lines);
  add_warnings(session, stats, &lines);
  return lines.take();
}

}  // namespace kvstore::command
