// A sorted set in memory: members with scores, in the order of (score, name), also found by name.
// Rank, score and range are O(log n + m).
//
// A value with cheap copies: a copy shares everything, and does not change when another one does
// (counted_tree.h). Readers keep a copy; changing the only copy makes no copies.
//
// About 70 bytes for each member besides its name: 32 for the member itself, the rest for two
// trees, one by score and name, and one by the name's hash, which outsiders cannot predict.
//
// Scores are any numbers, including infinities, but not NaN, which has no order. -0.0 and 0.0 are
// equal; the one set first is kept.
//
// Thread rule: copies may belong to different threads, like other values; one copy may be used by
// one thread at a time, or be read only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "src/base/function_ref.h"
#include "src/sorted_set/counted_tree.h"
#include "src/sorted_set/member.h"

namespace kvstore {

// A requested change. The name is a view.
struct MemberChange {
  std::string_view name;
  std::optional<double> score;  // none: the member is removed
};

class SortedSet {
 public:
  // The name is valid as long as this copy of the set is not changed.
  struct Member {
    double score = 0;
    std::string_view name;
  };

  SortedSet() = default;

  std::uint64_t size() const { return by_score_.size(); }
  // Approximate bytes of memory, including shared ones.
  std::size_t memory() const { return by_score_.bytes() + by_name_.bytes() + blob_bytes_; }
  // Bytes of the set when it is written as its members (changes.h).
  std::uint64_t stored_size() const { return stored_bytes_; }
  // Approximate memory that one more member takes.
  static std::size_t memory_of_member(std::size_t name_size);

  std::optional<double> score(std::string_view name) const;
  // Number of members before it.
  std::optional<std::uint64_t> rank(std::string_view name) const;
  // rank must be below size().
  Member at(std::uint64_t rank) const;
  // Number of members with a lower score, or, with or_equal, also the same one.
  std::uint64_t count_below(double score, bool or_equal) const;
  // Number of members with a lower, or the same, name if all scores are equal; else any number up
  // to size().
  std::uint64_t count_below_name(std::string_view name, bool or_equal) const;

  // Iterates over members in order; a step is O(1), amortized. Valid as long as this copy is not
  // changed.
  class Cursor;
  // Valid if rank is below size().
  Cursor cursor(std::uint64_t rank) const;

  // Visits members in an arbitrary order, in parts: from the cursor on, which is 0 at first, at
  // least `count`. Returns the next cursor, below 2^63; 0 at the end. Members that exist from the
  // first call to the last are visited exactly once, whatever changes in between. The order differs
  // between processes: a cursor of another process, or a number that is none, begins anew.
  std::uint64_t scan(std::uint64_t cursor, std::uint64_t count,
                     FunctionRef<void(const Member&)> visit) const;

  // These throw std::bad_alloc, and then nothing has changed.
  // The score must not be NaN. Returns true if the member is new.
  bool set(std::string_view name, double score);
  // Returns whether the member existed.
  bool erase(std::string_view name);
  void apply(const MemberChange& change) {
    change.score ? set(change.name, *change.score) : erase(change.name);
  }

 private:
  friend class SortedSetBuilder;
  struct ByScore {
    struct Entry {
      double score;
      sorted_set::Blob* member;
    };
    static void share(const Entry& entry) { entry.member->share(); }
    static void release(const Entry& entry) { entry.member->release(); }
  };
  // Holds no references: both trees have the same members.
  struct ByName {
    struct Entry {
      std::uint64_t hash;
      sorted_set::Blob* member;
    };
    static void share(const Entry&) {}
    static void release(const Entry&) {}
  };
  struct Found {
    std::uint64_t hash = 0;
    sorted_set::Blob* member = nullptr;  // null: there is no member with this name
  };
  static std::uint64_t hash(std::string_view name);
  Found find(std::string_view name) const;
  std::uint64_t rank_of(const sorted_set::Blob& member) const;
  void insert_by_score(double score, sorted_set::Blob* member);
  void add(std::uint64_t hash, std::string_view name, double score);
  void move(const Found& from, double score);

  sorted_set::CountedTree<ByScore> by_score_;
  sorted_set::CountedTree<ByName> by_name_;
  std::size_t blob_bytes_ = 0;
  std::uint64_t stored_bytes_ = 0;
};

class SortedSet::Cursor {
 public:
  bool valid() const { return place_.valid(); }
  Member member() const {
    const ByScore::Entry& entry = place_.entry();
    return {entry.score, entry.member->name()};
  }
  void next() { place_.next(); }
  void prev() { place_.prev(); }

 private:
  friend class SortedSet;
  using Place = sorted_set::CountedTree<ByScore>::Cursor;
  explicit Cursor(Place place) : place_(place) {}
  Place place_;
};

inline SortedSet::Cursor SortedSet::cursor(std::uint64_t rank) const {
  return Cursor(by_score_.cursor(rank));
}

// Builds a set from many changes at once, in a fraction of the time.
class SortedSetBuilder {
 public:
  SortedSetBuilder() = default;
  ~SortedSetBuilder();
  SortedSetBuilder(const SortedSetBuilder&) = delete;
  SortedSetBuilder& operator=(const SortedSetBuilder&) = delete;

  // Throws std::bad_alloc.
  void add(const MemberChange& change);
  // Approximate bytes that it takes now, and the set will: more than the set alone if members were
  // changed repeatedly.
  std::size_t memory() const;
  // The result of all changes in their order. Call it once. Throws std::bad_alloc.
  SortedSet finish();

 private:
  using Scores = std::vector<SortedSet::ByScore::Entry>;
  // With all that is needed of the member, to avoid cache misses.
  struct Item {
    std::uint64_t hash;
    double score;  // NaN: it is removed
    sorted_set::Blob* member;
  };
  void sort_by_hash();
  void drop(const Item& item);
  void drop_superseded();
  void keep_last(std::size_t begin, std::size_t end, std::size_t* kept);
  Scores sorted_by_score(Scores arrived) const;

  std::vector<Item> members_;  // in the order of the changes
  std::size_t blob_bytes_ = 0;
  std::uint64_t stored_bytes_ = 0;
  bool in_order_ = true;  // so far the changes were in the order of the set
};

}  // namespace kvstore
