#include "tests/crash/power_loss.h"

#include <algorithm>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "src/base/crc32c.h"
#include "src/log/checkpoint.h"
#include "src/log/header_page.h"
#include "src/log/scanner.h"
#include "src/sorted_set/changes.h"
#include "src/store/reference_limit.h"
#include "src/store/store.h"
#include "tests/crash/spoiled_index.h"
#include "tests/support/model.h"
#include "tests/support/sim_files.h"

namespace kvstore::testing {
namespace {

constexpr const char* kPath = "data.bin";
constexpr int kMaxDepth = 2;  // crashes in the recovery from a crash

WriteOptions lazy() {
  WriteOptions options;
  options.wait = false;
  return options;
}

Result<std::unique_ptr<Store>> open_on(SimFiles& files) {
  Options options;
  options.file_system = &files;
  return Store::open(kPath, options);
}

// Makes the checksums of torn values fit, as if nobody checked them.
void forge_checksums(Image& image) {
  auto* data = reinterpret_cast<std::uint8_t*>(image.data());
  const auto header = log::load_header(data, 0);
  if (!header) return;
  const log::Binding binding(header->file_id);
  log::Scanner scanner({data, image.size(), &binding});
  while (scanner.next() == log::Scanner::Step::kRecord) {
    const log::Record& record = scanner.record();
    if (record.value_size > log::kBlockSize || log::body_is_valid(record, binding)) continue;
    std::uint8_t* at = data + record.offset;
    const std::uint8_t* value = record.value_at();
    const auto body_size = static_cast<std::size_t>(at + record.size() - value);
    store_le(at + 4, crc32c(0, value, body_size));
    const auto header_size = static_cast<std::size_t>(value - at);
    store_le(at, crc32c(binding.header_seed(record.offset), at + 4, header_size - 4));
  }
}

// What a store may answer after a crash: everything up to some seq between the
// newest acknowledged and the newest written.
struct Oracle {
  Model model;
  std::uint64_t acknowledged = 0;
  std::uint64_t written = 0;
};

class Harness {
 public:
  // Few keys, which meet; or so many that most of them are known to one run only, and so long
  // that a run has whole pages to give back.
  Harness(std::uint64_t seed, const Planted& planted)
      : random_(seed),
        planted_(planted),
        keys_(below(2) == 0 ? 5 : 60),
        padding_(keys_ > 5 && below(2) == 0 ? 600 : 0, 'k') {}

  CrashRun run() {
    least_referred = 64;
    SimFiles files;
    files.skip_syncs = planted_.skip_syncs;
    open(files);
    // The store syncs in the background, too; states are built on this thread.
    const auto main = std::this_thread::get_id();
    files.on_sync = [&, main] {
      if (std::this_thread::get_id() == main) crash_here(files, oracle_, 1, 0);
      return Status{};
    };
    const std::uint64_t steps = 10 + below(40);
    for (std::uint64_t i = 0; i < steps && !run_.violation; ++i) {
      step(files);
      if (below(4) == 0) crash_here(files, oracle_, 1, 0);
    }
    crash_here(files, oracle_, 2, 0);
    store_.reset();
    files.on_sync = nullptr;
    // The last batch before a clean stop is known durable.
    oracle_.acknowledged = oracle_.written;
    crash_here(files, oracle_, 2, 0);
    return run_;
  }

 private:
  void violate(const std::string& what) {
    if (!run_.violation) run_.violation = what;
  }

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

  std::string key_of(std::uint64_t number) const { return std::to_string(number) + padding_; }

  std::string bytes() {
    const std::uint64_t kind = below(10);
    std::string value(kind == 0 ? 0 : kind < 8 ? below(300) : below(9000), '\0');
    for (char& byte : value) byte = static_cast<char>('a' + below(26));
    return value;
  }

  void open(SimFiles& files) {
    auto opened = open_on(files);
    if (!opened) return violate("the workload cannot open: " + opened.error().message);
    store_ = std::move(*opened);
  }

  void step(SimFiles& files) {
    const std::uint64_t dice = below(100);
    if (dice < 34) {
      append();
    } else if (dice < 46) {
      change_set();
    } else if (dice < 70) {
      set();
    } else if (dice < 80) {
      remove();
    } else if (dice < 88) {
      batch();
    } else if (dice < 91) {
      rename();
    } else if (dice < 92) {
      clear();
    } else if (dice < 96) {
      close_and_open(files);
    } else {
      kill(files);
    }
    if (!run_.violation && below(10) < 6 && store_->commit()) {
      oracle_.acknowledged = oracle_.written;
    }
    if (!run_.violation && below(4) == 0) checkpoint();
  }

  void note(const Result<Written>& written, const std::string& key, Model::Value value) {
    if (!written) return violate("a write failed: " + written.error().message);
    oracle_.model.set(key, written->seq, std::move(value));
    oracle_.written = written->seq;
  }

