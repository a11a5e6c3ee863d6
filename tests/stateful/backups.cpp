// A whole backup or the next increment, and a restore as of any version of all that was made so
// far.
#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

#include "src/store/backup.h"
#include "tests/stateful/commands.h"

namespace kvstore::stateful {
namespace {

void check_at(const Expected& expected, std::uint64_t seq, Store& store) {
  for (const std::string& k : expected.values.keys()) {
    std::string got;
    const auto found = store.read_bytes(k, 0, UINT64_MAX, &got);
    RC_ASSERT(found.has_value());
    RC_ASSERT(*found == expected.values.at(k, seq).has_value());
    if (*found) RC_ASSERT(got == *expected.values.at(k, seq));
  }
  std::vector<std::string> keys;
  const Status listed = store.scan("", std::nullopt, UINT64_MAX, [&](std::string_view k) {
    keys.emplace_back(k);
    return true;
  });
  RC_ASSERT(listed.has_value());
  RC_ASSERT(keys == expected.live_keys_at(seq));
  RC_ASSERT(store.stats().last_seq == seq);
  RC_ASSERT(store.stats().index_damaged == 0u);
  RC_ASSERT(store.open_report().how == OpenReport::How::kClean);
}

struct BackUp : Command {
  bool whole = *rc::gen::weightedElement<bool>({{1, true}, {3, false}});
  std::uint64_t back = *rc::gen::inRange<std::uint64_t>(0, 30);

  void run(const Expected& before, World& world) const override {
    if (before.seq == 0) return;  // there may be no file yet
    const bool has_history = world.backed_up_seq >= before.floor;
    RC_ASSERT(world.back_up(whole || !has_history));
    const std::uint64_t until = std::max(before.floor, before.seq - std::min(before.seq, back));
    check_at(before, before.seq, *world.restored(before.seq));
    check_at(before, until, *world.restored(until));
  }
  void show(std::ostream& os) const override {
    os << (whole ? "BACK UP" : "BACK UP what came since") << ", restore " << back << " back";
  }
};

}  // namespace

rc::Gen<std::shared_ptr<const Command>> any_backup(const Expected& expected) {
  return rc::state::gen::execOneOfWithArgs<BackUp>()(expected);
}

}  // namespace kvstore::stateful
