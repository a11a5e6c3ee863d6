// A process that reads a file while another one writes it sees whole batches
// only, and time goes forward, whether the writer lives, is killed or recovers.
//
// KVSTORE_LONG=1 test_process --source-file='*reader_process*'    200 kills, not 10
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "src/store/store.h"
#include "tests/server/fixture.h"

using namespace kvstore;
using kvstore::testing::TempDir;

namespace {

int kills() { return std::getenv("KVSTORE_LONG") ? 200 : 10; }

// --- the writing process: this program again, in the test case at the end.
// Round n sets both keys to n and appends one byte to both logs; every seventh
// round removes the pair.

constexpr const char* kFile = "KVSTORE_TEST_FILE";
constexpr const char* kApart = "KVSTORE_TEST_APART";  // the planted bug

void apply(Store& store, Batch* batch, bool apart) {
  if (apart) {
    REQUIRE(store.apply(*batch, false));
    *batch = {};
  }
}

void write_round(Store& store, std::uint64_t round, bool apart) {
  Batch batch;
  batch.set("round", std::to_string(round));
  for (const char* key : {"one", "other"}) {
    if (round % 7 == 0) batch.remove(key);
    if (round % 7 != 0) batch.set(key, std::to_string(round));
    apply(store, &batch, apart);
  }
  for (const char* key : {"log", "other log"}) {
    batch.append(key, std::string(1 + round % 50, 'x'));
    apply(store, &batch, apart);
  }
  if (!apart) REQUIRE(store.apply(batch, round % 64 == 0));
}

class WriterProcess {
 public:
  WriterProcess(const std::string& path, bool apart) : process_(command(path, apart)) {
    REQUIRE(process_.read_output(6) == "ready\n");
  }
  void kill() {
    process_.signal(SIGKILL);
    CHECK(process_.wait().exit_code == 128 + SIGKILL);
  }

 private:
  static std::vector<std::string> command(const std::string& path, bool apart) {
    const std::string self = std::filesystem::read_symlink("/proc/self/exe");
    return {"env",
            std::string(kFile) + "=" + path,
            kApart + std::string(apart ? "=1" : "="),
            self,
            "--no-skip",
            "--minimal",
            "--test-case=the writing process"};
  }
  test::Process process_;
};

// --- the reading process: this one.

class Reader {
 public:
  explicit Reader(const std::string& path) : path_(path) { reopen(); }

  void reopen() {
    Options options;
    options.read_only = true;
    auto opened = Store::open(path_, options);
    REQUIRE(opened);
    store_ = std::move(*opened);
  }

  // One look at the file; what is wrong with it, if anything.
  std::optional<std::string> look() {
    const std::uint64_t seq = store_->stats().last_seq;
    if (seq < newest_seq_) return "the newest seq went back";
    newest_seq_ = seq;
    if (auto wrong = look_now()) return wrong;
    return look_at(seq);
  }
  std::uint64_t rounds() const { return newest_round_; }

 private:
  // Read one after another: what is read later must not be older.
  std::optional<std::string> look_now() {
    for (const char* key : {"one", "other", "round"}) {
      const auto value = get(key, {});
      if (!value) continue;  // removed, in a round that it does not tell
      const std::uint64_t round = std::stoull(*value);
      if (round < newest_round_) return std::string(key) + " is of an older round";
      newest_round_ = round;
    }
    return std::nullopt;
  }

  // All at one seq: they agree.
  std::optional<std::string> look_at(std::uint64_t seq) {
    At at;
    at.seq = seq;
    const auto round = get("round", at), one = get("one", at), other = get("other", at);
    if (!round) return "no round at the seq";
    if (one != other) return "half of a batch at " + *round;
    if (one && one != round) return "parts of two batches at " + *round;
    if (!one && std::stoull(*round) % 7 != 0) return "the pair is missing at " + *round;
    const auto log = store_->stat("log", at), other_log = store_->stat("other log", at);
    if (!log || !other_log || !*log || !*other_log) return "a log is missing";
    if ((*log)->size != (*other_log)->size) return "half of the appends at " + *round;
    return std::nullopt;
  }

  std::optional<std::string> get(const char* key, const At& at) {
    std::string value;
    const auto found = store_->get(key, &value, at);
    if (!found) FAIL(found.error().message);
    return *found ? std::optional(value) : std::nullopt;
  }

  const std::string path_;
  std::unique_ptr<Store> store_;
  std::uint64_t newest_seq_ = 0;
  std::uint64_t newest_round_ = 0;
};

// Looks until something is wrong, or `enough`.
std::optional<std::string> watch(Reader& reader, const std::function<bool()>& enough) {
  while (!enough()) {
    if (auto wrong = reader.look()) return wrong;
  }
  return std::nullopt;
}

std::function<bool()> for_ms(std::uint64_t ms) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(ms);
  return [end] { return std::chrono::steady_clock::now() >= end; };
}

}  // namespace

TEST_CASE("a reading process sees whole batches of the writing one, and never goes back in time") {
  TempDir directory;
  const std::string path = directory / "data.bin";
  WriterProcess writer(path, false);
  Reader reader(path);
  const std::uint64_t first = reader.rounds();
  const auto wrong = watch(reader, [&] { return reader.rounds() > first + 5000; });
  if (wrong) FAIL_CHECK(*wrong);
  writer.kill();
}

TEST_CASE("a reading process goes on seeing whole batches while writers are killed and recover") {
  TempDir directory;
  std::string path;
  std::mt19937_64 random(std::random_device{}());
  std::optional<Reader> reader;
  std::uint64_t batches = 0;
  for (int round = 0; round < kills(); ++round) {
    CAPTURE(round);
    if (round % 10 == 0) {  // a file is read in full at each recovery: it must not grow for ever
      if (reader) batches += reader->rounds();
      reader.reset();
      path = directory / ("data" + std::to_string(round) + ".bin");
    }
    WriterProcess writer(path, false);
    // One reader sees them all; now and then it opens the file anew.
    if (!reader) reader.emplace(path);
    if (round % 3 == 2) reader->reopen();
    auto wrong = watch(*reader, for_ms(random() % 100));
    if (wrong) FAIL_CHECK(*wrong);
    writer.kill();
    wrong = reader->look();
    if (wrong) FAIL_CHECK(*wrong);
  }
  batches += reader->rounds();
  CHECK(batches > static_cast<std::uint64_t>(kills()));
  MESSAGE(kills() << " kills, " << batches << " batches");
}

TEST_CASE("the reading process finds a writer that writes its batches apart") {
  TempDir directory;
  const std::string path = directory / "data.bin";
  WriterProcess writer(path, true);
  Reader reader(path);
  // Half of the time there is something half written; a thousand looks all miss
  // it only if the look does not look.
  int looks = 0;
  CHECK(watch(reader, [&] { return ++looks > 100'000; }));
  writer.kill();
}

TEST_CASE("the writing process" * doctest::skip()) {
  const char* path = std::getenv(kFile);
  if (!path) return;  // somebody runs all that is skipped
  const char* apart = std::getenv(kApart);
  auto store = Store::open(path);
  REQUIRE(store);
  std::string value;
  (void)(*store)->get("round", &value);
  std::uint64_t round = value.empty() ? 0 : std::stoull(value);
  write_round(**store, ++round, apart && *apart);
  REQUIRE(::write(1, "ready\n", 6) == 6);
  while (true) write_round(**store, ++round, apart && *apart);
}
