#include "tests/process/rounds.h"

#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "src/store/backup.h"
#include "src/store/iterator.h"
#include "src/store/snapshot.h"
#include "tests/server/fixture.h"

namespace kvstore::test {
namespace {

using kvstore::testing::QuickDir;

constexpr int kKeys = 80;

// --- What is written: each round one key, and which round it was, in one batch.

// So long that what was merged has whole pages to give back.
std::string key_of(std::uint64_t number) {
  std::string key = "key" + std::to_string(number);
  key.resize(500, 'k');
  return key;
}

struct Round {
  explicit Round(std::uint64_t number)
      : key(key_of(number * 2654435761 % 4294967291 % kKeys)),
        text(std::to_string(number)),
        removes(number % 5 == 0),
        appends(number % 5 == 1) {}
  std::string key, text;
  bool removes, appends;
};

using Values = std::map<std::string, std::string>;

// All that is there after a round.
class Truth {
 public:
  const Values& after(std::uint64_t round) {
    while (round_ < round) take(Round(++round_));
    return values_;
  }
  std::uint64_t round() const { return round_; }

 private:
  void take(const Round& round) {
    values_["round"] = round.text;
    if (round.removes) values_.erase(round.key);
    if (round.appends) values_[round.key] += round.text;
    if (!round.removes && !round.appends) values_[round.key] = round.text;
  }
  Values values_;
  std::uint64_t round_ = 0;
};

// --- The writing process: this program again.

class WriterProcess {
 public:
  WriterProcess(const std::string& path, const Writing& writing)
      : process_(command(path, writing)), reading_([this] { read(); }) {
    while (output().find('\n') == std::string::npos) sleep_ms(1);
  }
  ~WriterProcess() { kill(); }
  // Returns the last round that it acknowledged.
  std::uint64_t kill() {
    if (reading_.joinable()) {
      process_.signal(SIGKILL);
      process_.wait();
      reading_.join();
    }
    const std::string text = output();
    const std::size_t end = text.rfind('\n'), begin = text.rfind('\n', end - 1);
    return std::stoull(text.substr(begin == std::string::npos ? 0 : begin + 1, end));
  }
  static void sleep_ms(std::uint64_t ms) {
    std::this_thread::sleep_for(std::chrono::milliseconds(ms));
  }

 private:
  static std::vector<std::string> command(const std::string& path, const Writing& writing) {
    const std::string self = std::filesystem::read_symlink("/proc/self/exe");
    return {"env",
            std::string(kWrittenFile) + "=" + path,
            kPlantedBug + ("=" + writing.planted),
            self,
            "--no-skip",
            "--minimal",
            "--test-case=" + writing.process};
  }
  void read() {
    for (std::string bytes; !(bytes = process_.read_output(256)).empty();) {
      const std::lock_guard lock(mutex_);
      output_ += bytes;
    }
  }
  std::string output() {
    const std::lock_guard lock(mutex_);
    return output_;
  }

