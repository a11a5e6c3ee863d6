// SET, SET if absent, APPEND, DELETE, UNDO, COPY, RENAME, FLUSHALL, batches.
#include <algorithm>
#include <optional>
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
  std::string k = *any_key();

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

// To what was before the newest version, or as of some versions ago.
struct Undo : Command {
  std::string k = *any_key();
  std::optional<std::uint64_t> back = maybe_back();

  static std::optional<std::uint64_t> maybe_back() {
    if (*rc::gen::arbitrary<bool>()) return std::nullopt;
    return *rc::gen::inRange<std::uint64_t>(0, 30);
  }
  // The seq whose state comes back; nothing: the file may not have it any more.
  std::optional<std::uint64_t> target(const Expected& expected) const {
    const std::uint64_t newest = expected.values.seq_at(k, UINT64_MAX);
    if (back) {
      const std::uint64_t to = expected.seq - std::min(expected.seq, *back);
      return to < expected.floor ? std::nullopt : std::optional(to);
    }
    if (newest <= expected.floor && expected.floor > 0) return std::nullopt;
    return newest == 0 ? 0 : newest - 1;
  }
  bool changes(const Expected& expected, std::uint64_t to) const {
    const auto then = expected.values.at(k, to), now = expected.values.now(k);
    if (!then || !now) return then.has_value() != now.has_value();
    return expected.values.seq_at(k, to) != expected.values.seq_at(k, UINT64_MAX);
  }
  void apply(Expected& expected) const override {
    const auto to = target(expected);
    if (!to || !changes(expected, *to)) return;
    auto value = expected.values.at(k, *to);
    ++expected.seq;
    expected.set(k, std::move(value));
  }
  void run(const Expected& before, World& world) const override {
    UndoOptions options;
    if (back) options.to.seq = before.seq - std::min(before.seq, *back);
    const auto undone = world.store().undo(k, options);
    const auto to = target(before);
    if (!to) {
      RC_ASSERT(!undone.has_value());
      return RC_ASSERT(undone.error().code == Code::kPurged);
    }
    RC_ASSERT(undone.has_value());
    RC_ASSERT(undone->written == changes(before, *to));
    if (!undone->written) return;
    RC_ASSERT(undone->seq == before.seq + 1);
    RC_ASSERT(undone->size == before.values.at(k, *to).value_or("").size());
    const bool is_there = before.values.at(k, *to).has_value();
    RC_ASSERT(undone->restored == (is_there ? before.values.seq_at(k, *to) : 0));
  }
  void show(std::ostream& os) const override {
    os << "UNDO " << rc::toString(k);
    if (back) os << " to " << *back << " versions ago";
  }
};

// Right behind another one, and in a new file, it writes nothing.
struct Clear : Command {
  void apply(Expected& expected) const override {
    if (expected.seq == 0 || expected.cleared_seq == expected.seq) return;
    ++expected.seq;
    expected.cleared_seq = expected.seq;
    expected.clear();
  }
  void run(const Expected& before, World& world) const override {
    if (world.bugs().forgets_clears) return;
    const auto cleared = world.store().clear();
    RC_ASSERT(cleared.has_value());
    Expected after = before;
    apply(after);
    RC_ASSERT(*cleared == after.seq);
  }
  void show(std::ostream& os) const override { os << "FLUSHALL"; }
};

// The value of one key under another, where that is free or not; the old key goes or stays.
struct Copy : Command {
  bool of_set = *rc::gen::weightedElement<bool>({{3, false}, {1, true}});
  std::string from = of_set ? *set_key() : *key();
  std::string to = of_set ? *set_key() : *key();
  bool moves = *rc::gen::arbitrary<bool>();
  std::optional<Value> tail = maybe_tail();  // is appended in the same write

  std::optional<Value> maybe_tail() const {
    if (of_set || *rc::gen::inRange(0, 3) != 0) return std::nullopt;
    return *value();
  }

  void apply(Expected& expected) const override {
    const auto value = expected.values.now(from);
    if (!value || from == to) return;
    ++expected.seq;
    expected.set(to, *value + (tail ? tail->bytes() : ""));
    if (moves) expected.set(from, std::nullopt);
  }
  void run(const Expected& before, World& world) const override {
    if (from == to) return;
    bool copied = false;
    const auto done = world.store().update([&](Update& update) -> Status {
      KV_ASSIGN(copied, update.copy(from, to));
      if (copied && tail) KV_TRY(update.append(to, tail->bytes()));
      if (copied && moves) KV_TRY(update.remove(from));
      return {};
    });
    RC_ASSERT(done.has_value());
    RC_ASSERT(copied == before.values.now(from).has_value());
    RC_ASSERT(!copied || *done == before.seq + 1);
  }
  void show(std::ostream& os) const override {
    os << (moves ? "RENAME " : "COPY ") << rc::toString(from) << " " << rc::toString(to);
    if (tail) os << " and APPEND";
  }
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
    for (const Entry& one : entries) showValue(one, os << " ["), os << "]";
  }
};

}  // namespace

rc::Gen<std::shared_ptr<const Command>> any_write(const Expected& expected) {
  return rc::gen::weightedOneOf<std::shared_ptr<const Command>>(
      {{20, rc::state::gen::execOneOfWithArgs<Set, Append, Append, Append, Remove, Undo, Copy, Copy,
                                              Apply>()(expected)},
       {1, rc::state::gen::execOneOfWithArgs<Clear>()(expected)}});
}

}  // namespace kvstore::stateful
