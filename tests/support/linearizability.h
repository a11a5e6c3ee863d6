// Is there an order of recorded operations, each at one moment between its call
// and its return, in which a single key would have given every answer that was
// seen? Then the history is linearizable (Herlihy & Wing, TOPLAS 1990).
//
// The search is Wing & Gong's ("Testing and verifying concurrent objects", JPDC
// 1993) with Lowe's memory of the points already tried ("Testing for
// linearizability", Concurrency and Computation 29, 2017). Keys are independent,
// so each is checked on its own (Herlihy & Wing's locality).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kvstore::testing {

inline constexpr std::uint64_t kNever = UINT64_MAX;
inline constexpr int kMaxThreads = 8;

struct Operation {
  enum class Kind : std::uint8_t { kSet, kSetIfAbsent, kAppend, kRemove, kGet, kLength };
  Kind kind = Kind::kGet;
  std::string value;   // what is written
  std::string answer;  // as answer_of() words it; empty: it told nothing
  std::uint64_t called = 0;
  std::uint64_t returned = kNever;  // kNever: it may have taken effect, or may yet
};

// What a key with this value answers, and what it becomes. "new" or "old" for a
// SET that made or replaced the key, "kept" for one that did not; the length for
// an APPEND; "nil" for what is missing; "=value" for a GET.
std::string answer_of(const Operation& operation, std::optional<std::string>* value);

// One key's operations, by thread; each thread's in the order it made them.
using History = std::vector<std::vector<Operation>>;

// nullopt: linearizable, the key being absent at first. Otherwise the operations
// that no order gets past.
std::optional<std::string> find_violation(const History& history);

// Something that runs operations on keys for one thread.
class Subject {
 public:
  virtual ~Subject() = default;
  virtual std::string run(std::string_view key, const Operation& operation) = 0;
};

struct Workload {
  int threads = 4;
  int readers = 0;  // of the threads, these only read
  int keys = 3;
  int operations = 2000;  // a thread
  std::uint64_t seed = 0;
};

std::string key_name(const Workload& workload, int key);
// Lets the threads run random operations at once; one history a key. The keys
// must be absent: their names have the seed in them.
std::vector<History> record(const Workload& workload,
                            const std::function<std::unique_ptr<Subject>(int thread)>& subject);
// The first violation of any key.
std::optional<std::string> find_violation(const std::vector<History>& histories);

}  // namespace kvstore::testing