  std::mutex mutex_;
  std::string output_;
  test::Process process_;
  std::thread reading_;
};

// --- What is wrong with the answers, if anything.

Wrong check_point(const Snapshot& snapshot, const std::string& key, const Values& values) {
  std::string got;
  const auto found = snapshot.get(key, &got);
  if (!found) return found.error().message;
  const auto expected = values.find(key);
  if (*found != (expected != values.end()))
    return key.substr(0, 9) + (*found ? " is there" : " is not there");
  if (*found && got != expected->second)
    return key.substr(0, 9) + " is " + got + ", not " + expected->second;
  return std::nullopt;
}

Wrong check_order(const Snapshot& snapshot, const Values& values) {
  const auto walk = snapshot.iterator({});
  if (!walk) return walk.error().message;
  (*walk)->first();
  for (const auto& [key, value] : values) {
    if (!(*walk)->status()) return (*walk)->status().error().message;
    if (!(*walk)->valid() || (*walk)->key() != key) return "the walk misses " + key.substr(0, 9);
    const auto got = (*walk)->value();
    if (!got) return got.error().message;
    if (*got != value) return "the walk has another value of " + key.substr(0, 9);
    (*walk)->next();
  }
  if (!(*walk)->status()) return (*walk)->status().error().message;
  if ((*walk)->valid()) return "the walk has more than there is";
  return std::nullopt;
}

// The round of the snapshot; 0 with *wrong set.
std::uint64_t round_of(const Snapshot& snapshot, Wrong* wrong) {
  std::string round;
  const auto found = snapshot.get("round", &round);
  if (!found) *wrong = found.error().message;
  if (found && !*found) *wrong = "no round is there";
  return *wrong ? 0 : std::stoull(round);
}

Wrong check_all(Store& store, Truth& truth, std::uint64_t least) {
  auto snapshot = store.snapshot();
  if (!snapshot) return snapshot.error().message;
  Wrong wrong;
  const std::uint64_t round = round_of(*snapshot, &wrong);
  if (wrong) return wrong;
  if (round < least)
    return "round " + std::to_string(least) + " is lost, " + std::to_string(round) + " is there";
  const Values& values = truth.after(round);
  for (int i = 0; i < kKeys && !wrong; ++i) wrong = check_point(*snapshot, key_of(i), values);
  return wrong ? wrong : check_order(*snapshot, values);
}

std::unique_ptr<Store> open(const std::string& path, bool read_only) {
  Options options;
  options.read_only = read_only;
  auto store = Store::open(path, options);
  REQUIRE(store);
  REQUIRE((*store)->open_report().how != OpenReport::How::kDamaged);
  return std::move(*store);
}

// A snapshot that is held while the writer goes on.
struct Held {
  Snapshot snapshot;
  Values values;
};

Wrong check_held(const std::optional<Held>& held) {
  if (!held) return std::nullopt;
  Wrong wrong = check_order(held->snapshot, held->values);
  return wrong ? "at a snapshot that was held: " + *wrong : wrong;
}

bool has_unfinished(const std::string& directory) {
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().filename().string().find(".unfinished") != std::string::npos) return true;
  }
  return false;
}

// A compaction removes what a killed one has left, and changes nothing.
Wrong check_compacted(Store& store, const std::string& directory, Truth& truth,
                      std::uint64_t least) {
  if (const Status done = store.compact({.keep = KeepHistory::none()}); !done) {
    return done.error().message;
  }
  if (has_unfinished(directory)) return "an unfinished file is left";
  return check_all(store, truth, least);
}

// One key, and which round it was, in one batch; not waited for.
void write_round(Store& store, std::uint64_t number) {
  const Round round(number);
  Batch batch;
  batch.set("round", round.text);
  if (round.removes) batch.remove(round.key);
  if (round.appends) batch.append(round.key, round.text);
  if (!round.removes && !round.appends) batch.set(round.key, round.text);
  REQUIRE(store.apply(batch, false));
}

// `kvstore backup`, killed after a while or not. Whether it was done.
bool run_backup(const std::vector<std::string>& words,
                std::optional<std::uint64_t> killed_after_ms) {
  std::vector<std::string> argv{KVSTORE_BINARY, "backup", "-q"};
  argv.insert(argv.end(), words.begin(), words.end());
  test::Process process(argv);
  if (killed_after_ms) {
    WriterProcess::sleep_ms(*killed_after_ms);
    process.signal(SIGKILL);
  }
  const Finished finished = process.wait();
  const bool may_end_so = finished.exit_code == 0 || killed_after_ms ||
                          finished.errors.find("PURGED") != std::string::npos;
  CHECK_MESSAGE(may_end_so, finished.errors);
  return finished.exit_code == 0;
}

// Of what has its name: it is whole, as of a round that is not before `least`.
Wrong check_backup(const std::string& path, Truth& truth, std::uint64_t least) {
  const auto store = open(path, false);
  if (store->open_report().how != OpenReport::How::kClean) return "a backup is not closed";
  if (store->stats().index_damaged > 0) return "a part of a backup's index does not check out";
  return check_all(*store, truth, least);
}

// An increment of the last one, put onto it. Where history is gone, there is none.
Wrong check_increment(const QuickDir& directory, const std::string& last, int number, Truth& truth,
                      std::uint64_t least) {
  const std::string name = directory / ("increment" + std::to_string(number));
  if (!run_backup({"--since", last, directory / "data.bin", name}, std::nullopt)) {
    return std::nullopt;
  }
  const std::string restored = name + ".restored";
  RestoreOptions options;
  options.backup = last;
  options.increments = {name};
  if (const auto done = restore(restored, options); !done) return done.error().message;
  Wrong wrong = check_backup(restored, truth, least);
  std::filesystem::remove(restored);
  std::filesystem::remove(name);
  return wrong;
}

}  // namespace

