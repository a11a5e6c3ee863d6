// A clean close, a kill, a power loss; and a look by another process.
#include <ostream>

#include "tests/stateful/commands.h"

namespace kvstore::stateful {
namespace {

void check_all(const Expected& expected, Store& store) {
  for (const std::string& k : expected.values.keys()) {
    std::string got;
    const auto found = store.get(k, &got);
    RC_ASSERT(found.has_value());
    RC_ASSERT(*found == expected.values.now(k).has_value());
    if (*found) RC_ASSERT(got == *expected.values.now(k));
  }
  RC_ASSERT(store.stats().last_seq == expected.seq);
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

}  // namespace

rc::Gen<std::shared_ptr<const Command>> any_end(const Expected& expected) {
  return rc::state::gen::execOneOfWithArgs<Reopen, Kill, LosePower, LookBeside>()(expected);
}

}  // namespace kvstore::stateful
