// No memory: changes and reads of sorted sets, again and again, each time with the next one of
// their allocations failing. Each call then answers an error or is done, and no set is ever wrong.
#include <map>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "src/sorted_set/sorted_set.h"
#include "src/store/store.h"
#include "src/store/transaction.h"
#include "tests/faults/allocations.h"
#include "tests/faults/system_calls.h"
#include "tests/support/temp_dir.h"

using namespace kvstore;
using kvstore::testing::QuickDir;
using test::fail_each_allocation;
using test::Shortage;

namespace {

using Members = std::map<std::string, double>;

struct SetWork {
  Members members;
  std::uint64_t refused = 0;
  bool is_wrong = false;

  // Of the same members each time, so that nodes split, merge and go.
  void run(Store& store) {
    for (int round = 0; round < 2; ++round) {
      for (int i = 0; i < 5; ++i) write(store, change_of(round * 5 + i), i % 2 == 1);
    }
    write(store, {}, false);
  }

  struct Planned {
    std::vector<std::string> names;
    std::vector<MemberChange> changes;
    Members after;
  };
  // 40 members come, or half of them go, or all are moved.
  Planned change_of(int step) const {
    const test::Exempt own_account;
    Planned planned;
    planned.after = members;
    planned.names.reserve(40);
    for (int i = 0; i < 40; ++i) {
      planned.names.push_back("member " + std::to_string(step % 3 * 40 + i));
      const std::string& name = planned.names.back();
      if (step % 4 == 3 && i % 2 == 0) {
        planned.changes.push_back({name, std::nullopt});
        planned.after.erase(name);
      } else {
        planned.changes.push_back({name, static_cast<double>((step * 7 + i) % 11)});
        planned.after[name] = *planned.changes.back().score;
      }
    }
    return planned;
  }

  void write(Store& store, const Planned& planned, bool in_transaction) {
    const std::uint64_t before = last_seq(store);
    const bool done = planned.changes.empty() || make(store, planned, in_transaction);
    refused += !done;
    {
      const test::Exempt own_account;
      if (last_seq(store) > before) members = planned.after;
    }
    read(store);
  }

  static std::uint64_t last_seq(Store& store) {
    const test::Exempt own_account;
    return store.stats().last_seq;
  }

  static bool make(Store& store, const Planned& planned, bool in_transaction) try {
    if (!in_transaction) {
      return store
          .update([&](Update& update) { return update.change_sorted_set("z", planned.changes); },
                  false)
          .has_value();
    }
    auto transaction = store.transaction();
    return transaction && transaction->change_sorted_set("z", planned.changes) &&
           transaction->commit(false);
  } catch (const std::bad_alloc&) {
    return false;
  }

  void read(Store& store) try {
    const auto set = store.sorted_set("z");
    const test::Exempt own_account;
    refused += !set;
    if (!set) return;
    Members found;
    if (*set) {
      for (auto at = (*set)->cursor(0); at.valid(); at.next()) {
        found[std::string(at.member().name)] = at.member().score;
        if ((*set)->score(at.member().name) != at.member().score) is_wrong = true;
      }
    }
    is_wrong |= found != members;
  } catch (const std::bad_alloc&) {
    ++refused;
  }
};

}  // namespace

TEST_CASE("any allocation of changing, reading and folding sorted sets may fail") {
  const auto seen = fail_each_allocation({}, [&](const Shortage& shortage) {
    CAPTURE(shortage.allocation);
    QuickDir directory;
    const std::string path = directory / "data.bin";
    SetWork work;
    auto store = *Store::open(path, {});
    work.run(*store);
    store.reset();
    store = *Store::open(path, {});  // the first touch folds
    test::arm_shortage(shortage);
    work.read(*store);
    work.run(*store);
    test::disarm_shortage();
    CHECK(work.refused <= 1);
    work.run(*store);  // memory is back
    CHECK_FALSE(work.is_wrong);
    store.reset();
    store = *Store::open(path, {});
    work.read(*store);
    CHECK_FALSE(work.is_wrong);
  });
  CHECK(seen > 60);
  MESSAGE(seen << " allocations failed");
}