  void append() {
    const std::string key = key_of(below(keys_)), value = bytes();
    const std::string whole = oracle_.model.now(key).value_or("") + value;
    note(store_->append(key, value, lazy()), key, whole);
  }

  // A member of a sorted set, whose value is the changes that were made.
  void change_set() {
    const std::string key = fmt::format("set{}", below(2)), name = std::to_string(below(20));
    const MemberChange change{name, static_cast<double>(below(9))};
    std::string whole = oracle_.model.now(key).value_or("");
    sorted_set::append_change(change, &whole);
    const auto seq = store_->update(
        [&](Update& update) {
          return update.change_sorted_set(key, {&change, 1});
        },
        false);
    if (!seq) return violate("a change of a set failed: " + seq.error().message);
    note(Written{*seq, whole.size(), true}, key, whole);
  }

  void set() {
    const std::string key = key_of(below(keys_)), value = bytes();
    note(store_->set(key, value, lazy()), key, value);
  }

  void remove() {
    const std::string key = key_of(below(keys_));
    if (!oracle_.model.now(key)) return;
    note(store_->remove(key, lazy()), key, std::nullopt);
  }

  // Its bytes stay where they are, if they are many.
  void rename() {
    const std::string from = key_of(below(keys_)), to = key_of(below(keys_));
    const Model::Value value = oracle_.model.now(from);
    if (!value || from == to) return;
    const auto done = store_->update(
        [&](Update& update) -> Status {
          KV_TRY(update.copy(from, to));
          KV_TRY(update.remove(from));
          return {};
        },
        false);
    if (!done) return violate("a rename failed: " + done.error().message);
    oracle_.model.set(to, *done, value);
    oracle_.model.set(from, *done, std::nullopt);
    oracle_.written = *done;
  }

  void clear() {
    const auto done = store_->clear(false);
    if (!done) return violate("a clear failed: " + done.error().message);
    for (const std::string& key : oracle_.model.keys()) {
      if (oracle_.model.now(key)) oracle_.model.set(key, *done, std::nullopt);
    }
    oracle_.written = std::max(oracle_.written, *done);
  }

  // Sets several keys to one value, which must never be seen apart.
  void batch() {
    const std::string value = bytes();
    const std::uint64_t count = 2 + below(4);
    std::uint64_t seq = 0;
    if (planted_.split_batches) {
      for (std::uint64_t i = 0; i < count; ++i) {
        const auto written = store_->set(key_of(i), value, lazy());
        if (written) seq = written->seq;
      }
    } else {
      Batch batch;
      for (std::uint64_t i = 0; i < count; ++i) batch.set(key_of(i), value);
      const auto applied = store_->apply(batch, false);
      if (!applied) return violate("a batch failed: " + applied.error().message);
      seq = store_->stats().last_seq;
    }
    for (std::uint64_t i = 0; i < count; ++i) oracle_.model.set(key_of(i), seq, value);
    oracle_.written = seq;
  }

  // Seals, merges, notes and frees here, so that crashes fall within.
  void checkpoint() {
    const Status done = store_->checkpoint();
    if (!done) return violate("a checkpoint failed: " + done.error().message);
  }

  void close_and_open(SimFiles& files) {
    store_.reset();
    oracle_.acknowledged = oracle_.written;
    open(files);
  }

  // Another process finds what this one had in the page cache: everything.
  void kill(const SimFiles& files) {
    if (!files.exists(kPath)) return;
    SimFiles after;
    after.put(kPath, files.memory(kPath));
    Oracle all = oracle_;
    all.acknowledged = all.written;
    check(after, all, "after a kill", kMaxDepth);
  }

  void crash_here(const SimFiles& files, const Oracle& oracle, int images, int depth) {
    if (run_.violation || !files.exists(kPath)) return;
    for (int i = 0; i < images && !run_.violation; ++i) {
      const auto loss = static_cast<Loss>(below(kLossCount));
      Image image = files.crash_image(kPath, loss, random_);
      if (planted_.forge_checksums) forge_checksums(image);
      // What is derived may be damaged on top: then it is made anew, and answers the same.
      const bool was_spoiled = is_spoiled_;
      is_spoiled_ |= below(4) == 0 && spoil_index(&image, random_);
      SimFiles after;
      after.reboot();
      after.put(kPath, image);
      check(after, oracle, fmt::format("after loss {}", static_cast<int>(loss)), depth);
      is_spoiled_ = was_spoiled;
    }
  }

