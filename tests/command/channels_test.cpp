// What waits for listeners is counted until they have it: without a server.
#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "src/command/channels.h"

namespace kvstore::command {
namespace {

struct Counted {
  std::size_t taken = 0;
  std::size_t limit = SIZE_MAX;

  Channels::Memory memory() {
    return {.take =
                [this](std::size_t size) {
                  if (size > limit - taken) return false;
                  taken += size;
                  return true;
                },
            .give = [this](std::size_t size) { taken -= size; }};
  }
};

TEST_CASE("a message is counted with its items in all inboxes, until the last has it") {
  Counted counted;
  Channels channels(counted.memory());
  Inbox one(SIZE_MAX, [] {}), other(SIZE_MAX, [] {});
  for (Inbox* const inbox : {&one, &other}) {
    for (int i = 1; i <= 100; ++i) {
      channels.join(*inbox, Listening::kPattern, std::string(static_cast<std::size_t>(i), '*'));
    }
  }
  REQUIRE(channels.publish(false, "c", "m") == 200);
  CHECK(counted.taken >= 200 * sizeof(Inbox::Item));
  one.take();
  CHECK(counted.taken >= 200 * sizeof(Inbox::Item));
  other.take();
  CHECK(counted.taken == 0);
}

TEST_CASE("a message for whose items there is no memory is refused, and nothing stays counted") {
  Counted counted{.limit = 1000};
  Channels channels(counted.memory());
  Inbox inbox(SIZE_MAX, [] {});
  for (int i = 1; i <= 100; ++i) {
    channels.join(inbox, Listening::kPattern, std::string(static_cast<std::size_t>(i), '*'));
  }
  const auto published = channels.publish(false, "c", "m");
  REQUIRE_FALSE(published);
  CHECK(published.error().code == Code::kLimit);
  CHECK(counted.taken == 0);
  CHECK_FALSE(inbox.has_any());
}

}  // namespace
}  // namespace kvstore::command
