// What is known of a log besides its bytes: the offsets at which its epochs begin, the ranges
// without records, the end of its base, and the durable end by a slot. All readers of a log must
// classify unreadable places alike.
//
// A recovery cuts the torn tail of a log and begins a new epoch there. If a block later reverts to
// its old content (a lost write), a record of the cut tail reappears, complete and with valid
// checksums. It is recognised because its epoch is not the one in force at its offset, whichever
// way a reader got there: by a scan, by prev, by a skip offset, or by the index.
//
// Thread rule: holds() and may_hold() on any thread, concurrently with one thread that adds. cut()
// must not overlap any other call.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace kvstore::log {

// From `begin` up to the next start, records have this epoch.
struct EpochStart {
  std::uint64_t begin = 0;
  std::uint16_t epoch = 0;  // never 0
  bool operator==(const EpochStart&) const = default;
};

// Whether epoch `a` is after `b` (serial arithmetic: epochs wrap around).
inline bool epoch_is_later(std::uint16_t a, std::uint16_t b) {
  return static_cast<std::int16_t>(static_cast<std::uint16_t>(a - b)) > 0;
}

// The first part of a compacted file: the state of all live keys as of the floor, in key order, so
// that seqs do not rise in it. Where seqs are compared, a record of the base counts as one with
// floor_seq: none of them is visible without the others.
struct Base {
  std::uint64_t end = 0;        // the base's records are before it; 0: there is no base
  std::uint64_t floor_seq = 0;  // no record of the base has a higher seq, all others have

  bool holds(std::uint64_t offset) const { return offset < end; }
  bool takes(std::uint64_t seq) const { return seq > 0 && seq <= floor_seq; }
  bool operator==(const Base&) const = default;
};

// The last record before D, the log's durable end, by a slot.
struct KnownEnd {
  std::uint64_t durable_end = 0;
  std::uint64_t last_seq = 0;
  std::uint32_t prev_key_hash = 0;
  bool of_no_batch = false;
  bool has_derived = false;  // it names a checkpoint, so the log has derived records
};

// An array that only grows, and that other threads may read concurrently.
template <class T>
class GrowingArray {
 public:
  // The present items. Valid as long as the array.
  std::span<const T> items() const {
    const Block* block = current_.load(std::memory_order_acquire);
    if (!block) return {};
    return {block->items.get(), block->size.load(std::memory_order_acquire)};
  }
  // Throws std::bad_alloc, and then changes nothing.
  void push(const T& item) {
    Block* block = current_.load(std::memory_order_relaxed);
    if (!block || block->size.load(std::memory_order_relaxed) == block->capacity) {
      block = grow(block);
    }
    const std::size_t size = block->size.load(std::memory_order_relaxed);
    block->items[size] = item;
    block->size.store(size + 1, std::memory_order_release);
  }
  // Makes the next push() unable to throw. Throws std::bad_alloc, and then changes nothing.
  void reserve_one() {
    Block* const block = current_.load(std::memory_order_relaxed);
    if (!block || block->size.load(std::memory_order_relaxed) == block->capacity) grow(block);
  }
  // Must not overlap any other call.
  void truncate(std::size_t size) {
    Block* block = current_.load(std::memory_order_relaxed);
    if (block) block->size.store(size, std::memory_order_release);
  }

 private:
  struct Block {
    explicit Block(std::size_t count) : items(new T[count]), capacity(count) {}
    std::unique_ptr<T[]> items;
    std::size_t capacity;
    std::atomic<std::size_t> size{0};
  };
  Block* grow(const Block* old) {
    auto grown = std::make_unique<Block>(old ? 2 * old->capacity : 8);
    blocks_.reserve(blocks_.size() + 1);
    for (std::size_t i = 0; old && i < old->capacity; ++i) grown->items[i] = old->items[i];
    grown->size.store(old ? old->capacity : 0, std::memory_order_relaxed);
    current_.store(grown.get(), std::memory_order_release);
    blocks_.push_back(std::move(grown));  // former blocks are kept for concurrent readers
    return blocks_.back().get();
  }

  std::atomic<Block*> current_{nullptr};
  std::vector<std::unique_ptr<Block>> blocks_;
};

class ValidityMap {
 public:
  ValidityMap() = default;
  // From a slot and the header.
  explicit ValidityMap(const std::vector<EpochStart>& starts, const Base& base = {});

  // Whether a record with this epoch at this offset is valid.
  bool holds(std::uint64_t offset, std::uint16_t epoch) const {
    const std::uint64_t newest = newest_.load(std::memory_order_acquire);
    const bool in_force = offset >= newest >> 16
                              ? epoch == static_cast<std::uint16_t>(newest) || newest == 0
                              : older_holds(offset, epoch);
    return in_force && (!damaged_.load(std::memory_order_acquire) || !is_damaged(offset));
  }
  // The same for a scan in order, which may find an epoch that no slot lists; that epoch is added
  // when its first record is accepted.
  bool may_hold(std::uint64_t offset, std::uint16_t epoch) const;

  // Throw std::bad_alloc, and then change nothing. Offsets must not fall from call to call, except
  // that another pass over the log may add the same damage again.
  void add_epoch(std::uint64_t begin, std::uint16_t epoch);
  void add_damage(std::uint64_t begin, std::uint64_t end);
  // Adds older starts if they continue up to the known ones. Must not overlap any other call.
  void add_older(const std::vector<EpochStart>& starts);
  // Sets the end of a base that was being written. Must not overlap any other call.
  void set_base(const Base& base) { base_ = base; }
  const Base& base() const { return base_; }
  // Sets the slot's last record; nullopt: it is not trustworthy. Must not overlap any other call.
  void set_known_end(const std::optional<KnownEnd>& known) { known_end_ = known; }
  const std::optional<KnownEnd>& known_end() const { return known_end_; }
  // Removes the epochs that begin at `end` or later.
  void cut(std::uint64_t end);

  std::uint16_t newest_epoch() const {
    return static_cast<std::uint16_t>(newest_.load(std::memory_order_acquire));
  }
  std::span<const EpochStart> epochs() const { return epochs_.items(); }

 private:
  struct Range {
    std::uint64_t begin = 0, end = 0;
  };
  bool older_holds(std::uint64_t offset, std::uint16_t epoch) const;
  bool is_damaged(std::uint64_t offset) const;
  void publish_newest();

  // The last of epochs_ in one word: begin << 16 | epoch; 0 for none.
  std::atomic<std::uint64_t> newest_{0};
  std::atomic<bool> damaged_{false};
  Base base_;
  std::optional<KnownEnd> known_end_;
  GrowingArray<EpochStart> epochs_;
  GrowingArray<Range> damage_;
};

}  // namespace kvstore::log