void write_rounds(const char* path, std::uint64_t memory,
                  const std::function<void(Store& store, std::uint64_t round)>& work) {
  Options options;
  options.memory = memory;
  options.sync = SyncPolicy::none();
  auto store = Store::open(path, options);
  REQUIRE(store);
  std::string value;
  (void)(*store)->get("round", &value);
  for (std::uint64_t round = value.empty() ? 1 : std::stoull(value) + 1;; ++round) {
    write_round(**store, round);
    work(**store, round);
    const std::string line = std::to_string(round) + "\n";
    REQUIRE(::write(1, line.data(), line.size()) == static_cast<ssize_t>(line.size()));
  }
}

Wrong kill_again_and_again(int kills, const Writing& writing) {
  QuickDir directory;
  const std::string path = directory / "data.bin";
  std::mt19937_64 random(std::random_device{}());
  std::uint64_t acknowledged = 0, runs = 0;
  Truth truth;
  for (int i = 0; i < kills; ++i) {
    {
      WriterProcess writer(path, writing);
      WriterProcess::sleep_ms(random() % 200);
      acknowledged = writer.kill();
    }
    const auto store = open(path, i % 2 == 0);
    if (Wrong wrong = check_all(*store, truth, acknowledged)) return wrong;
    if (store->stats().index_damaged > 0) return "a part of the index did not check out";
    runs += store->stats().index_runs;
    if (!writing.compacts || i % 2 == 0) continue;
    if (Wrong wrong = check_compacted(*store, directory.path(), truth, acknowledged)) return wrong;
  }
  CHECK(runs > 0);
  MESSAGE(kills << " kills, " << acknowledged << " rounds");
  return std::nullopt;
}

Wrong back_up_beside(const Writing& writing, int times) {
  QuickDir directory;
  const std::string path = directory / "data.bin";
  WriterProcess writer(path, writing);
  std::mt19937_64 random(std::random_device{}());
  Truth truth;
  std::string last;
  int whole = 0;
  for (int i = 0; i < times; ++i) {
    const std::uint64_t least = truth.round();
    const std::string out = directory / ("backup" + std::to_string(i));
    const auto killed = i % 3 == 0 ? std::nullopt : std::optional(random() % 60);
    const bool done = run_backup({path, out}, killed);
    const bool is_there = std::filesystem::exists(out);
    if (done && !is_there) return "a backup that was made is not there";
    if (!is_there) continue;
    ++whole;
    if (Wrong wrong = check_backup(out, truth, least)) return wrong;
    if (!last.empty()) {
      if (Wrong wrong = check_increment(directory, last, i, truth, truth.round())) return wrong;
      std::filesystem::remove(last);
    }
    last = out;
  }
  CHECK(whole >= times / 3);
  MESSAGE(times << " backups, " << whole << " of them made, up to round " << truth.round());
  return std::nullopt;
}

Wrong read_beside(const Writing& writing, std::uint64_t rounds) {
  QuickDir directory;
  const std::string path = directory / "data.bin";
  WriterProcess writer(path, writing);
  const auto store = open(path, true);
  std::mt19937_64 random(std::random_device{}());
  Truth truth;
  std::optional<Held> held;
  std::uint64_t looks = 0, round = 0;
  for (; round < rounds || looks < 300; ++looks) {
    auto snapshot = store->snapshot();
    if (!snapshot) return snapshot.error().message;
    Wrong wrong;
    round = round_of(*snapshot, &wrong);
    if (!wrong && round < truth.round()) wrong = "it went back in time";
    if (wrong) return wrong;
    const Values& values = truth.after(round);
    for (int i = 0; i < 10 && !wrong; ++i)
      wrong = check_point(*snapshot, key_of(random() % kKeys), values);
    if (!wrong && looks % 4 == 0) wrong = check_order(*snapshot, values);
    if (!wrong && looks % 20 == 0) {
      wrong = check_held(held);
      held.emplace(Held{*snapshot, values});
    }
    if (wrong) return "at round " + std::to_string(round) + ": " + *wrong;
  }
  MESSAGE(looks << " looks, up to round " << round);
  return std::nullopt;
}

}  // namespace kvstore::test
