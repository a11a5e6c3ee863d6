#include "tests/stateful/world.h"

#include <algorithm>
#include <random>
#include <stdexcept>

namespace kvstore::stateful {
namespace {

constexpr const char* kPath = "world";

}  // namespace

std::unique_ptr<Store> World::open_or_throw(bool read_only) {
  Options options;
  options.file_system = files_.get();
  options.read_only = read_only;
  options.memory = setup_.memory;
  auto opened = Store::open(kPath, options);
  if (!opened) throw std::runtime_error("the store does not open: " + opened.error().message);
  return std::move(*opened);
}

std::vector<std::string> Expected::live_keys_at(std::uint64_t at) const {
  std::vector<std::string> live;
  for (const std::string& key : values.keys()) {
    if (values.at(key, at)) live.push_back(key);
  }
  return live;
}

World::World(const Setup& setup) : setup_(setup), files_(std::make_unique<testing::SimFiles>()) {
  files_->skip_syncs = setup.bugs.skips_syncs;
  open();
}

// A walk ends before its store.
World::~World() { held.reset(); }

void World::open() { store_ = open_or_throw(false); }

std::unique_ptr<Store> World::open_beside() { return open_or_throw(true); }

Store& World::beside() {
  if (!beside_) beside_ = open_or_throw(true);
  return *beside_;
}

bool World::compact(std::uint64_t kept) {
  if (!store_->compact({.keep = {std::nullopt, kept, false}})) return false;
  const std::vector<std::string> names = files_->paths();
  return std::none_of(names.begin(), names.end(), [](const std::string& name) {
    return name.find(".unfinished") != name.npos;
  });
}

void World::reopen() {
  held.reset();
  store_.reset();
  open();
}

void World::start_with(const testing::Image& image, bool rebooted) {
  auto next = std::make_unique<testing::SimFiles>();
  next->skip_syncs = setup_.bugs.skips_syncs;
  next->put(kPath, image);
  if (rebooted) next->reboot();
  held.reset();
  beside_.reset();
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
