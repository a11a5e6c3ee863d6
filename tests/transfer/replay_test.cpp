// A replay makes of a log the same log.
#include "src/transfer/replay.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <rapidcheck.h>

#include "src/base/cancel.h"
#include "src/base/quote.h"
#include "src/transfer/replay_store.h"
#include "tests/support/open_store.h"
#include "tests/transfer/support.h"

using namespace kvstore;
using namespace kvstore::transfer;
using namespace kvstore::transfer::test;
using kvstore::testing::at_seq;
using kvstore::testing::get;
using kvstore::testing::open_store;
using kvstore::testing::SimFiles;

namespace {

constexpr std::uint64_t kFarAway_ms = 4'102'444'800'000;  // 2100
const std::string kPositionKey = "position";

// All writes, a line each, numbered by version; without those of the position.
std::string log_of(Store& store) {
  std::string text;
  std::uint64_t version = 0, seq = 0;
  REQUIRE(store.snapshot()->writes([&](const LoggedWrite& write) {
    if (write.key == kPositionKey) return true;
    if (write.seq != seq) ++version;
    seq = write.seq;
    const auto kind = write.starts_anew ? Version::Kind::kSet : write.kind;
    text += fmt::format("{}: {} ", version, static_cast<int>(kind));
    append_quoted(write.key, &text);
    text += " = ";
    append_quoted(write.value, &text);
    text += fmt::format(" until {}\n", write.expires_at_ms);
    return true;
  }));
  return text;
}

// Each key's versions, oldest first.
std::string histories_of(Store& store) {
  std::string text;
  for (const char* key : {"a", "b", "c", "d"}) {
    std::string versions;
    REQUIRE(store.history(key, 1000, [&](const Version& version) {
      versions =
          fmt::format("{} {} {};", static_cast<int>(version.kind), version.seq, version.size) +
          versions;
      return true;
    }));
    text += fmt::format("{}: {}\n", key, versions);
  }
  return text;
}

void change_randomly(Batch* batch, const std::string& key) {
  switch (*rc::gen::inRange(0, 4)) {
    case 0:
      return batch->remove(key);
    case 1:
      return batch->append(key, *rc::gen::arbitrary<std::string>());
    default:
      return batch->set(key, *rc::gen::arbitrary<std::string>(),
                        *rc::gen::element<std::uint64_t>(0, 0, kFarAway_ms));
  }
}

// Batches of one to four keys, some of them behind a removal of all keys.
void fill(Store& store) {
  const int versions = *rc::gen::inRange(0, 30);
  for (int i = 0; i < versions; ++i) {
    Batch batch;
    if (*rc::gen::inRange(0, 10) == 0) batch.clear();
    const unsigned which = *rc::gen::inRange(1U, 16U);
    for (unsigned k = 0; k < 4; ++k) {
      if ((which >> k & 1) != 0)
        change_randomly(&batch, std::string(1, static_cast<char>('a' + k)));
    }
    RC_ASSERT(store.apply(batch).has_value());
  }
}

struct Two {
  SimFiles files, other_files;
  std::unique_ptr<Store> store = open_store(files);
  std::unique_ptr<Store> other = open_store(other_files);
};

// Fails at a version, as a killed process would, or a lost connection.
class Failing final : public ReplayTarget {
 public:
  Failing(ReplayTarget& inner, int versions) : inner_(inner), left_(versions) {}
  Status apply(const ReplayStep& step) override {
    if (left_-- == 0) return fail(Code::kNetwork, "gone");
    return inner_.apply(step);
  }
  Status settle() override { return inner_.settle(); }
  std::uint64_t acknowledged() const override { return inner_.acknowledged(); }
  std::uint64_t attempted() const override { return inner_.attempted(); }
  Result<std::optional<std::string>> position(std::string_view key) override {
    return inner_.position(key);
  }

 private:
  ReplayTarget& inner_;
  int left_;
};

ReplayReport replay_into(Store& from, Store& to, const ReplayOptions& options = {},
                         int versions = -1) {
  const auto target = StoreReplay::begin(to, options.resume_key);
  REQUIRE(target);
  const auto snapshot = from.snapshot();
  REQUIRE(snapshot);
  if (versions < 0) return replay(*snapshot, **target, options);
  Failing failing(**target, versions);
  return replay(*snapshot, failing, options);
}

std::string error_of(const ReplayReport& report) {
  return report.error ? fmt::format("{} {}", code_name(report.error->code), report.error->message)
                      : "";
}

}  // namespace

