#include "src/index/mini_run.h"

#include <algorithm>

#include "src/base/cancel.h"
#include "src/base/prefetch.h"

namespace kvstore::index {
namespace {

constexpr std::size_t kAhead = 12;  // records prefetched ahead

std::size_t shared_size(std::string_view a, std::string_view b) {
  const std::size_t most = std::min(a.size(), b.size());
  return static_cast<std::size_t>(std::mismatch(a.begin(), a.begin() + most, b.begin()).first -
                                  a.begin());
}

// Sorts by 8 bytes of all keys at a time: keys are read in passes over many records, which are
// prefetched, and never by a comparison. Groups of keys with equal bytes are sorted by the next 8
// that differ.
class Sorter {
 public:
  explicit Sorter(KeyReader& reader) : reader_(reader) {}

  // False: a record could not be read.
  bool sort(std::span<const Entry> entries, std::string* shared,
            std::vector<MiniRun::Item>* sorted);

 private:
  // A key in its group. Equal digits and an equal `rest` of up to 8 mean the same key.
  struct Keyed {
    std::uint64_t digits;
    std::uint64_t word;
    unsigned rest;  // bytes of the key from the digits on, at most 9
  };
  static constexpr unsigned kMoreBytes = 9;

  bool read_group();
  bool note_shared(std::size_t stride);
  bool note_digits();
  void sort_group(std::size_t begin);

  KeyReader& reader_;
  std::vector<Keyed> group_;
  std::string shared_;  // common prefix of the group's keys
  std::vector<MiniRun::Item> items_;
  struct Range {
    std::size_t begin, end;
  };
  std::vector<Range> unsorted_;
};

// The common prefix of every stride-th key of the group.
bool Sorter::note_shared(std::size_t stride) {
  log::Record record;
  for (std::size_t i = 0; i < group_.size(); i += stride) {
    if (const std::size_t ahead = i + stride * kAhead; ahead < group_.size()) {
      reader_.prefetch(Entry(group_[ahead].word));
    }
    if (!reader_.read(Entry(group_[i].word), &record)) return false;
    if (i == 0)
      shared_ = record.key();
    else
      shared_.resize(shared_size(shared_, record.key()));
  }
  return true;
}

// False: a record could not be read, or a key does not have the assumed prefix.
bool Sorter::note_digits() {
  log::Record record;
  for (std::size_t i = 0; i < group_.size(); ++i) {
    leave_if_cancelled();
    if (i + kAhead < group_.size()) reader_.prefetch(Entry(group_[i + kAhead].word));
    if (!reader_.read(Entry(group_[i].word), &record)) return false;
    const std::string_view key = record.key();
    if (const std::size_t same = shared_size(shared_, key); same < shared_.size()) {
      shared_.resize(same);
      return false;
    }
    const std::string_view rest = key.substr(shared_.size());
    group_[i] = {key_prefix(rest), Entry::of(record).word(),
                 static_cast<unsigned>(std::min<std::size_t>(rest.size(), kMoreBytes))};
  }
  return true;
}

// A few keys usually suffice to find the common prefix.
bool Sorter::read_group() {
  constexpr std::size_t kSample = 32;
  if (!note_shared(group_.size() / kSample + 1)) return false;
  if (note_digits()) return true;
  if (reader_.unreadable() != 0 || !note_shared(1)) return false;
  return note_digits();
}

// Sorts the group, which is in items_ from `begin` on.
void Sorter::sort_group(std::size_t begin) {
  std::sort(group_.begin(), group_.end(), [](const Keyed& a, const Keyed& b) {
    if (a.digits != b.digits) return a.digits < b.digits;
    return a.rest != b.rest ? a.rest < b.rest : a.word > b.word;
  });
  const auto same = [this](std::size_t i, std::size_t j) {
    return group_[i].digits == group_[j].digits && group_[i].rest == group_[j].rest;
  };
  for (std::size_t i = 0, end = 0; i < group_.size(); i = end) {
    end = i + 1;
    while (end < group_.size() && same(i, end)) ++end;
    const bool is_one_key = group_[i].rest < kMoreBytes;
    for (std::size_t j = i; j < end; ++j) {
      items_[begin + j].entry = Entry(j > i && is_one_key ? 0 : group_[j].word);
    }
    if (end - i > 1 && !is_one_key) unsorted_.push_back({begin + i, begin + end});
  }
}

bool Sorter::sort(std::span<const Entry> entries, std::string* shared,
                  std::vector<MiniRun::Item>* sorted) {
  items_.resize(entries.size());
  group_.resize(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) group_[i].word = entries[i].word();
  if (!read_group()) return false;
  *shared = shared_;
  sort_group(0);
  for (std::size_t i = 0; i < items_.size(); ++i) items_[i].digits = group_[i].digits;
  while (!unsorted_.empty()) {
    const Range range = unsorted_.back();
    unsorted_.pop_back();
    group_.resize(range.end - range.begin);
    for (std::size_t i = range.begin; i < range.end; ++i) {
      group_[i - range.begin].word = items_[i].entry.word();
    }
    if (!read_group()) return false;
    sort_group(range.begin);
  }
  std::erase_if(items_, [](const MiniRun::Item& item) { return item.entry.word() == 0; });
  *sorted = std::move(items_);
  return true;
}

// One of two runs that are merged, with its digits relative to the other's prefix.
class Side {
 public:
  Side(const MiniRun& run, std::size_t shared) : items_(run.items()) {
    const std::string_view more = run.shared().substr(shared);
    bits_ = 8 * static_cast<unsigned>(std::min<std::size_t>(more.size(), 8));
    first_ = key_prefix(more);
  }
  bool at_end() const { return at_ == items_.size(); }
  MiniRun::Item item() const { return {digits(), items_[at_].entry}; }
  std::uint64_t digits() const {
    return bits_ == 0 ? items_[at_].digits
                      : first_ | (bits_ == 64 ? 0 : items_[at_].digits >> bits_);
  }
  void next() { ++at_; }
  // The record of its present key; null if it cannot be read.
  const log::Record* record(KeyReader& reader) {
    if (read_ == at_ + 1) return &record_;
    if (at_ + kAhead < items_.size()) reader.prefetch(items_[at_ + kAhead].entry);
    read_ = at_ + 1;
    return reader.read(items_[at_].entry, &record_) ? &record_ : nullptr;
  }

