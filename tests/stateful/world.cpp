#include "tests/stateful/world.h"

#include <algorithm>
#include <random>
#include <stdexcept>

#include "src/store/backup.h"

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

bool World::compact(std::uint64_t kept, bool compressed) {
  const Compression compress{compressed ? Compression::kUsualLevel : 0};
  if (!store_->compact({.keep = {std::nullopt, kept, false}, .compress = compress})) return false;
  const std::vector<std::string> names = files_->paths();
  return std::none_of(names.begin(), names.end(), [](const std::string& name) {
    return name.find(".unfinished") != name.npos;
  });
}

bool World::back_up(bool whole) {
  whole |= backups_.empty();
  BackupOptions options;
  if (!whole) options.since_file = backups_.back();
  const std::string name = "backup" + std::to_string(++number_);
  const auto made = store_->backup(name, options);
  if (!made) return false;
  if (whole) backups_.clear();
  backups_.push_back(name);
  backed_up_seq = made->seq;
  return true;
}

std::unique_ptr<Store> World::restored(std::uint64_t until) {
  RestoreOptions options;
  options.backup = backups_.front();
  options.increments.assign(backups_.begin() + 1, backups_.end());
  options.until.seq = until;
  options.file_system = files_.get();
  const std::string name = "restored" + std::to_string(++number_);
  const auto done = restore(name, options);
  if (!done) throw std::runtime_error("no restore: " + done.error().message);
  Options opening;
  opening.file_system = files_.get();
  auto opened = Store::open(name, opening);
  if (!opened) throw std::runtime_error("it does not open: " + opened.error().message);
  files_->remove(name);
  return std::move(*opened);
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
  for (const std::string& name : backups_) next->put(name, files_->memory(name));
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