TEST_CASE("a replayed log is the same: kinds, values, expiries, batches, in their order") {
  CHECK(rc::check("logs", [] {
    Two two;
    fill(*two.store);
    const ReplayReport report = replay_into(*two.store, *two.other);
    RC_ASSERT(error_of(report) == "");
    RC_ASSERT(report.acknowledged == two.store->stats().last_seq);
    RC_ASSERT(log_of(*two.other) == log_of(*two.store));
    RC_ASSERT(histories_of(*two.other) == histories_of(*two.store));
    RC_ASSERT(content_of(*two.other) == content_of(*two.store));
  }));
}

TEST_CASE("it may be interrupted anywhere, and goes on from what it said") {
  CHECK(rc::check("interrupted", [] {
    Two two;
    fill(*two.store);
    ReplayOptions options;
    for (bool ended = false; !ended;) {
      const ReplayReport report =
          replay_into(*two.store, *two.other, options, *rc::gen::inRange(1, 10));
      ended = !report.error;
      if (report.acknowledged != 0) options.from = at_seq(report.acknowledged + 1);
    }
    RC_ASSERT(log_of(*two.other) == log_of(*two.store));
  }));
}

TEST_CASE("with a position in the target it goes on by itself, with what was written since") {
  CHECK(rc::check("resumed", [] {
    Two two;
    const ReplayOptions options{.resume_key = kPositionKey};
    for (int round = 0; round < 4; ++round) {
      fill(*two.store);
      replay_into(*two.store, *two.other, options, *rc::gen::inRange(1, 20));
    }
    RC_ASSERT(error_of(replay_into(*two.store, *two.other, options)) == "");
    RC_ASSERT(replay_into(*two.store, *two.other, options).versions == 0);
    RC_ASSERT(log_of(*two.other) == log_of(*two.store));
  }));
}

TEST_CASE("of a prefix, from one version, and until one") {
  Two two;
  for (int i = 1; i <= 6; ++i) REQUIRE(two.store->append(i % 2 == 0 ? "x:2" : "y", "+"));
  const ReplayReport report =
      replay_into(*two.store, *two.other, {.from = at_seq(2), .until = at_seq(5), .prefix = "x:"});
  CHECK(error_of(report) == "");
  CHECK(report.versions == 2);
  CHECK(report.acknowledged == 4);
  CHECK(get(*two.other, "x:2") == "++");
  CHECK(get(*two.other, "y") == "(nil)");
}

TEST_CASE("of a prefix, a removal of all keys is one of those that have it") {
  Two two;
  for (const char* key : {"x:1", "x:2", "y"}) REQUIRE(two.store->set(key, "1"));
  REQUIRE(two.store->clear());
  REQUIRE(two.store->set("x:3", "2"));
  REQUIRE(two.other->set("mine", "1"));
  const ReplayOptions options{.prefix = "x:", .resume_key = kPositionKey};
  replay_into(*two.store, *two.other, options, 3);
  CHECK(error_of(replay_into(*two.store, *two.other, options)) == "");
  CHECK(get(*two.other, "x:1") == "(nil)");
  CHECK(get(*two.other, "x:3") == "2");
  CHECK(get(*two.other, "mine") == "1");
}

TEST_CASE("a target that has something is written to after it") {
  Two two;
  REQUIRE(two.other->set("log", "before "));
  REQUIRE(two.other->set("mine", "1"));
  REQUIRE(two.store->append("log", "after"));
  REQUIRE(two.store->remove("log"));
  REQUIRE(two.store->append("log", "anew"));
  CHECK(replay_into(*two.store, *two.other, {.until = at_seq(1)}).versions == 1);
  CHECK(get(*two.other, "mine") == "1");
  CHECK(replay_into(*two.store, *two.other, {.from = at_seq(2)}).versions == 2);
  CHECK(get(*two.other, "log") == "anew");
}

TEST_CASE("keys that have expired since are played, and stay expired") {
  Two two;
  Batch batch;
  batch.set("gone", "x", 1'000'000'000'000);
  batch.set("there", "y");
  REQUIRE(two.store->apply(batch));
  REQUIRE(two.store->append("gone", "anew"));
  CHECK(error_of(replay_into(*two.store, *two.other)) == "");
  CHECK(get(*two.other, "gone") == "anew");
  CHECK(get(*two.other, "gone", at_seq(1)) == get(*two.store, "gone", at_seq(1)));
  CHECK(log_of(*two.other) == log_of(*two.store));
}

