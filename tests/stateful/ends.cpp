// A seal of the index; a compaction; a clean close, a kill, a power loss; and looks by another
// process.
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/stateful/commands.h"
#include "tests/stateful/generate.h"

namespace kvstore::stateful {
namespace {

void check_all(const Expected& expected, Store& store) {
  for (const std::string& k : expected.values.keys()) {
    std::string got;
    const auto found = store.read_bytes(k, 0, UINT64_MAX, &got);
    RC_ASSERT(found.has_value());
    RC_ASSERT(*found == expected.values.now(k).has_value());
    if (*found) RC_ASSERT(got == *expected.values.now(k));
  }
  std::vector<std::string> keys;
  const Status listed = store.scan("", std::nullopt, UINT64_MAX, [&](std::string_view k) {
    keys.emplace_back(k);
    return true;
  });
  RC_ASSERT(listed.has_value());
  RC_ASSERT(keys == expected.live_keys());
  RC_ASSERT(store.stats().last_seq == expected.seq);
  RC_ASSERT(store.stats().index_damaged == 0u);
  RC_ASSERT(store.open_report().damage.empty());
}

struct Reopen : Command {
  void run(const Expected& before, World& world) const override {
    world.reopen();
    check_all(before, world.store());
  }
  void show(std::ostream& os) const override { os << "REOPEN"; }
};

struct Kill : Command {
  void run(const Expected& before, World& world) const override {
    world.kill();
    check_all(before, world.store());
  }
  void show(std::ostream& os) const override { os << "KILL"; }
};

struct LosePower : Command {
  int loss = *rc::gen::inRange(0, testing::kLossCount);
  std::uint64_t seed = *rc::gen::inRange<std::uint64_t>(0, 1000);

  void run(const Expected& before, World& world) const override {
    world.lose_power(static_cast<testing::Loss>(loss), seed);
    check_all(before, world.store());
  }
  void show(std::ostream& os) const override {
    os << "LOSE POWER in way " << loss << ", seed " << seed;
  }
};

struct LookBeside : Command {
  void run(const Expected& before, World& world) const override {
    if (before.seq == 0) return;  // there may be no file yet
    check_all(before, *world.open_beside());
  }
  void show(std::ostream& os) const override { os << "LOOK from another process"; }
};

// Of a process that follows the writer through its seals, merges and checkpoints.
struct LookAgain : Command {
  void run(const Expected& before, World& world) const override {
    if (before.seq == 0) return;
    check_all(before, world.beside());
  }
  void show(std::ostream& os) const override { os << "LOOK again from another process"; }
};

struct Seal : Command {
  void run(const Expected& before, World& world) const override {
    RC_ASSERT(world.store().checkpoint().has_value());
    check_all(before, world.store());
  }
  void show(std::ostream& os) const override { os << "SEAL"; }
};

// A snapshot and a walk that are held, and the other process's look, go on over it.
struct Compact : Command {
  std::uint64_t kept = *kept_writes();
  bool compressed = *rc::gen::arbitrary<bool>();

  void apply(Expected& expected) const override { expected.compact(kept); }
  void run(const Expected& before, World& world) const override {
    if (before.seq == 0) return;  // there may be no file yet
    RC_ASSERT(world.compact(kept, compressed));
    check_all(before, world.store());
  }
  void show(std::ostream& os) const override {
    os << "COMPACT, keep " << kept << (compressed ? ", compressed" : "");
  }
};

}  // namespace

rc::Gen<std::shared_ptr<const Command>> any_seal(const Expected& expected) {
  return rc::state::gen::execOneOfWithArgs<Seal, Seal, Compact, LookAgain>()(expected);
}

rc::Gen<std::shared_ptr<const Command>> any_end(const Expected& expected) {
  return rc::state::gen::execOneOfWithArgs<Reopen, Kill, LosePower, LookBeside>()(expected);
}

}  // namespace kvstore::stateful
