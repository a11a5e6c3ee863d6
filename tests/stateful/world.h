// The two sides of the differential test: a store on simulated files, and what it
// must answer.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/store/iterator.h"
#include "src/store/snapshot.h"
#include "src/store/store.h"
#include "tests/support/model.h"
#include "tests/support/sim_files.h"

namespace kvstore::stateful {

// Bugs a test plants, to see that they are found.
struct Bugs {
  bool forgets_deletes = false;
  bool skips_syncs = false;
  bool appends_by_setting = false;
  bool forgets_clears = false;
};

struct Setup {
  Bugs bugs = {};
  std::uint64_t memory = kDefaultMemory;  // the budget; so little that it seals all the time
  bool backs_up = true;
};

struct Expected {
  testing::Model values;
  std::uint64_t seq = 0;
  std::uint64_t cleared_seq = 0;  // of the last FLUSHALL
  std::uint64_t floor = 0;  // what was before it can no longer be read

  // After a compaction that keeps so many writes.
  void compact(std::uint64_t kept) {
    floor = std::max(floor, seq - std::min(seq, kept));
    if (floor >= cleared_seq) cleared_seq = 0;  // it is in the file no more
  }
  std::vector<std::string> live_keys() const { return live_keys_at(UINT64_MAX); }
  std::vector<std::string> live_keys_at(std::uint64_t at) const;
  void clear() {
    for (const std::string& key : live_keys()) set(key, std::nullopt);
  }
  void set(const std::string& key, std::optional<std::string> value) {
    values.set(key, seq, std::move(value));
  }
};

class World {
 public:
  explicit World(const Setup& setup);
  ~World();

  Store& store() { return *store_; }
  const Bugs& bugs() const { return setup_.bugs; }

  // Keeps so many writes of the past; true if it is done and nothing is left beside the file.
  bool compact(std::uint64_t kept, bool compressed = false);
  // A whole backup, or an increment of the last one; true if it is done.
  bool back_up(bool whole);
  std::uint64_t backed_up_seq = 0;  // of the last one; 0: there is none
  // All that was backed up since the last whole backup, as of then.
  std::unique_ptr<Store> restored(std::uint64_t until);
  void reopen();
  void kill();  // the process is gone, memory is not
  void lose_power(testing::Loss loss, std::uint64_t seed);
  std::unique_ptr<Store> open_beside();  // to read only, as another process
  Store& beside();                       // the same one again and again

  // A snapshot that is held while other commands go on, and a walk in it; null for none. Who
  // ends the store lets go of it.
  struct Held;
  std::unique_ptr<Held> held;

 private:
  void open();
  void start_with(const testing::Image& image, bool rebooted);

  std::unique_ptr<Store> open_or_throw(bool read_only);

  const Setup setup_;
  std::vector<std::string> backups_;  // a whole one, and its increments
  int number_ = 0;
  std::unique_ptr<testing::SimFiles> files_;
  std::unique_ptr<Store> beside_;
  std::unique_ptr<Store> store_;
};

struct World::Held {
  Snapshot snapshot;
  std::unique_ptr<Iterator> walk;
};

}  // namespace kvstore::stateful