TEST_CASE("a compacted file begins with its base, and what was before it is refused by name") {
  SimFiles files, other_files;
  auto store = open_store(files);
  REQUIRE(store->set("a", "1"));
  REQUIRE(store->append("a", "2"));
  REQUIRE(store->set("b", "3", {.expires_at_ms = kFarAway_ms}));
  CompactionOptions compaction;
  compaction.keep = *KeepHistory::parse("none");
  REQUIRE(store->compact(compaction));
  REQUIRE(store->append("a", "4"));
  REQUIRE(store->remove("b"));
  const auto other = open_store(other_files);

  const ReplayOptions from_gone{.from = at_seq(2)};
  const ReplayReport refused = replay_into(*store, *other, from_gone);
  CHECK(error_of(refused).starts_with("PURGED history before seq 4 ("));
  CHECK(error_of(replay_into(*store, *other, {.until = at_seq(1)})).starts_with("PURGED"));
  CHECK(log_of(*other) == "");

  ReplayReport report = replay_into(*store, *other, {.until = at_seq(3)});
  CHECK(error_of(report) == "");
  CHECK(report.acknowledged == 3);
  CHECK(get(*other, "a") == "12");
  CHECK(get(*other, "b") == "3");
  report = replay_into(*store, *other, {.from = at_seq(4)});
  CHECK(report.versions == 2);
  CHECK(content_of(*other) == content_of(*store));

  // Interrupted within its base it begins anew, and that makes the same.
  SimFiles third_files;
  const auto third = open_store(third_files);
  report = replay_into(*store, *third, {}, 1);
  CHECK(report.in_base);
  CHECK(report.acknowledged == 0);
  CHECK(error_of(replay_into(*store, *third)) == "");
  CHECK(content_of(*third) == content_of(*store));
}

TEST_CASE("a position that is gone, of another database, or none at all is refused") {
  Two two;
  REQUIRE(two.store->set("a", "1"));
  const ReplayOptions options{.resume_key = kPositionKey};
  CHECK(replay_into(*two.store, *two.other, options).versions == 1);
  REQUIRE(two.store->set("a", "2"));
  REQUIRE(two.store->set("a", "3"));
  CompactionOptions compaction;
  compaction.keep = *KeepHistory::parse("none");
  REQUIRE(two.store->compact(compaction));
  CHECK(
      error_of(replay_into(*two.store, *two.other, options)).starts_with("PURGED the target has"));

  SimFiles third_files;
  const auto third = open_store(third_files);
  REQUIRE(third->set("a", "1"));
  CHECK(error_of(replay_into(*third, *two.other, options)).starts_with("CONFLICT"));
  REQUIRE(two.other->set(kPositionKey, "mine"));
  CHECK(error_of(replay_into(*third, *two.other, options)).starts_with("FORMAT"));
  CHECK(get(*two.other, "a") == "1");
}

TEST_CASE("a key of the file that the position would take the place of is refused at once") {
  Two two;
  REQUIRE(two.store->set("m", "1"));
  REQUIRE(two.store->set(kPositionKey, "precious"));
  const ReplayOptions options{.resume_key = kPositionKey};
  CHECK(error_of(replay_into(*two.store, *two.other, options))
            .starts_with("CONFLICT FILE has a key"));
  CHECK(*two.other->count() == 0);
  REQUIRE(two.store->remove(kPositionKey));  // it is replayed all the same
  CHECK(error_of(replay_into(*two.store, *two.other, options)).starts_with("CONFLICT"));
  const ReplayOptions others{.prefix = "m", .resume_key = kPositionKey};
  CHECK(error_of(replay_into(*two.store, *two.other, others)) == "");
  CHECK(get(*two.other, "m") == "1");
}

TEST_CASE("a database that went another way since, or ends before, is refused") {
  SimFiles files, restored_files, target_files;
  const auto target = open_store(target_files);
  const ReplayOptions options{.resume_key = kPositionKey};
  auto store = open_store(files);
  REQUIRE(store->set("a", "1"));
  REQUIRE(store->set("b", "2"));
  REQUIRE(store->close());
  restored_files.put("a.bin", files.memory("a.bin"));
  store = open_store(files);
  REQUIRE(store->set("c", "old3"));
  REQUIRE(store->append("a", "old4"));
  CHECK(replay_into(*store, *target, options).versions == 4);

  const auto restored = open_store(restored_files);
  const std::string before = log_of(*target);
  ReplayReport report = replay_into(*restored, *target, options);
  CHECK(error_of(report).starts_with("CONFLICT the target has all up to seq 4, and FILE ends at"));
  for (const char* const value : {"new3", "old4", "new5"}) {  // one of them as it was
    REQUIRE(restored->append("a", value));
    REQUIRE(restored->set("c", value));
    report = replay_into(*restored, *target, options);
    CHECK(error_of(report).starts_with("CONFLICT seq 4, the last that the target has, is another"));
  }
  CompactionOptions compaction;
  compaction.keep = *KeepHistory::parse("none");
  REQUIRE(store->compact(compaction));
  CHECK(error_of(replay_into(*store, *target, options)) == "");  // the floor is the same version
  CHECK(log_of(*target) == before);
  REQUIRE(store->set("d", "5"));
  CHECK(replay_into(*store, *target, options).versions == 1);
  CHECK(get(*target, "d") == "5");
}

