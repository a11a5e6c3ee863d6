// ZADD and ZREM, by updates and by transactions, the STORE forms; sets as they are, were, and are
// in a snapshot. Keys of their own: no string is ever there.
#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <ostream>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "src/sorted_set/sorted_set.h"
#include "src/store/sorted_set_cache.h"
#include "src/store/transaction.h"
#include "tests/stateful/commands.h"
#include "tests/stateful/generate.h"

namespace kvstore::stateful {
namespace {

using Members = std::map<std::string, double>;

struct Change {
  std::string name;
  std::optional<double> score;
};

// A name that is long, so that changes outgrow sets.
const std::string kLong(30'000, 'n');

// --- What FORMAT.md says, once more.

void encode(const std::string& name, std::optional<double> score, std::string* out) {
  out->push_back(score ? '\1' : '\2');
  std::size_t size = name.size();
  for (; size >= 128; size /= 128) out->push_back(static_cast<char>(128 + size % 128));
  out->push_back(static_cast<char>(size));
  *out += name;
  if (!score) return;
  char bytes[8];
  std::memcpy(bytes, &*score, 8);
  out->append(bytes, 8);
}

Members decode(const std::optional<std::string>& value) {
  Members members;
  for (std::size_t at = 0; value && at < value->size();) {
    const bool has_score = value->at(at++) == '\1';
    std::size_t size = 0;
    for (unsigned shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(value->at(at++));
      size |= static_cast<std::size_t>(byte & 127) << shift;
      if (byte < 128) break;
    }
    const std::string name = value->substr(at, size);
    at += size;
    members.erase(name);
    if (!has_score) continue;
    std::memcpy(&members[name], value->data() + at, 8);
    at += 8;
  }
  return members;
}

std::string encode_all(const Members& members) {
  std::set<std::pair<double, std::string>> order;
  for (const auto& [name, score] : members) order.emplace(score, name);
  std::string bytes;
  for (const auto& [score, name] : order) encode(name, score, &bytes);
  return bytes;
}

using Value = std::optional<std::string>;

// nullopt: nothing is left of it.
Value value_after(const Value& before, std::span<const Change> changes) {
  if (changes.empty()) return before;
  std::string bytes = before.value_or("");
  for (const Change& change : changes) encode(change.name, change.score, &bytes);
  return decode(bytes).empty() ? std::nullopt : Value(bytes);
}

bool has_outgrown(const std::string& value, const Members& members) {
  return value.size() > 2 * encode_all(members).size() + 65'536;
}

// The set is not made for each change to see whether it has become small; for many it is.
bool looks_at_set(const Members& before, const std::string& after,
                  std::span<const Change> changes) {
  const auto removals =
      std::count_if(changes.begin(), changes.end(), [](const Change& one) { return !one.score; });
  std::string bytes;
  for (const Change& change : changes) encode(change.name, change.score, &bytes);
  return static_cast<std::size_t>(removals) >= before.size() ||
         bytes.size() > SortedSetCache::kFewChanges || has_outgrown(after, before);
}

// --- Generators

rc::Gen<std::string> name() {
  return rc::gen::weightedOneOf<std::string>(
      {{9, rc::gen::element<std::string>("a", "b", "", "c", std::string("d\0", 2), "ab")},
       {3, rc::gen::just(kLong)}});
}

double score() { return *rc::gen::inRange(-3, 4) / 2.0; }

std::vector<Change> any_changes() {
  std::vector<Change> changes;
  for (int count = *rc::gen::inRange(1, 5); count > 0; --count) {
    Change change{*name(), std::nullopt};
    if (*rc::gen::weightedElement<bool>({{2, true}, {1, false}})) change.score = score();
    changes.push_back(std::move(change));
  }
  return changes;
}

void show_changes(const std::vector<Change>& changes, std::ostream& os) {
  for (const Change& change : changes) {
    os << " " << (change.name == kLong ? "n..." : rc::toString(change.name)) << " ";
    if (change.score)
      os << *change.score;
    else
      os << "gone";
  }
}

// --- Commands

struct ZChange : Command {
  std::string k = *set_key();
  std::vector<Change> changes = any_changes();
  bool in_transaction = *rc::gen::weightedElement<bool>({{2, false}, {1, true}});

  // In a transaction in two steps.
  Value after(const Value& before) const {
    const std::span<const Change> all(changes);
    if (!in_transaction) return value_after(before, all);
    return value_after(value_after(before, all.first(all.size() / 2)), all.subspan(all.size() / 2));
  }
  void apply(Expected& expected) const override {
    const Value before = expected.values.now(k);
    Value value = after(before);
    if (!before && !value) return;
    if (value && (in_transaction || looks_at_set(decode(before), *value, changes))) {
      const Members members = decode(value);
      if (has_outgrown(*value, members)) value = encode_all(members);
    }
    ++expected.seq;
    expected.set(k, value);
  }
  std::vector<MemberChange> views() const {
    std::vector<MemberChange> all;
    for (const Change& change : changes) all.push_back({change.name, change.score});
    return all;
  }
  void run(const Expected&, World& world) const override {
    if (!in_transaction) {
      const auto done = world.store().update(
          [&](Update& update) { return update.change_sorted_set(k, views()); });
      return RC_ASSERT(done.has_value());
    }
    auto transaction = world.store().transaction();
    RC_ASSERT(transaction.has_value());
    // In two steps, and read in between.
    const std::vector<MemberChange> all = views();
    const std::span<const MemberChange> both(all);
    RC_ASSERT(transaction->change_sorted_set(k, both.first(all.size() / 2)).has_value());
    RC_ASSERT(transaction->sorted_set(k).has_value());
    RC_ASSERT(transaction->change_sorted_set(k, both.subspan(all.size() / 2)).has_value());
    RC_ASSERT(transaction->commit().has_value());
  }
  void show(std::ostream& os) const override {
    os << "ZADD " << (in_transaction ? "in a transaction " : "") << rc::toString(k);
    show_changes(changes, os);
  }
};

struct ZStore : Command {
  std::string k = *set_key();
  std::vector<Change> changes = any_changes();

  void apply(Expected& expected) const override {
    const Members members = decode(value_after({}, changes));
    if (members.empty() && !expected.values.now(k)) return;
    ++expected.seq;
    expected.set(k, members.empty() ? std::nullopt : std::optional(encode_all(members)));
  }
  void run(const Expected&, World& world) const override {
    SortedSet set;
    for (const Change& change : changes) set.apply({change.name, change.score});
    const auto done =
        world.store().update([&](Update& update) { return update.set_sorted_set(k, set); });
    RC_ASSERT(done.has_value());
  }
  void show(std::ostream& os) const override {
    os << "ZSTORE " << rc::toString(k);
    show_changes(changes, os);
  }
};

void check_set(const Result<std::optional<SortedSet>>& got,
               const std::optional<std::string>& value) {
  RC_ASSERT(got.has_value());
  RC_ASSERT(got->has_value() == value.has_value());
  if (!value) return;
  const Members members = decode(value);
  std::string bytes;
  for (auto at = (*got)->cursor(0); at.valid(); at.next()) {
    encode(std::string(at.member().name), at.member().score, &bytes);
  }
  RC_ASSERT((*got)->size() == members.size());
  RC_ASSERT(bytes == encode_all(members));
  for (const auto& [name, score] : members) RC_ASSERT((*got)->score(name) == score);
}

struct ZRead : Command {
  std::string k = *set_key();
  std::uint64_t back;
  bool beside = *rc::gen::weightedElement<bool>({{3, false}, {1, true}});

  // As it is, as one of its own versions, which are few among all, or as of any seq.
  explicit ZRead(const Expected& expected) {
    const std::vector<std::uint64_t> own = expected.values.seqs(k);
    const unsigned has_any = own.empty() ? 0 : 2;
    const std::size_t one = *rc::gen::inRange<std::size_t>(0, std::max<std::size_t>(own.size(), 1));
    back = *rc::gen::weightedOneOf<std::uint64_t>(
        {{2, rc::gen::just<std::uint64_t>(0)},
         {has_any, rc::gen::just(own.empty() ? 0 : expected.seq - own[one])},
         {1, rc::gen::inRange<std::uint64_t>(1, 40)}});
  }
  void run(const Expected& before, World& world) const override {
    Store& store = beside && before.seq > 0 ? world.beside() : world.store();
    if (back == 0) return check_set(store.sorted_set(k), before.values.now(k));
    const std::uint64_t seq = before.seq - std::min(before.seq, back);
    const auto got = store.sorted_set(k, {.seq = seq, .time_us = {}});
    if (seq >= before.floor) return check_set(got, before.values.at(k, seq));
    RC_ASSERT(!got.has_value());
    RC_ASSERT(got.error().code == Code::kPurged);
  }
  void show(std::ostream& os) const override {
    os << "ZRANGE " << rc::toString(k) << " as of " << back << " versions ago"
       << (beside ? ", by another process" : "");
  }
};

struct ZReadHeld : Command {
  std::string k = *set_key();

  void run(const Expected& before, World& world) const override {
    if (!world.held) return;
    const Snapshot& snapshot = world.held->snapshot;
    check_set(snapshot.sorted_set(k), before.values.at(k, snapshot.seq()));
  }
  void show(std::ostream& os) const override { os << "ZRANGE at the snapshot " << rc::toString(k); }
};

}  // namespace

rc::Gen<std::shared_ptr<const Command>> any_sorted_set(const Expected& expected) {
  return rc::state::gen::execOneOfWithArgs<ZChange, ZChange, ZStore, ZRead, ZRead, ZReadHeld>()(
      expected);
}

}  // namespace kvstore::stateful