  void check(SimFiles& files, const Oracle& oracle, const std::string& when, int depth) {
    ++run_.states;
    const auto main = std::this_thread::get_id();
    if (depth < kMaxDepth && below(6) == 0) {
      files.on_sync = [&, main, depth] {
        if (std::this_thread::get_id() == main) crash_here(files, oracle, 1, depth + 1);
        return Status{};
      };
    }
    auto opened = open_on(files);
    files.on_sync = nullptr;
    if (run_.violation) return;
    if (!opened) return violate(when + ": does not open: " + opened.error().message);
    Store& store = **opened;
    if (store.open_report().how == OpenReport::How::kDamaged) {
      return violate(when + ": taken for rotten: " + store.open_report().to_string());
    }
    const std::uint64_t seq = store.stats().last_seq;
    if (seq < oracle.acknowledged || seq > oracle.written) {
      return violate(fmt::format("{}: seq {} is not within {} acknowledged and {} written", when,
                                 seq, oracle.acknowledged, oracle.written));
    }
    if (agrees(store, oracle.model, seq, when)) {
      goes_on(files, std::move(*opened), oracle, seq, when);
    }
  }

  // The set is the one that its bytes make.
  bool set_agrees(Store& store, const std::string& key, const Model::Value& expected) {
    if (!key.starts_with("set") || !expected) return true;
    sorted_set::Fold folding(SIZE_MAX);
    SortedSet made;
    if (folding.add(*expected) != sorted_set::Fold::Outcome::kDone ||
        folding.finish(&made) != sorted_set::Fold::Outcome::kDone) {
      return false;
    }
    std::string wanted, got;
    sorted_set::append_members(made, &wanted);
    const auto set = store.sorted_set(key);
    if (set && *set) sorted_set::append_members(**set, &got);
    return got == wanted;
  }

  // Each key, keys that never were, and how many there are; from an index that needed no
  // mending, unless the image was spoiled.
  bool agrees(Store& store, const Model& model, std::uint64_t seq, const std::string& when) {
    std::string value;
    std::uint64_t live = 0;
    for (const std::string& key : model.keys()) {
      const Model::Value expected = model.at(key, seq);
      live += expected.has_value();
      const auto found = store.read_bytes(key, 0, UINT64_MAX, &value);
      if (!set_agrees(store, key, expected)) violate(when + ": " + key + " is another set");
      if (!found) {
        violate(fmt::format("{}: {} at seq {}: {}", when, key, seq, found.error().message));
      } else if (*found != expected.has_value() || (*found && value != *expected)) {
        violate(fmt::format("{}: {} at seq {} has {} bytes, not {}", when, key, seq,
                            *found ? std::to_string(value.size()) : "no",
                            expected ? std::to_string(expected->size()) : "none"));
      }
      if (run_.violation) return false;
    }
    for (int i = 0; i < 20; ++i) {
      const std::string absent = "absent" + std::to_string(i);
      if (store.get(absent, &value).value_or(true)) violate(when + ": " + absent + " is there");
    }
    const auto count = store.count();
    if (!count || *count != live) {
      violate(fmt::format("{}: at seq {} it counts {} keys, not {}", when, seq,
                          count ? std::to_string(*count) : count.error().message, live));
    }
    if (!is_spoiled_ && store.stats().index_damaged > 0) {
      violate(when + ": a slot names an index that does not check out");
    }
    return !run_.violation;
  }

  // New writes are taken, acknowledged, and survive losing everything else.
  void goes_on(SimFiles& files, std::unique_ptr<Store> store, const Oracle& oracle,
               std::uint64_t seq, const std::string& when) {
    Model model;
    for (const std::string& key : oracle.model.keys()) {
      model.set(key, seq, oracle.model.at(key, seq));
    }
    const std::uint64_t count = 1 + below(3);
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::string key = key_of(below(keys_)), value = bytes();
      const auto written = store->append(key, value);
      if (!written) return violate(when + ": takes no write: " + written.error().message);
      model.set(key, written->seq, model.now(key).value_or("") + value);
      seq = written->seq;
    }
    if (below(2) == 0) {
      const Status done = store->checkpoint();
      if (!done) return violate(when + ": no checkpoint: " + done.error().message);
      if (!agrees(*store, model, seq, when + ", sealed")) return;
    }
    SimFiles after;
    after.reboot();
    after.put(kPath, files.crash_image(kPath, static_cast<Loss>(below(kLossCount)), random_));
    store.reset();
    auto opened = open_on(after);
    const std::string again = when + ", and again";
    if (!opened) return violate(again + ": does not open: " + opened.error().message);
    if ((*opened)->open_report().how == OpenReport::How::kDamaged) {
      return violate(again + ": taken for rotten: " + (*opened)->open_report().to_string());
    }
    if ((*opened)->stats().last_seq != seq) return violate(again + ": a write is lost");
    agrees(**opened, model, seq, again);
  }

  std::mt19937_64 random_;
  const Planted planted_;
  const std::uint64_t keys_;
  const std::string padding_;  // of each
  bool is_spoiled_ = false;    // what is looked at, after the crash
  CrashRun run_;
  Oracle oracle_;
  std::unique_ptr<Store> store_;
};

}  // namespace

CrashRun run_power_loss(std::uint64_t seed, const Planted& planted) {
  return Harness(seed, planted).run();
}

}  // namespace kvstore::testing