TEST_CASE("a base of which the target has a part must be the same one") {
  Two two;
  REQUIRE(two.store->set("a", "1"));
  REQUIRE(two.store->set("b", "1"));
  CompactionOptions compaction;
  compaction.keep = *KeepHistory::parse("none");
  REQUIRE(two.store->compact(compaction));
  const ReplayOptions options{.resume_key = kPositionKey};
  CHECK(replay_into(*two.store, *two.other, options, 1).in_base);
  REQUIRE(two.store->remove("a"));
  CHECK(replay_into(*two.store, *two.other, options, 1).in_base);
  REQUIRE(two.store->compact(compaction));
  CHECK(error_of(replay_into(*two.store, *two.other, options)).starts_with("CONFLICT"));
}

TEST_CASE("a position is of the prefix that it was made with") {
  Two two;
  REQUIRE(two.store->set("x:1", "1"));
  REQUIRE(two.store->set("y:1", "1"));
  ReplayOptions options{.prefix = "x:", .resume_key = kPositionKey};
  CHECK(replay_into(*two.store, *two.other, options).versions == 1);
  options.prefix = "";
  const ReplayReport report = replay_into(*two.store, *two.other, options);
  CHECK(error_of(report).starts_with("CONFLICT the target was made with --prefix \"x:\""));
  options.prefix = "x:";
  REQUIRE(two.store->set("x:2", "1"));
  CHECK(replay_into(*two.store, *two.other, options).versions == 1);
  CHECK(get(*two.other, "y:1") == "(nil)");
}

TEST_CASE("a position is read back") {
  for (const char* const prefix : {"", "user:", "a b ", "\n\xff"}) {
    const ReplayPosition position{"abc", 17, 1'700'000'000'000'000, 0x123456789abcdef, prefix};
    const auto read = ReplayPosition::parse(position.to_string());
    REQUIRE(read);
    CHECK(*read == position);
  }
  for (const char* const text :
       {"", "kvstore-replay", "kvstore-replay 17", "kvstore-replay abc 17",
        "a b 1 2 0123456789abcdef ", "kvstore-replay abc 17 5 0123456789abcdef",
        "kvstore-replay abc 17 5 123456789abcdef ", "kvstore-replay abc 17 5 0123456789abcdeg ",
        "kvstore-replay abc 17 x 0123456789abcdef "})
    CHECK_FALSE(ReplayPosition::parse(text));
}

TEST_CASE("at a speed it waits for nothing that was written at once, and it can be ended") {
  Two two;
  REQUIRE(two.store->set("a", "1"));
  REQUIRE(two.store->set("b", "1"));
  CHECK(replay_into(*two.store, *two.other, {.speed = 1000}).versions == 2);
  const CancelScope scope([] { return true; });
  const ReplayReport report = replay_into(*two.store, *two.other);
  CHECK(error_of(report).starts_with("SKIPPED"));
  CHECK(report.versions == 0);
}

TEST_CASE("a value too long for one write goes over in pieces, and again if that is interrupted") {
  Two two;
  const std::string half((LoggedWrite::kPart >> 1) + 5, 'h');
  REQUIRE(two.store->set("a", half));
  REQUIRE(two.store->append("a", half));
  REQUIRE(two.store->append("d", "once"));
  REQUIRE(two.store->set("e", half));
  REQUIRE(two.store->append("e", half));
  REQUIRE(two.store->update([](Update& update) -> Status {
    update.clear();
    KV_TRY(update.set("gone", "soon"));
    return {};
  }));
  REQUIRE(two.store->undo("a"));
  REQUIRE(two.store->update([](Update& update) -> Status {
    KV_TRY(update.append("d", "more"));
    KV_TRY(update.copy("a", "b"));
    KV_TRY(update.append("b", "tail"));
    KV_TRY(update.remove("gone"));
    KV_TRY(update.remove("a"));
    return {};
  }));
  REQUIRE(two.store->set("c", "last"));
  const ReplayOptions options{.resume_key = kPositionKey, .most_at_once = LoggedWrite::kPart / 2};
  const std::uint64_t last = two.store->stats().last_seq;
  for (int versions = 1;; ++versions) {
    CAPTURE(versions);
    SimFiles files;
    const auto to = open_store(files);
    const ReplayReport first = replay_into(*two.store, *to, options, versions);
    CHECK((first.error || first.acknowledged == last));
    if (!first.error) break;
    CHECK(first.acknowledged < last);
    CHECK(error_of(replay_into(*two.store, *to, options)) == "");
    for (const char* key : {"a", "b", "c", "d", "gone"}) {
      CHECK((get(*to, key) == get(*two.store, key)));
    }
    // What was in pieces is one version of the position all the same.
    CHECK(replay_into(*two.store, *to, options).versions == 0);
  }
}
