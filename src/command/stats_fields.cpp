#include "src/command/stats_fields.h"

namespace kvstore::command {
namespace {

constexpr StatsField kFields[] = {
    {"Server", "kvstore_version", "The program's version"},
    {"Server", "listening", "Address and port"},
    {"Server", "uptime_s", "Seconds since the server began"},
    {"Server", "connections", "Open now"},
    {"Server", "connections_accepted", "Since the server began"},
    {"Server", "connections_refused", "Those above --max-connections"},
    {"Server", "connections_dropped", "Closed by the server: timeouts, broken requests"},
    {"Server", "max_connections", "--max-connections"},
    {"Server", "commands_served", "Since the server began"},
    {"Server", "commands_slow", "Of them, those that took --slow-command or longer"},
    {"Server", "commands_per_second", "Of late"},
    {"Server", "buffered_bytes", "Memory of requests and replies on their way"},
    {"Store", "file", "The database file"},
    {"Store", "keys", "Keys that are neither deleted nor expired; unknown where damage hides some"},
    {"Store", "file_size", "Bytes of the log, without preallocated space"},
    {"Store", "file_size_human", "The same, to be read"},
    {"Store", "allocated",
     "Bytes that the file takes on the disk: with preallocated space, without holes"},
    {"Store", "durable_size", "Bytes of the log that are known to be on the disk"},
    {"Store", "codec", "How the values in the base are stored: none, or zstd where smaller by it"},
    {"Store", "base_value_bytes",
     "Bytes of the values in the base; 0: no compaction since the open has made it"},
    {"Store", "base_value_bytes_stored", "The same as they are in the file"},
    {"Store", "last_seq", "The version number of the newest write"},
    {"Store", "epoch", "How often the file was opened after a crash that it had to recover from"},
    {"Store", "opened", "How it was found when it was opened"},
    {"Store", "read_only", "yes: writes are refused, as --read-only asks"},
    {"Store", "writes_refused", "no, or why"},
    {"Memory", "memory_budget", "--memory, in bytes"},
    {"Memory", "index_bytes", "Memory that the index takes: the next four without index_human"},
    {"Memory", "index_human", "The same, to be read"},
    {"Memory", "memtable_bytes", "The index of what was written since the last seal"},
    {"Memory", "sealing_bytes", "A memtable that is being written to the file as a run"},
    {"Memory", "runs_bytes", "What is kept in memory of the runs in the file"},
    {"Memory", "clock_bytes", "Expiry times, and steps of the system's clock"},
    {"Memory", "sorted_sets", "Sorted sets that are kept in memory"},
    {"Memory", "sorted_set_bytes", "Memory that they take, at most half of --memory"},
    {"Memory", "sorted_set_folds",
     "Since the open: how often one was made from its records, as it was not in memory"},
    {"Memory", "writes_slowed", "Writes that waited, since the open, to keep within the budget"},
    {"Memory", "snapshots", "Held now, those of open transactions too"},
    {"Memory", "transaction_bytes", "Memory that open transactions take"},
    {"Index", "index_runs", "Sorted runs of the index in the file"},
    {"Index", "index_sealed_keys", "Their entries; a key may stand in several runs"},
    {"Index", "index_file_bytes", "Bytes they take in the file"},
    {"Index", "index_written", "Bytes of runs that were written since the open"},
    {"Index", "index_seals", "Memtables that were made runs since the open"},
    {"Index", "index_merges", "Merges of runs since the open"},
    {"Index", "checkpoints", "Written since the open; the next open begins at the last one"},
    {"Activity", "reads", "Since the open"},
    {"Activity", "writes", "Since the open"},
    {"Activity", "syncs", "Since the open; one is shared by all writes that wait for it"},
    {"Activity", "scrub_rate", "Bytes a second that the scrub may read, while it runs; 0: off"},
    {"Activity", "scrub_passes", "Whole passes over the file since the open"},
    {"Activity", "scrub_found", "Damaged places that they found"},
    {"Warnings", "warnings", "How many follow as warning_1, warning_2, ..."},
};

}  // namespace

std::span<const StatsField> stats_fields() { return kFields; }

}  // namespace kvstore::command
