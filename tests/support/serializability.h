// Is there an order in which the committed transactions of a recorded history, one after
// another, would have read what they read? Then it is serializable.
//
// The direct serialization graph (A. Adya, "Weak consistency", 1999) has an edge from each
// transaction to who read what it wrote, to who overwrote it, and from each reader of a
// version to who wrote the next one. Each thread's own order is added. The order of a key's
// versions is known, for the store keeps them. A cycle is a history that no order explains.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "src/store/store.h"
#include "tests/support/anomalies.h"

namespace kvstore::testing {

struct Read {
  std::string key;
  // What it was answered: the value, or nothing. In a list only whether the key was there.
  std::optional<std::string> value;
  bool in_list = false;
};

struct CommittedTransaction {
  std::string name;       // also of the key that it alone has written, if it wrote any
  std::uint64_t seq = 0;  // of its writes; 0: it wrote nothing
  std::vector<Read> reads;
};

struct KeyVersion {
  std::uint64_t seq = 0;
  std::string value;  // which no other version of the key has
};

struct TransactionHistory {
  std::vector<std::vector<CommittedTransaction>> threads;
  std::map<std::string, std::vector<KeyVersion>> versions;  // oldest first
  std::uint64_t conflicts = 0;                              // transactions that were refused
};

// nullopt: serializable. Otherwise a cycle, or a read of what nobody committed.
std::optional<std::string> find_violation(const TransactionHistory& history);

struct TransactionWorkload {
  int threads = 4;
  int keys = 4;
  int transactions = 300;  // a thread
  std::uint64_t seed = 0;
};

// Lets the threads run random transactions at once, on keys that are not there yet, whose
// versions `store` tells afterwards.
TransactionHistory record(const TransactionWorkload& workload, const MakeClient& make,
                          Store& store);

}  // namespace kvstore::testing