 private:
  std::span<const MiniRun::Item> items_;
  std::size_t at_ = 0;
  std::uint64_t first_ = 0;
  unsigned bits_ = 0;  // bits of the digits from the shared bytes
  log::Record record_;
  std::size_t read_ = 0;  // 1 + the index of record_'s item
};

}  // namespace

std::shared_ptr<const MiniRun> MiniRun::sort(KeyReader& reader, std::span<const Entry> entries) {
  auto run = std::make_shared<MiniRun>();
  if (entries.empty()) return run;
  Sorter sorter(reader);
  if (!sorter.sort(entries, &run->shared_, &run->items_)) return nullptr;
  run->shrink();
  return run;
}

std::shared_ptr<const MiniRun> MiniRun::merge(KeyReader& reader,
                                              const std::shared_ptr<const MiniRun>& newer,
                                              const std::shared_ptr<const MiniRun>& older) {
  if (newer->size() == 0) return older;
  if (older->size() == 0) return newer;
  auto run = std::make_shared<MiniRun>();
  run->shared_ = newer->shared_.substr(0, shared_size(newer->shared_, older->shared_));
  run->items_.reserve(newer->size() + older->size());
  Side a(*newer, run->shared_.size()), b(*older, run->shared_.size());
  while (!a.at_end() && !b.at_end()) {
    const std::uint64_t of_a = a.digits(), of_b = b.digits();
    int order = of_a < of_b ? -1 : 1;
    if (of_a == of_b) {
      const log::Record *const in_a = a.record(reader), *const in_b = b.record(reader);
      if (!in_a || !in_b) return nullptr;
      order = in_a->key().compare(in_b->key());
    }
    Side& lower = order <= 0 ? a : b;
    run->items_.push_back(lower.item());
    if (order == 0) b.next();  // the older entry of the same key
    lower.next();
  }
  for (; !a.at_end(); a.next()) run->items_.push_back(a.item());
  for (; !b.at_end(); b.next()) run->items_.push_back(b.item());
  run->shrink();
  return run;
}

// With many entries of few keys most of the memory is unused.
void MiniRun::shrink() {
  if (items_.size() < items_.capacity() / 4 * 3) items_.shrink_to_fit();
}

std::size_t MiniRun::bytes() const {
  return sizeof *this + shared_.capacity() + items_.capacity() * sizeof(Item);
}

bool MiniRun::lower_bound(KeyReader& reader, std::string_view key, std::size_t* found) const {
  const std::size_t same = shared_size(shared_, key);
  if (same < shared_.size()) {
    const bool is_above = same < key.size() && static_cast<unsigned char>(key[same]) >
                                                   static_cast<unsigned char>(shared_[same]);
    *found = is_above ? size() : 0;
    return true;
  }
  const std::uint64_t digits = key_prefix(key.substr(same));
  const auto first =
      std::lower_bound(items_.begin(), items_.end(), digits,
                       [](const Item& item, std::uint64_t wanted) { return item.digits < wanted; });
  std::size_t low = static_cast<std::size_t>(first - items_.begin()), high = low;
  for (std::size_t step = 1; high < size() && items_[high].digits == digits; step *= 2) {
    high = std::min(high + step, size());
  }
  // Items in [low, high) may have equal digits; later ones are above.
  log::Record record;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    bool is_below = false;
    if (items_[middle].digits == digits) {
      if (!reader.read(items_[middle].entry, &record)) return false;
      is_below = record.key() < key;
    }
    if (is_below)
      low = middle + 1;
    else
      high = middle;
  }
  *found = low;
  return true;
}

