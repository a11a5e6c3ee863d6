// Which keyspace events are published, in which order, and when: without a server.
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "src/base/clock.h"
#include "src/command/channels.h"
#include "src/command/data.h"
#include "src/command/keyspace_events.h"
#include "src/command/notices.h"
#include "src/store/store.h"
#include "tests/command/support.h"

namespace kvstore::command {
namespace {

using test::Fixture;

constexpr std::uint32_t kAllClasses = 0x3fff;

// Somebody who listens to all events.
struct Heard {
  explicit Heard(Store& store) : events(store, channels) {
    channels.join(inbox, Listening::kPattern, "__keyevent@0__:*");
    REQUIRE(events.set_classes(kAllClasses));
  }
  ~Heard() { channels.leave(inbox, Listening::kPattern, "__keyevent@0__:*"); }

  std::uint64_t add(std::uint64_t session, std::string_view key, bool is_strict = false) {
    const ToldChange change{.event = key_event::kSet, .key = std::string(key)};
    return events.add(session, {&change, 1}, is_strict);
  }
  // "set a, del b"
  std::string take() {
    std::string all;
    for (const Inbox::Item& item : inbox.take()) {
      const std::string& channel = item.message->channel;
      all += (all.empty() ? "" : ", ") + channel.substr(channel.find(':') + 1) + ' ' +
             item.message->payload;
    }
    return all;
  }

  Channels channels{
      {.take = [this](std::size_t) { return has_memory; }, .give = [](std::size_t) {}}};
  Inbox inbox{SIZE_MAX, [] {}};
  bool has_memory = true;
  KeyspaceEvents events;
};

}  // namespace

TEST_CASE("classes of events are answered in Redis' order, and other letters are none") {
  const auto normal = [](std::string_view letters) {
    const auto classes = parse_event_classes(letters);
    return classes ? event_class_letters(*classes) : "none";
  };
  CHECK(normal("") == "");
  CHECK(normal("KEA") == "AKE");
  CHECK(normal("mEKnxz$g") == "g$zxnKEm");
  CHECK(normal("g$lshzxetdK") == "AK");
  CHECK(normal("AnE") == "AE");  // as Redis, which leaves n out then
  CHECK(normal("EKKA ") == "none");
  CHECK(normal("a") == "none");
}

TEST_CASE("an event waits for the commit, and for those before it") {
  const Fixture fixture;
  Heard heard(*fixture.store);
  const std::uint64_t first = heard.add(1, "a");
  const std::uint64_t second = heard.add(2, "b");
  heard.events.add_now(key_event::kKeyMiss, "c");
  CHECK(heard.take() == "");
  heard.events.committed(1, first);
  CHECK(heard.take() == "set a");
  heard.events.committed(2, second);
  CHECK(heard.take() == "set b, keymiss c");
}

TEST_CASE("a commit tells of what others had written before, but of whoever waits for the disk") {
  const Fixture fixture;
  Heard heard(*fixture.store);
  heard.add(1, "a");
  const std::uint64_t second = heard.add(2, "b", true);
  const std::uint64_t third = heard.add(3, "c");
  heard.events.committed(3, third);
  CHECK(heard.take() == "set a");
  heard.events.committed(2, second);
  CHECK(heard.take() == "set b, set c");
}

TEST_CASE("of what could not be committed nothing is told") {
  const Fixture fixture;
  Heard heard(*fixture.store);
  heard.add(1, "a");
  const std::uint64_t second = heard.add(2, "b");
  heard.events.forget(1);
  CHECK(heard.take() == "");
  heard.events.committed(2, second);
  CHECK(heard.take() == "set b");
}

TEST_CASE("who cannot be told for want of memory is closed, as who reads too slowly") {
  const Fixture fixture;
  Heard heard(*fixture.store);
  heard.has_memory = false;
  heard.events.committed(1, heard.add(1, "a"));
  CHECK(heard.inbox.has_overflown());
}

TEST_CASE("of a key that expires while the keys are listed is told, too") {
  const Fixture fixture;
  Store& store = *fixture.store;
  // Keys are listed under the writer lock, after a look at all. That may come too late for a short
  // time to live.
  bool is_told = false;
  for (std::uint64_t ttl_ms = 50; ttl_ms < 5'000 && !is_told; ttl_ms *= 2) {
    REQUIRE(store.set("k", "v", {.expires_at_ms = now_ms() + ttl_ms}));
    WriteHold hold(store);
    Heard heard(store);
    while (*store.stat("k")) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    const ToldChange last{.event = {}, .key = "last", .expires_at_ms = now_ms()};
    heard.events.add(0, {&last, 1}, false);
    hold.release();
    std::string told;
    while (told.find("expired last") == std::string::npos) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      told += heard.take() + '\n';
    }
    is_told = told.find("expired k") != std::string::npos;
  }
  CHECK(is_told);
}

TEST_CASE("what one transaction gives a key and takes away again has not expired") {
  const Fixture fixture;
  Store& store = *fixture.store;
  REQUIRE(store.set("other", "v"));  // before the first write there is no lock to hold
  Heard heard(store);
  const WriteHold hold(store);
  const auto add = [&](std::vector<ToldChange> changes) { heard.events.add(0, changes, false); };
  const auto set = [](std::string key, std::uint64_t expires_at_ms) {
    return ToldChange{
        .event = key_event::kSet, .key = std::move(key), .expires_at_ms = expires_at_ms};
  };
  const ToldChange clear{.event = key_event::kDel, .is_clear = true};
  add({set("kept", 1), set("kept", 0), set("gone", 1), clear});
  CHECK(heard.take() == "set kept, set kept, set gone");
  add({set("kept", 0), set("gone", 0), set("gone", 1)});
  CHECK(heard.take() == "set kept, set gone, set gone");
  add({set("gone", 0)});
  CHECK(heard.take() == "expired gone, set gone");
}

TEST_CASE("classes without a kind of channel publish nothing") {
  const Fixture fixture;
  Heard heard(*fixture.store);
  REQUIRE(heard.events.set_classes(kAllClasses & ~(kToKeyspace | kToKeyevent)));
  CHECK_FALSE(heard.events.are_wanted());
  CHECK(event_class_letters(heard.events.classes()) == "Am");
}

TEST_CASE_FIXTURE(Fixture, "a command that fails within a transaction is not told of") {
  Heard heard(*store);
  Notices notices(&heard.events, nullptr, 1);
  Data data(*store, notices);
  REQUIRE(data.begin({}));
  const auto set_both = [&](const std::string& second) {
    return data.update([&](Edit& edit) -> Status {
      KV_TRY(edit.set("first", "1", 0));
      return edit.set(second, "2", 0);
    });
  };
  CHECK_FALSE(set_both(std::string(70'000, 'k')));
  CHECK(set_both("second"));
  CHECK_FALSE(data.update([&](Edit& edit) -> Status {
    KV_TRY(edit.remove("first"));
    return edit.remove(std::string(70'000, 'k'));
  }));
  REQUIRE(data.commit());
  notices.committed();
  CHECK(heard.take() == "new first, set first, new second, set second");
}

}  // namespace kvstore::command
