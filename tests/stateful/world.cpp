#include "tests/stateful/world.h"

#include <random>
#include <stdexcept>

namespace kvstore::stateful {
namespace {

constexpr const char* kPath = "world";

std::unique_ptr<Store> open_or_throw(testing::SimFiles& files, bool read_only) {
  Options options;
  options.file_system = &files;
  options.read_only = read_only;
  auto opened = Store::open(kPath, options);
  if (!opened) throw std::runtime_error("the store does not open: " + opened.error().message);
  return std::move(*opened);
}

}  // namespace

std::vector<std::string> Expected::live_keys() const {
  std::vector<std::string> live;
  for (const std::string& key : values.keys()) {
    if (values.now(key)) live.push_back(key);
  }
  return live;
}

World::World(const Bugs& bugs) : bugs_(bugs), files_(std::make_unique<testing::SimFiles>()) {
  files_->skip_syncs = bugs.skips_syncs;
  open();
}

void World::open() { store_ = open_or_throw(*files_, false); }

std::unique_ptr<Store> World::open_beside() { return open_or_throw(*files_, true); }

void World::reopen() {
  store_.reset();
  open();
}

void World::start_with(const testing::Image& image, bool rebooted) {
  auto next = std::make_unique<testing::SimFiles>();
  next->skip_syncs = bugs_.skips_syncs;
  next->put(kPath, image);
  if (rebooted) next->reboot();
  store_.reset();
  files_ = std::move(next);
  open();
}

void World::kill() {
  if (files_->exists(kPath)) start_with(files_->memory(kPath), false);
}

void World::lose_power(testing::Loss loss, std::uint64_t seed) {
  if (!files_->exists(kPath)) return;
  std::mt19937_64 random(seed);
  start_with(files_->crash_image(kPath, loss, random), true);
}

}  // namespace kvstore::stateful
