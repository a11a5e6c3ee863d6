// Workloads: the shares of operations, and how keys are chosen.
//
// YCSB's core workloads are those of B. F. Cooper, A. Silberstein, E. Tam, R. Ramakrishnan,
// R. Sears, "Benchmarking Cloud Serving Systems with YCSB", SoCC 2010, as its source has them
// (github.com/brianfrankcooper/YCSB, workloads/workloada to workloadf):
//
//   A  50% read, 50% update             zipfian      D  95% read, 5% insert      latest
//   B  95% read, 5% update              zipfian      E  95% scan, 5% insert      zipfian
//   C  100% read                        zipfian      F  50% read, 50% read, then update
//
// with the zipfian constant 0.99 and scans of 1 to 100 records, equally likely. A record here is
// one value of the payload's size; YCSB's has ten fields of 100 bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kvstore::bench {

enum class Action : std::uint8_t {
  kRead,
  kUpdate,
  kInsert,
  kAppend,
  kReadRange,  // some bytes of a value
  kScan,       // keys and values in order
  kReadUpdate  // a read, and once it is answered an update of the same key
};
inline constexpr std::size_t kActions = 7;

enum class KeyChoice : std::uint8_t { kUniform, kZipfian, kLatest };

struct Share {
  Action action;
  unsigned percent;
};

struct Workload {
  std::string_view name;
  std::string_view summary;
  std::vector<Share> shares;  // 100 in total
  KeyChoice keys = KeyChoice::kUniform;
  bool starts_empty = false;        // false: all keys exist at the beginning
  std::uint64_t pieces = 1;         // the number of writes that make a value: a SET, then APPENDs
  std::uint64_t shortest_scan = 1;  // in keys
  std::uint64_t longest_scan = 100;

  bool inserts() const;
};

// In the order in which the help and the documents list them.
const std::vector<Workload>& workloads();
// Null if there is none. The name must match exactly: "ycsb-a".
const Workload* find_workload(std::string_view name);

}  // namespace kvstore::bench
