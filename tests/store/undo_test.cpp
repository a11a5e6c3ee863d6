// Store::undo() and Transaction::undo(): a key as it was, as a new version.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "src/base/clock.h"
#include "src/store/store.h"
#include "src/store/transaction.h"
#include "tests/support/open_store.h"
#include "tests/support/sim_files.h"
#include "tests/support/store_fixture.h"

using namespace kvstore;
using kvstore::testing::at_seq;
using kvstore::testing::at_time;
using kvstore::testing::name_of;
using kvstore::testing::open_store;
using kvstore::testing::SimFiles;

namespace {

UndoOptions to(const At& at) { return {.to = at, .wait = true, .take_memory = {}}; }

struct Fixture : kvstore::testing::StoreFixture {
  std::string get(std::string_view key) { return testing::get(*store, key); }
  // The version that is there again, or why none is.
  std::string undo(std::string_view key, const UndoOptions& options = {}) {
    const std::uint64_t before = store->stats().last_seq;
    const auto undone = store->undo(key, options);
    const bool wrote = store->stats().last_seq > before;
    CHECK(wrote == (undone && undone->written));
    if (!undone) return name_of(undone.error());
    if (!undone->written) return "nothing";
    CHECK(undone->seq == store->stats().last_seq);
    return std::to_string(undone->restored);
  }
  std::uint64_t set(std::string_view key, std::string_view value, std::uint64_t expires_ms = 0) {
    return store->set(key, value, {.expires_at_ms = expires_ms})->seq;
  }
  void damage(std::uint64_t begin, std::uint64_t end) {
    store.reset();
    testing::Image image = files.memory("a.bin");
    for (std::uint64_t at = begin; at < end; ++at) image[at] = static_cast<char>(image[at] ^ 0x55);
    files.put("a.bin", image);
    store = open_store(files);
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture,
                  "what a key was before its newest version comes back, and is undone itself") {
  CHECK(undo("k") == "nothing");  // there is no file yet, and none is made
  CHECK(store->stats().file_size == 0);
  set("k", "one");
  REQUIRE(store->append("k", " two"));
  CHECK(undo("k") == "1");
  CHECK(get("k") == "one");
  CHECK(undo("k") == "2");
  CHECK(get("k") == "one two");
  REQUIRE(store->remove("k"));
  CHECK(undo("k") == "4");
  CHECK(get("k") == "one two");
  CHECK(undo("never") == "nothing");
  reopen();
  CHECK(get("k") == "one two");
  CHECK(testing::get(*store, "k", at_seq(3)) == "one");
}

TEST_CASE_FIXTURE(Fixture, "the first version of a key is undone to its absence") {
  set("k", "one");
  CHECK(undo("k") == "0");
  CHECK(get("k") == "(nil)");
  CHECK(undo("k") == "1");
  CHECK(get("k") == "one");
}

TEST_CASE_FIXTURE(Fixture,
                  "TO goes to any version or time; the state that is there writes nothing") {
  set("k", "one");
  set("other", "x");
  set("k", "three");
  const std::uint64_t then = store->stat("k").value()->time_us;
  REQUIRE(store->remove("k"));
  CHECK(undo("k", to(at_seq(2))) == "1");
  CHECK(get("k") == "one");
  CHECK(undo("k", to(at_time(then))) == "3");
  CHECK(get("k") == "three");
  CHECK(undo("k", to(at_seq(1'000'000))) == "nothing");
  CHECK(undo("k", to(at_time(now_us() + 1'000'000))) == "nothing");
  CHECK(undo("k", to(at_seq(0))) == "0");
  CHECK(undo("k", to(at_time(1))) == "nothing");
  CHECK(get("other") == "x");
}

TEST_CASE_FIXTURE(Fixture, "the same bytes in another version are written again") {
  set("k", "same");
  set("k", "same");
  CHECK(undo("k") == "1");
}

TEST_CASE_FIXTURE(Fixture,
                  "an expiry comes back as it was, and one that has passed is an absence") {
  const std::uint64_t later = now_us() / 1000 + 1'000'000;
  set("k", "one", later);
  set("k", "two");
  CHECK(undo("k") == "1");
  CHECK((*store->stat("k"))->expires_at_ms == later);
  CHECK(undo("k") == "2");
  CHECK((*store->stat("k"))->expires_at_ms == 0);

  set("gone", "soon", 1000);  // 1970: it has expired
  set("gone", "stays");
  CHECK(undo("gone") == "0");
  CHECK(get("gone") == "(nil)");
  CHECK(undo("gone") == "6");
  CHECK(get("gone") == "stays");
  // What has expired is missing now, and the version before it is another state.
  set("gone", "again", 1000);
  CHECK(undo("gone", to(at_seq(store->stats().last_seq))) == "nothing");
  CHECK(undo("gone") != "nothing");
  CHECK(get("gone") == "stays");
}

TEST_CASE_FIXTURE(Fixture, "below what a compaction kept nothing can be undone, and it says so") {
  set("old", "1");
  set("gone", "1");
  REQUIRE(store->remove("gone"));
  set("changed", "1");
  set("changed", "2");
  CompactionOptions options;
  options.keep = KeepHistory{std::nullopt, 1, false};
  REQUIRE(store->compact(options));
  CHECK(undo("old") == "error PURGED");
  CHECK(undo("gone") == "error PURGED");
  CHECK(undo("never") == "error PURGED");
  CHECK(undo("old", to(at_seq(1))) == "error PURGED");
  CHECK(undo("old", to(at_time(1))) == "error PURGED");
  CHECK(undo("old", to(at_seq(4))) == "nothing");
  CHECK(undo("changed") == "4");
  CHECK(get("changed") == "1");
  set("new", "1");
  CHECK(undo("new") == "0");
}

TEST_CASE_FIXTURE(Fixture, "a damaged version is not put back, nor anything in its place") {
  set("k", "one");
  const std::uint64_t begin = store->stats().file_size;
  set("k", std::string(1000, '2'));
  const std::uint64_t end = store->stats().file_size;
  set("k", "three");
  set("k", "four");
  damage(end - 100, end - 90);  // its value
  CHECK(get("k") == "four");
  CHECK(undo("k", to(at_seq(2))) == "error CORRUPT");
  CHECK(undo("k", to(at_seq(3))) == "3");
  damage(begin, end);  // all of it
  CHECK(undo("k", to(at_seq(2))).starts_with("error "));
  CHECK(get("k") == "three");
}

TEST_CASE_FIXTURE(Fixture, "who asks about memory may refuse it, and nothing is written") {
  set("k", "12345");
  REQUIRE(store->remove("k"));
  UndoOptions options;
  std::uint64_t asked = 0;
  options.take_memory = [&asked](std::uint64_t bytes) -> Status {
    asked = bytes;
    return fail(Code::kLimit, "no");
  };
  CHECK(undo("k", options) == "error LIMIT");
  CHECK(asked == 5);
  CHECK(get("k") == "(nil)");
}

TEST_CASE("a store that may not write undoes nothing") {
  SimFiles files;
  REQUIRE(open_store(files)->set("k", "v"));
  Options options;
  options.read_only = true;
  const auto store = open_store(files, options);
  const auto undone = store->undo("k");
  REQUIRE(!undone);
  CHECK(undone.error().code == Code::kReadOnly);
}

TEST_CASE_FIXTURE(Fixture, "a transaction undoes what was there when it began") {
  set("k", "one");
  set("k", "two");
  Transaction transaction = *store->transaction();
  const auto undone = transaction.undo("k");
  REQUIRE(undone);
  CHECK(undone->restored == 1);
  std::string value;
  CHECK(*transaction.get("k", &value));
  CHECK(value == "one");
  CHECK(get("k") == "two");
  const auto again = transaction.undo("k");
  REQUIRE(!again);
  CHECK(again.error().code == Code::kState);
  CHECK(transaction.undo("k", to(at_seq(0)))->restored == 0);
  CHECK_FALSE(*transaction.get("k", &value));
  CHECK_FALSE(transaction.undo("never")->written);
  REQUIRE(transaction.commit());
  CHECK(get("k") == "(nil)");
  CHECK(undo("k") == "2");
}

TEST_CASE_FIXTURE(Fixture, "a transaction that undid what others then changed conflicts") {
  set("k", "one");
  set("k", "two");
  Transaction transaction = *store->transaction();
  REQUIRE(transaction.undo("k"));
  set("k", "three");
  const auto done = transaction.commit();
  REQUIRE(!done);
  CHECK(done.error().code == Code::kConflict);
  CHECK(get("k") == "three");
}

// Each version is one letter longer than the one before it, or what an undo made of it: had an
// undo read and written back in two steps, an append in between would be lost from the chain.
TEST_CASE_FIXTURE(Fixture, "undos and appends of two threads never lose a write between them") {
  constexpr int kRounds = 2000;
  set("k", "x");
  const auto appends = [&] {
    for (int i = 0; i < kRounds; ++i) REQUIRE(store->append("k", "a", {.wait = false}));
  };
  std::atomic<int> written{0};
  const auto undoes = [&] {
    for (int i = 0; i < kRounds; ++i) {
      const auto undone = store->undo("k", {.to = {}, .wait = false, .take_memory = {}});
      REQUIRE(undone);
      written += undone->written;
    }
  };
  std::thread one(appends), two(undoes);
  one.join();
  two.join();
  // Whatever the order was, each version follows from the two before it.
  std::vector<Version> versions;
  REQUIRE(store->history("k", UINT64_MAX, [&](const Version& version) {
    versions.push_back(version);
    return true;
  }));
  REQUIRE(versions.size() == 1u + kRounds + static_cast<std::size_t>(written));
  for (std::size_t i = 0; i + 1 < versions.size(); ++i) {
    const std::uint64_t before = versions[i + 1].size;
    if (versions[i].kind == Version::Kind::kAppend) {
      CHECK(versions[i].size == before + 1);
    } else {
      CHECK(versions[i].size == (i + 2 < versions.size() ? versions[i + 2].size : 0));
    }
  }
}
