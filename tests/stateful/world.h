// The two sides of the differential test: a store on simulated files, and what it
// must answer.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/store/store.h"
#include "tests/support/model.h"
#include "tests/support/sim_files.h"

namespace kvstore::stateful {

// Bugs a test plants, to see that they are found.
struct Bugs {
  bool forgets_deletes = false;
  bool skips_syncs = false;
  bool appends_by_setting = false;
};

struct Expected {
  testing::Model values;
  std::uint64_t seq = 0;

  std::vector<std::string> live_keys() const;
  void set(const std::string& key, std::optional<std::string> value) {
    values.set(key, seq, std::move(value));
  }
};

class World {
 public:
  explicit World(const Bugs& bugs);

  Store& store() { return *store_; }
  const Bugs& bugs() const { return bugs_; }

  void reopen();
  void kill();  // the process is gone, memory is not
  void lose_power(testing::Loss loss, std::uint64_t seed);
  std::unique_ptr<Store> open_beside();  // to read only, as another process

 private:
  void open();
  void start_with(const testing::Image& image, bool rebooted);

  const Bugs bugs_;
  std::unique_ptr<testing::SimFiles> files_;
  std::unique_ptr<Store> store_;
};

}  // namespace kvstore::stateful
