// A transaction that reads and writes, alone or beside a write of what it has read, and is
// committed or rolled back.
#include <algorithm>
#include <optional>
#include <ostream>
#include <vector>

#include "src/store/transaction.h"
#include "tests/stateful/commands.h"
#include "tests/stateful/entries.h"

namespace kvstore::stateful {
namespace {

enum class Ends { kCommitted, kRolledBack, kConflict };

struct Transact : Command {
  std::string k = *key();  // it reads
  std::vector<Entry> entries = *stateful::entries();
  bool clears = *rc::gen::weightedElement<bool>({{5, false}, {1, true}});  // before its writes
  Ends ends = *rc::gen::element(Ends::kCommitted, Ends::kRolledBack, Ends::kConflict);

  // Before it ends; it keeps so many writes of the past.
  std::optional<std::uint64_t> compacts = maybe_kept_writes();

  static std::optional<std::uint64_t> maybe_kept_writes() {
    if (*rc::gen::inRange(0, 3) > 0) return std::nullopt;
    return *kept_writes();
  }

  void apply(Expected& expected) const override {
    const bool has_file = expected.seq > 0;
    if (ends == Ends::kConflict) {
      ++expected.seq;
      expected.set(k, "other");
    }
    if (compacts && has_file) expected.compact(*compacts);
    if (ends == Ends::kCommitted) take_all(expected);
  }
  void take_all(Expected& expected) const {
    if (!clears) return take(entries, expected);
    Expected empty = expected;
    empty.clear();
    const auto values = outcome(entries, empty);
    const bool writes = std::any_of(values.begin(), values.end(),
                                    [](const auto& one) { return one.second.has_value(); });
    const bool is_empty = expected.seq == 0 || expected.cleared_seq == expected.seq;
    if (!writes && is_empty) return;
    ++expected.seq;
    expected.clear();
    for (const auto& [name, value] : values) {
      if (value) expected.set(name, value);
    }
    if (!writes) expected.cleared_seq = expected.seq;
  }
  void write(Transaction& transaction) const {
    if (clears) RC_ASSERT(transaction.clear().has_value());
    for (const Entry& one : entries) {
      bool done = false;
      if (one.op == Entry::Op::kSet) done = transaction.set(one.k, one.v.bytes()).has_value();
      if (one.op == Entry::Op::kAppend) done = transaction.append(one.k, one.v.bytes()).has_value();
      if (one.op == Entry::Op::kRemove) done = transaction.remove(one.k).has_value();
      RC_ASSERT(done);
    }
  }
  // It sees what was there, and its own writes.
  void check_lists(const Expected& before, Transaction& transaction) const {
    Expected own = before;
    take_all(own);
    std::vector<std::string> got;
    const Status status = transaction.scan("", std::nullopt, UINT64_MAX, [&](std::string_view one) {
      got.emplace_back(one);
      return true;
    });
    RC_ASSERT(status.has_value());
    RC_ASSERT(got == own.live_keys());
  }
  void run(const Expected& before, World& world) const override {
    auto transaction = world.store().transaction();
    RC_ASSERT(transaction.has_value());
    std::string got;
    const auto found = transaction->get(k, &got);
    RC_ASSERT(found.has_value());
    RC_ASSERT((*found ? std::optional(got) : std::nullopt) == before.values.now(k));
    write(*transaction);
    check_lists(before, *transaction);
    if (ends == Ends::kConflict) RC_ASSERT(world.store().set(k, "other").has_value());
    if (compacts && before.seq > 0) RC_ASSERT(world.compact(*compacts));
    if (ends == Ends::kRolledBack) return transaction->rollback();
    const bool has_writes = transaction->has_writes();
    const auto done = transaction->commit();
    if (ends == Ends::kConflict && has_writes) {
      RC_ASSERT(!done.has_value());
      RC_ASSERT(done.error().code == Code::kConflict);
    } else {
      RC_ASSERT(done.has_value());
    }
  }
  void show(std::ostream& os) const override {
    static constexpr const char* kEnds[] = {"COMMITTED", "ROLLED BACK", "CONFLICTING"};
    os << "TRANSACTION " << kEnds[static_cast<int>(ends)] << " reads " << rc::toString(k);
    if (clears) os << " FLUSHALL";
    for (const Entry& one : entries) showValue(one, os << " ["), os << "]";
    if (compacts) os << " over COMPACT, keep " << *compacts;
  }
};

}  // namespace

rc::Gen<std::shared_ptr<const Command>> any_transaction(const Expected& expected) {
  return rc::state::gen::execOneOfWithArgs<Transact>()(expected);
}

}  // namespace kvstore::stateful
