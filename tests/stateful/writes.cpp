// SET, SET if absent, APPEND, DELETE, batches.
#include <ostream>
#include <set>
#include <utility>
#include <vector>

#include "tests/stateful/commands.h"
#include "tests/stateful/entries.h"
#include "tests/stateful/generate.h"

namespace kvstore::stateful {
namespace {

struct Set : Command {
  std::string k = *key();
  Value v = *value();
  bool only_if_absent = *rc::gen::weightedElement<bool>({{4, false}, {1, true}});

  bool refused(const Expected& expected) const { return only_if_absent && expected.values.now(k); }
  void apply(Expected& expected) const override {
    if (refused(expected)) return;
    ++expected.seq;
    expected.set(k, v.bytes());
  }
  void run(const Expected& before, World& world) const override {
    WriteOptions options;
    options.only_if_absent = only_if_absent;
    const auto written = world.store().set(k, v.bytes(), options);
    RC_ASSERT(written.has_value() != refused(before));
    if (!written) return RC_ASSERT(written.error().code == Code::kExists);
    RC_ASSERT(written->seq == before.seq + 1);
    RC_ASSERT(written->existed == before.values.now(k).has_value());
  }
  void show(std::ostream& os) const override {
    os << (only_if_absent ? "SET if absent " : "SET ") << rc::toString(k) << " ";
    showValue(v, os);
  }
};

struct Append : Command {
  std::string k = *key();
  Value v = *value();

  std::string after(const Expected& expected) const {
    return expected.values.now(k).value_or("") + v.bytes();
  }
  void apply(Expected& expected) const override {
    std::string whole = after(expected);
    ++expected.seq;
    expected.set(k, std::move(whole));
  }
  void run(const Expected& before, World& world) const override {
    const auto written = world.bugs().appends_by_setting ? world.store().set(k, v.bytes())
                                                         : world.store().append(k, v.bytes());
    RC_ASSERT(written.has_value());
    RC_ASSERT(written->total == after(before).size());
    RC_ASSERT(written->seq == before.seq + 1);
  }
  void show(std::ostream& os) const override {
    os << "APPEND " << rc::toString(k) << " ";
    showValue(v, os);
  }
};

struct Remove : Command {
  std::string k = *key();

  void apply(Expected& expected) const override {
    if (!expected.values.now(k)) return;
    ++expected.seq;
    expected.set(k, std::nullopt);
  }
  void run(const Expected& before, World& world) const override {
    if (world.bugs().forgets_deletes) return;
    const auto written = world.store().remove(k);
    RC_ASSERT(written.has_value());
    RC_ASSERT(written->existed == before.values.now(k).has_value());
  }
  void show(std::ostream& os) const override { os << "DELETE " << rc::toString(k); }
};

struct Apply : Command {
  std::vector<Entry> entries = *stateful::entries();

  void apply(Expected& expected) const override { take(entries, expected); }
  void run(const Expected& before, World& world) const override {
    Batch batch;
    for (const Entry& one : entries) {
      if (one.op == Entry::Op::kSet) batch.set(one.k, one.v.bytes());
      if (one.op == Entry::Op::kAppend) batch.append(one.k, one.v.bytes());
      if (one.op == Entry::Op::kRemove && !world.bugs().forgets_deletes) batch.remove(one.k);
    }
    const auto existed = world.store().apply(batch);
    RC_ASSERT(existed.has_value());
    std::set<std::string> there;
    for (const Entry& one : entries) {
      if (before.values.now(one.k)) there.insert(one.k);
    }
    RC_ASSERT(world.bugs().forgets_deletes || *existed == there.size());
  }
  void show(std::ostream& os) const override {
    os << "BATCH of";
    for (const Entry& one : entries) showValue(one, os << " [" ), os << "]";
  }
};

}  // namespace

rc::Gen<std::shared_ptr<const Command>> any_write(const Expected& expected) {
  return rc::state::gen::execOneOfWithArgs<Set, Append, Append, Append, Remove, Apply>()(expected);
}

}  // namespace kvstore::stateful
