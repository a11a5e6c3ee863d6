// Each key behaves as if its operations happened one after another, each between
// its call and its return, whatever the threads.
//
// KVSTORE_LONG=1 test_store --source-file='*linearizability*'    minutes, not seconds
#include <chrono>
#include <cstdlib>
#include <random>
#include <string>

#include <doctest/doctest.h>

#include "src/store/store.h"
#include "tests/support/linearizability.h"
#include "tests/support/open_store.h"
#include "tests/support/temp_dir.h"

using namespace kvstore;
using namespace kvstore::testing;
using Kind = Operation::Kind;
using kvstore::testing::open_store;

namespace {

int rounds() { return std::getenv("KVSTORE_LONG") ? 120 : 3; }

std::string written(const Result<Written>& result, const char* kept) {
  if (!result) return result.error().code == Code::kExists ? kept : result.error().message;
  return result->existed ? "old" : "new";
}

// Writes in one store, reads in another (or the same).
class StoreSubject : public Subject {
 public:
  StoreSubject(Store& writer, Store& reader, WriteOptions options)
      : writer_(writer), reader_(reader), options_(options) {}

  std::string run(std::string_view key, const Operation& operation) override {
    switch (operation.kind) {
      case Kind::kGet:
        return get(key);
      case Kind::kLength:
        return length(key);
      case Kind::kRemove: {
        const auto removed = writer_.remove(key, options_);
        return !removed ? removed.error().message : removed->existed ? "old" : "nil";
      }
      case Kind::kAppend: {
        const auto appended = writer_.append(key, operation.value, options_);
        return appended ? std::to_string(appended->total) : appended.error().message;
      }
      default: {
        WriteOptions options = options_;
        options.only_if_absent = operation.kind == Kind::kSetIfAbsent;
        return written(writer_.set(key, operation.value, options), "kept");
      }
    }
  }

 private:
  std::string get(std::string_view key) {
    std::string value;
    const auto found = reader_.get(key, &value);
    return !found ? found.error().message : *found ? "=" + value : "nil";
  }
  std::string length(std::string_view key) {
    const auto info = reader_.stat(key);
    return !info ? info.error().message : *info ? std::to_string((*info)->size) : "nil";
  }

  Store& writer_;
  Store& reader_;
  const WriteOptions options_;
};

struct Stores {
  Store& writer;
  Store& reader;
};

// Histories of `workload` on the stores, as they are or with a bug in between.
template <class Faulty = StoreSubject>
std::optional<std::string> violation_of(const Workload& workload, Stores stores, bool wait = true) {
  WriteOptions options;
  options.wait = wait;
  return find_violation(record(workload, [&](int) {
    return std::make_unique<Faulty>(stores.writer, stores.reader, options);
  }));
}

void check_rounds(Stores stores, Workload workload, bool wait = true) {
  const std::uint64_t first_seed = std::random_device{}();
  for (int round = 0; round < rounds(); ++round) {
    workload.seed = first_seed + static_cast<unsigned>(round);
    CAPTURE(workload.seed);
    const auto violation = violation_of(workload, stores, wait);
    if (violation) FAIL_CHECK(*violation);
  }
}

// A cache that nobody told: now and then what this thread read before.
class StaleReads : public StoreSubject {
 public:
  using StoreSubject::StoreSubject;
  std::string run(std::string_view key, const Operation& operation) override {
    std::string answer = StoreSubject::run(key, operation);
    if (operation.kind != Kind::kGet) return answer;
    return ++gets_ % 50 == 0 ? last_ : last_ = answer;
  }

 private:
  int gets_ = 0;
  std::string last_ = "nil";
};

// Says yes to a SET, now and then, and does nothing.
class LostWrites : public StoreSubject {
 public:
  using StoreSubject::StoreSubject;
  std::string run(std::string_view key, const Operation& operation) override {
    if (operation.kind == Kind::kSet && ++sets_ % 50 == 0) {
      return StoreSubject::run(key, {}) == "nil" ? "new" : "old";
    }
    return StoreSubject::run(key, operation);
  }

 private:
  int sets_ = 0;
};

// Reads the length, then the value, then sets it: no append at all.
class TornAppends : public StoreSubject {
 public:
  using StoreSubject::StoreSubject;
  std::string run(std::string_view key, const Operation& operation) override {
    if (operation.kind != Kind::kAppend) return StoreSubject::run(key, operation);
    std::string value = StoreSubject::run(key, {});
    Operation set = operation;
    set.kind = Kind::kSet;
    set.value = (value == "nil" ? "" : value.substr(1)) + operation.value;
    StoreSubject::run(key, set);
    return std::to_string(set.value.size());
  }
};

}  // namespace

TEST_CASE("threads on one store find each key linearizable, under every sync policy") {
  for (const SyncPolicy sync :
       {SyncPolicy::none(), SyncPolicy::every_ms(1), SyncPolicy::always()}) {
    CAPTURE(sync.to_string());
    const bool is_always = sync.mode == SyncPolicy::Mode::kAlways;
    TempDir dir;
    const auto store = open_store(dir / "a.bin", {.sync = sync});
    Workload workload;
    workload.operations = is_always ? 1000 : 5000;
    check_rounds({*store, *store}, workload);
  }
}

TEST_CASE("readers beside writers find one hot key linearizable") {
  TempDir dir;
  const auto store = open_store(dir / "a.bin");
  Workload workload;
  workload.readers = 2;
  workload.keys = 1;
  workload.operations = 5000;
  check_rounds({*store, *store}, workload, false);
}

TEST_CASE("what a read-only store answers beside the writer's threads is linearizable") {
  TempDir dir;
  const auto writer = open_store(dir / "a.bin", {.sync = SyncPolicy::none()});
  REQUIRE(writer->set("there", "is a file"));
  const auto reader = open_store(dir / "a.bin", {.read_only = true, .sync = SyncPolicy::none()});
  check_rounds({*writer, *reader}, {});
}

namespace {

// A bug that is a race shows when threads meet, which a busy machine may put off: some
// of a few workloads must show it.
template <class Planted>
bool is_found(Workload workload, const Stores& stores) {
  for (int attempt = 0; attempt < 10; ++attempt, workload.seed += 100) {
    if (violation_of<Planted>(workload, stores)) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("the test finds stale reads, lost writes and appends that are not one step") {
  TempDir dir;
  const auto store = open_store(dir / "a.bin", {.sync = SyncPolicy::none()});
  const Stores stores{*store, *store};
  Workload workload;
  workload.seed = 1;
  CHECK(is_found<StaleReads>(workload, stores));
  workload.seed = 2;
  CHECK(is_found<LostWrites>(workload, stores));
  workload.seed = 3;
  workload.keys = 1;
  workload.operations = 20'000;
  CHECK(is_found<TornAppends>(workload, stores));
}
