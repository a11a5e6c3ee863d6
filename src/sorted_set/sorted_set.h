// A sorted set in memory: members with a score each, in the order of (score, name), and found by
// name. Rank, score and range are O(log n + m).
//
// A value with cheap copies: a copy shares everything, and stays as it is whatever is done to
// another one (counted_tree.h). Who reads keeps a copy; who changes the last copy pays for none.
//
// About 70 bytes a member beside its name: 32 of the member itself, the rest of two trees, one by
// score and name, and one by the name's hash, which nobody outside can foresee.
//
// Scores are any numbers, infinite ones too, but never NaN, which has no order. -0.0 and 0.0 are
// the same score; what was set first stays.
//
// Thread rule: copies belong to different threads as other values do; one copy is one thread's at
// a time, or read only.
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

// Of a change that was asked for. The name is a view.
struct MemberChange {
  std::string_view name;
  std::optional<double> score;  // none: the member is to be gone
};

class SortedSet {
 public:
  // The name lives as long as this copy of the set, unless that is changed.
  struct Member {
    double score = 0;
    std::string_view name;
  };

  SortedSet() = default;

  std::uint64_t size() const { return by_score_.size(); }
  // Bytes that it takes, about, shared ones too.
  std::size_t memory() const { return by_score_.bytes() + by_name_.bytes() + blob_bytes_; }
  // Bytes that the set takes when it is written as its members (changes.h).
  std::uint64_t stored_size() const { return stored_bytes_; }
  // That one more member would take of memory, but for a few bytes of what finds it.
  static std::size_t memory_of_member(std::size_t name_size);

  std::optional<double> score(std::string_view name) const;
  // How many members are before it.
  std::optional<std::uint64_t> rank(std::string_view name) const;
  // rank < size().
  Member at(std::uint64_t rank) const;
  // How many members have a lower score, or the same one [or_equal].
  std::uint64_t count_below(double score, bool or_equal) const;
  // How many have a lower name, or the same one, where all scores are the same; else any number
  // up to size().
  std::uint64_t count_below_name(std::string_view name, bool or_equal) const;

  // Members in order. A step is O(1), amortized. Lives no longer than this copy, unchanged.
  class Cursor;
  // Valid if rank < size().
  Cursor cursor(std::uint64_t rank) const;

  // Members in an order that has nothing to do with them, a part at a time: those at the cursor, 0
  // at first, and behind it, at least `count`. Answers where to go on, below 2^63; 0: that was all.
  // Members that are there from the first call to the last are visited, each once, whatever is
  // changed in between; the order is another one in each process.
  std::uint64_t scan(std::uint64_t cursor, std::uint64_t count,
                     FunctionRef<void(const Member&)> visit) const;

  // Throw std::bad_alloc: then nothing has changed.
  // The score must not be NaN. True: the member is new; it was there with another score, or with
  // this one: false.
  bool set(std::string_view name, double score);
  // Whether it was there.
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
  // Keeps no reference: what is in one tree is in the other one.
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
    sorted_set::Blob* member = nullptr;  // null: there is none of this name
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

// Makes a set of many changes at once, in a fraction of the time.
class SortedSetBuilder {
 public:
  SortedSetBuilder() = default;
  ~SortedSetBuilder();
  SortedSetBuilder(const SortedSetBuilder&) = delete;
  SortedSetBuilder& operator=(const SortedSetBuilder&) = delete;

  // Throws std::bad_alloc.
  void add(const MemberChange& change);
  // Bytes that it takes now, and the set will: more than the set alone, if members were changed
  // again.
  std::size_t memory() const;
  // The outcome of all changes in their order, once. Throws std::bad_alloc.
  SortedSet finish();

 private:
  using Scores = std::vector<SortedSet::ByScore::Entry>;
  // With all that is needed of the member itself, which is somewhere else in memory.
  struct Item {
    std::uint64_t hash;
    double score;  // NaN: it is gone
    sorted_set::Blob* member;
  };
  void sort_by_hash();
  void drop(const Item& item);
  void drop_superseded();
  void keep_last(std::size_t begin, std::size_t end, std::size_t* kept);
  Scores sorted_by_score(Scores arrived) const;

  std::vector<Item> members_;  // as they came
  std::size_t blob_bytes_ = 0;
  std::uint64_t stored_bytes_ = 0;
  bool in_order_ = true;  // so far they came in the order of the set
};

}  // namespace kvstore
