#include "src/bench/workload.h"

#include <algorithm>

namespace kvstore::bench {
namespace {

std::vector<Workload> make_workloads() {
  return {
      {.name = "fill",
       .summary = "SET of new keys, in ascending order",
       .shares = {{Action::kInsert, 100}},
       .starts_empty = true},
      {.name = "overwrite",
       .summary = "SET of keys that are there, uniform",
       .shares = {{Action::kUpdate, 100}}},
      {.name = "read", .summary = "GET, uniform", .shares = {{Action::kRead, 100}}},
      {.name = "append",
       .summary = "APPEND to values, uniform; the size is an append's",
       .shares = {{Action::kAppend, 100}}},
      {.name = "readrange",
       .summary = "READ of 256 bytes, or --range, of values that 16 appends have made",
       .shares = {{Action::kReadRange, 100}},
       .pieces = 16},
      {.name = "scan",
       .summary = "100 keys and values in order, from a uniform one on",
       .shares = {{Action::kScan, 100}},
       .shortest_scan = 100},
      {.name = "mixed",
       .summary = "60% GET, 25% SET, 10% APPEND, 5% READ of a range, uniform",
       .shares = {{Action::kRead, 60},
                  {Action::kUpdate, 25},
                  {Action::kAppend, 10},
                  {Action::kReadRange, 5}}},
      {.name = "ycsb-a",
       .summary = "50% read, 50% update, zipfian",
       .shares = {{Action::kRead, 50}, {Action::kUpdate, 50}},
       .keys = KeyChoice::kZipfian},
      {.name = "ycsb-b",
       .summary = "95% read, 5% update, zipfian",
       .shares = {{Action::kRead, 95}, {Action::kUpdate, 5}},
       .keys = KeyChoice::kZipfian},
      {.name = "ycsb-c",
       .summary = "reads, zipfian",
       .shares = {{Action::kRead, 100}},
       .keys = KeyChoice::kZipfian},
      {.name = "ycsb-d",
       .summary = "95% read, 5% insert, the latest keys most",
       .shares = {{Action::kRead, 95}, {Action::kInsert, 5}},
       .keys = KeyChoice::kLatest},
      {.name = "ycsb-e",
       .summary = "95% scans of 1 to 100 keys, 5% insert, zipfian",
       .shares = {{Action::kScan, 95}, {Action::kInsert, 5}},
       .keys = KeyChoice::kZipfian},
      {.name = "ycsb-f",
       .summary = "50% read, 50% read and then update, zipfian",
       .shares = {{Action::kRead, 50}, {Action::kReadUpdate, 50}},
       .keys = KeyChoice::kZipfian},
  };
}

}  // namespace

bool Workload::inserts() const {
  return std::any_of(shares.begin(), shares.end(),
                     [](const Share& share) { return share.action == Action::kInsert; });
}

const std::vector<Workload>& workloads() {
  static const std::vector<Workload> all = make_workloads();
  return all;
}

const Workload* find_workload(std::string_view name) {
  for (const Workload& workload : workloads()) {
    if (workload.name == name) return &workload;
  }
  return nullptr;
}

}  // namespace kvstore::bench
