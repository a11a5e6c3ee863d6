#include "src/index/key_index.h"

#include <array>
#include <utility>

#include "src/base/check.h"
#include "src/base/random.h"
#include "src/index/merging_cursor.h"

namespace kvstore::index {
namespace {

constexpr std::size_t kAsked = 16;  // runs prefetched at once

}  // namespace

KeyIndex::KeyIndex(ReclamationEpochs& epochs) : epochs_(epochs), seed_(random_bits()) {
  auto parts = std::make_shared<Parts>();
  parts->active = new_memtable();
  owner_ = std::move(parts);
  parts_.store(owner_.get(), std::memory_order_release);
}

std::shared_ptr<const Parts> KeyIndex::shared() const {
  MutexLock lock(mutex_);
  return owner_;
}

void KeyIndex::prefetch_runs(const Parts& parts, std::string_view key, std::uint64_t hash) {
  for (const auto& run : parts.runs) run->prefetch(key, hash);
}

std::uint64_t KeyIndex::candidate(std::string_view key, std::uint64_t hash) const {
  const Parts& parts = current();
  std::uint64_t found = parts.active->candidate(hash);
  if (found == 0 && parts.sealing) found = parts.sealing->candidate(hash);
  for (auto run = parts.runs.begin(); found == 0 && run != parts.runs.end(); ++run) {
    const std::size_t number = (*run)->segment_of(key);
    if (number == (*run)->parts().size()) continue;
    const Segment* const segment = (*run)->parts()[number].segment.get();
    if (segment) segment->find(hash, [](std::uint64_t) { return true; }, &found);
  }
  return found;
}

// Prefetches for all runs before any is searched; the first that has the key ends the search.
bool KeyIndex::find_in_runs(const Parts& parts, std::string_view key, std::uint64_t hash,
                            FunctionRef<bool(std::uint64_t)> read, log::Record* newest,
                            Finding* finding) const {
  std::array<std::size_t, kAsked> numbers{};
  const std::size_t asked = std::min(parts.runs.size(), kAsked);
  for (std::size_t i = 0; i < asked; ++i) numbers[i] = parts.runs[i]->prefetch(key, hash);
  for (std::size_t i = 0; i < parts.runs.size(); ++i) {
    const Run& run = *parts.runs[i];
    const std::size_t number = i < asked ? numbers[i] : run.segment_of(key);
    if (number == run.parts().size()) continue;
    const Segment* const segment = run.parts()[number].segment.get();
    std::uint64_t unreadable = 0, offset = 0;
    const auto matches = [&](std::uint64_t candidate) {
      if (candidate >= run.end()) return false;  // the entry of a segment without keys
      if (read(candidate)) return newest->key() == key;
      unreadable = candidate;
      return false;
    };
    const Segment::Probe probe =
        segment ? segment->find(hash, matches, &offset) : Segment::Probe::kDamaged;
    if (probe == Segment::Probe::kFound) return true;
    if (probe == Segment::Probe::kAbsent && unreadable == 0) continue;
    // The segment has the whole keys, and tells whether the unreadable record is this key's.
    Entry entry;
    const Segment::Probe said =
        probe == Segment::Probe::kDamaged ? probe : segment->find_key(key, &entry);
    if (said == Segment::Probe::kAbsent) continue;
    if (said == Segment::Probe::kFound) {
      finding->unreadable = std::max(finding->unreadable, entry.offset());
    } else {
      *finding = {finding->unreadable, &run, number};
    }
    return false;
  }
  return false;
}

// Readers may still use the former parts.
void KeyIndex::publish_parts(std::shared_ptr<const Parts> parts) {
  ReclamationEpochs::Retired retired;
  retired.emplace_back([old = owner_] {});
  owner_ = std::move(parts);
  parts_.store(owner_.get(), std::memory_order_release);
  epochs_.retire(std::move(retired));
}

void KeyIndex::adopt(std::vector<std::shared_ptr<const Run>> runs, std::uint64_t seed,
                     std::uint64_t begin) {
  auto parts = std::make_shared<Parts>();
  parts->active = new_memtable();
  parts->active_begin = begin;
  parts->runs = std::move(runs);
  seed_ = seed;
  MutexLock lock(mutex_);
  publish_parts(std::move(parts));
}

void KeyIndex::begin_seal(std::shared_ptr<Memtable> fresh, std::uint64_t begin) {
  MutexLock lock(mutex_);
  KV_CHECK(!owner_->sealing);
  auto parts = std::make_shared<Parts>(*owner_);
  parts->sealing = std::exchange(parts->active, std::move(fresh));
  parts->sealing_begin = std::exchange(parts->active_begin, begin);
  publish_parts(std::move(parts));
}

void KeyIndex::end_seal(std::shared_ptr<const Run> run) {
  MutexLock lock(mutex_);
  auto parts = std::make_shared<Parts>(*owner_);
  parts->sealing = nullptr;
  parts->runs.insert(parts->runs.begin(), std::move(run));
  publish_parts(std::move(parts));
}

void KeyIndex::put(std::shared_ptr<const Run> run) {
  MutexLock lock(mutex_);
  auto parts = std::make_shared<Parts>(*owner_);
  auto& runs = parts->runs;
  const auto is_within = [&](const auto& one) {
    return one->begin() >= run->begin() && one->end() <= run->end();
  };
  const auto first = std::find_if(runs.begin(), runs.end(), is_within);
  KV_CHECK(first != runs.end());
  const auto place = runs.erase(first, std::find_if_not(first, runs.end(), is_within));
  runs.insert(place, std::move(run));
  publish_parts(std::move(parts));
}

// A merge may have replaced the old run meanwhile: then the repaired one is not needed.
void KeyIndex::put_healed(const Run& old, std::shared_ptr<const Run> run) {
  MutexLock lock(mutex_);
  auto parts = std::make_shared<Parts>(*owner_);
  const auto place = std::find_if(parts->runs.begin(), parts->runs.end(),
                                  [&](const auto& one) { return one.get() == &old; });
  if (place == parts->runs.end()) return;
  *place = std::move(run);
  publish_parts(std::move(parts));
}

std::unique_ptr<Cursor> KeyIndex::cursor(const Parts& parts, MemtableOrder::ViewSource view,
                                         std::uint64_t from) {
  std::vector<std::unique_ptr<Cursor>> cursors;
  parts.active->order().add_cursors(view, &cursors);
  if (parts.sealing && parts.active_begin > from)
    parts.sealing->order().add_cursors(view, &cursors);
  for (const auto& run : parts.runs) {
    if (run->end() > from) cursors.push_back(run->cursor());
  }
  return merged(std::move(cursors));
}

}  // namespace kvstore::index
