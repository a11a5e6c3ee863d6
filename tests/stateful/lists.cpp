// Walks between bounds in both directions, SCAN in steps, and a snapshot with a walk in it that
// are kept while writes and seals go on.
#include <algorithm>
#include <optional>
#include <ostream>
#include <vector>

#include "tests/stateful/commands.h"
#include "tests/stateful/generate.h"

namespace kvstore::stateful {
namespace {

std::optional<std::string> value_of(Iterator& walk) {
  const auto value = walk.value();
  RC_ASSERT(value.has_value());
  return std::string(*value);
}

struct Walk : Command {
  IteratorOptions options = bounds();
  bool backwards = *rc::gen::arbitrary<bool>();
  std::uint64_t back = *rc::gen::inRange<std::uint64_t>(0, 10);

  static std::optional<std::string> any_bound() {
    if (*rc::gen::arbitrary<bool>()) return std::nullopt;
    return *key();
  }
  static IteratorOptions bounds() {
    IteratorOptions bounds;
    bounds.lower = any_bound();
    bounds.upper = any_bound();
    bounds.prefix = *rc::gen::element(std::string(), std::string("a"));
    bounds.keys_only = *rc::gen::arbitrary<bool>();
    return bounds;
  }
  std::vector<std::string> expected_keys(const Expected& before, std::uint64_t seq) const {
    std::vector<std::string> keys = before.live_keys_at(seq);
    std::erase_if(keys, [this](const std::string& k) {
      return (options.lower && k < *options.lower) || (options.upper && k >= *options.upper) ||
             !k.starts_with(options.prefix);
    });
    if (backwards) std::reverse(keys.begin(), keys.end());
    return keys;
  }
  void run(const Expected& before, World& world) const override {
    if (before.seq == 0) return;  // there may be no file yet
    IteratorOptions at = options;
    const std::uint64_t seq = before.seq - std::min(before.seq, back);
    if (back > 0) at.at.seq = seq;
    const auto walk = world.store().iterator(at);
    if (back > 0 && seq < before.floor) {
      RC_ASSERT(!walk.has_value());
      return RC_ASSERT(walk.error().code == Code::kPurged);
    }
    RC_ASSERT(walk.has_value());
    std::vector<std::string> got;
    for (backwards ? (*walk)->last() : (*walk)->first(); (*walk)->valid();
         backwards ? (*walk)->prev() : (*walk)->next()) {
      got.emplace_back((*walk)->key());
      RC_ASSERT(value_of(**walk) == before.values.at(got.back(), seq));
    }
    RC_ASSERT((*walk)->status().has_value());
    RC_ASSERT(got == expected_keys(before, seq));
  }
  void show(std::ostream& os) const override {
    os << "RANGE " << rc::toString(options.lower.value_or("(first)")) << " to "
       << rc::toString(options.upper.value_or("(last)")) << " prefix " << options.prefix
       << (backwards ? " REV" : "") << " as of " << back << " versions ago";
  }
};

struct ScanSteps : Command {
  std::uint64_t count = *rc::gen::inRange<std::uint64_t>(1, 5);

  void run(const Expected& before, World& world) const override {
    std::vector<std::string> got;
    std::uint64_t cursor = 0;
    do {
      const auto next =
          world.store().scan_step(cursor, count, [&](std::string_view k) { got.emplace_back(k); });
      RC_ASSERT(next.has_value());
      cursor = *next;
    } while (cursor != 0);
    RC_ASSERT(got == before.live_keys());
  }
  void show(std::ostream& os) const override { os << "SCAN in steps of " << count; }
};

struct Take : Command {
  void run(const Expected& before, World& world) const override {
    if (before.seq == 0) return;
    auto snapshot = world.store().snapshot();
    RC_ASSERT(snapshot.has_value());
    RC_ASSERT(snapshot->seq() == before.seq);
    auto walk = snapshot->iterator({});
    RC_ASSERT(walk.has_value());
    (*walk)->first();
    world.held = std::make_unique<World::Held>(std::move(*snapshot), std::move(*walk));
  }
  void show(std::ostream& os) const override { os << "TAKE a snapshot"; }
};

struct ReadHeld : Command {
  std::string k = *any_key();

  void run(const Expected& before, World& world) const override {
    if (!world.held) return;
    const std::uint64_t seq = world.held->snapshot.seq();
    std::string got;
    const auto found = world.held->snapshot.read_bytes(k, 0, UINT64_MAX, &got);
    RC_ASSERT(found.has_value());
    RC_ASSERT((*found ? std::optional(got) : std::nullopt) == before.values.at(k, seq));
  }
  void show(std::ostream& os) const override { os << "GET at the snapshot " << rc::toString(k); }
};

struct WalkOn : Command {
  bool backwards = *rc::gen::weightedElement<bool>({{4, false}, {1, true}});

  void run(const Expected& before, World& world) const override {
    if (!world.held) return;
    Iterator& walk = *world.held->walk;
    const std::uint64_t seq = world.held->snapshot.seq();
    const std::vector<std::string> keys = before.live_keys_at(seq);
    if (!walk.valid()) backwards ? walk.last() : walk.first();
    RC_ASSERT(walk.status().has_value());
    RC_ASSERT(walk.valid() == !keys.empty());
    if (keys.empty()) return;
    const auto at = std::find(keys.begin(), keys.end(), walk.key());
    RC_ASSERT(at != keys.end());
    RC_ASSERT(value_of(walk) == before.values.at(*at, seq));
    const bool is_last = backwards ? at == keys.begin() : at + 1 == keys.end();
    backwards ? walk.prev() : walk.next();
    RC_ASSERT(walk.status().has_value());
    RC_ASSERT(walk.valid() == !is_last);
    if (!is_last) RC_ASSERT(walk.key() == (backwards ? *(at - 1) : *(at + 1)));
  }
  void show(std::ostream& os) const override {
    os << "WALK on at the snapshot" << (backwards ? ", backwards" : "");
  }
};

}  // namespace

rc::Gen<std::shared_ptr<const Command>> any_list(const Expected& expected) {
  return rc::state::gen::execOneOfWithArgs<Walk, Walk, ScanSteps, Take, ReadHeld, WalkOn, WalkOn>()(
      expected);
}

}  // namespace kvstore::stateful