namespace {

class MiniRunCursor final : public Cursor {
 public:
  MiniRunCursor(std::shared_ptr<const MiniRun> run, const log::View& view)
      : run_(std::move(run)), reader_(view) {}

  void seek(std::string_view key) override {
    if (find(key)) stand();
  }
  void seek_before(std::string_view key) override {
    if (!find(key)) return;
    --at_;
    stand();
  }
  void seek_first() override {
    begin();
    at_ = 0;
    stand();
  }
  void seek_last() override {
    begin();
    at_ = run_->size() - 1;
    stand();
  }
  void next() override {
    ++at_;
    ask_for(at_ + kAheadOfWalk);
    stand();
  }
  void prev() override {
    --at_;
    ask_for(at_ - kAheadOfWalk);
    stand();
  }
  bool damaged() const override { return reader_.unreadable() != 0; }
  std::uint64_t damaged_at() const override { return reader_.unreadable(); }

 private:
  static constexpr std::size_t kAheadOfWalk = 6;

  // A record that could not be read before may be readable now.
  void begin() { reader_ = KeyReader(reader_.view()); }
  // An index beyond either end is above the size, because it wraps around.
  void ask_for(std::size_t i) const {
    if (i < run_->size()) reader_.prefetch(run_->entry(i));
  }
  bool find(std::string_view key) {
    begin();
    stand_nowhere();
    return run_->lower_bound(reader_, key, &at_);
  }
  void stand() {
    if (at_ >= run_->size() || !reader_.read(run_->entry(at_), &record_)) return stand_nowhere();
    stand_on({record_.key(), run_->entry(at_), &record_});
  }

  std::shared_ptr<const MiniRun> run_;
  KeyReader reader_;
  std::size_t at_ = 0;
  log::Record record_;
};

}  // namespace

std::unique_ptr<Cursor> cursor_of(std::shared_ptr<const MiniRun> run, const log::View& view) {
  return std::make_unique<MiniRunCursor>(std::move(run), view);
}

}  // namespace kvstore::index
