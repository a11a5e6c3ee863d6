#include "src/sorted_set/sorted_set.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "src/base/hash.h"
#include "src/base/random.h"
#include "src/sorted_set/changes.h"

namespace kvstore {

using sorted_set::Blob;

namespace {

// For (score, name): at or before a place.
auto up_to(double score, std::string_view name) {
  return [=](const auto& entry) {
    if (entry.score == score) [[unlikely]]
      return entry.member->name() <= name;
    return entry.score < score;
  };
}

// For (hash, name): at or before a place. Hashes are evenly distributed.
struct UpToHash {
  std::uint64_t hash;
  std::string_view name;
  static constexpr bool kGuesses = true;
  bool operator()(const auto& entry) const {
    if (entry.hash == hash) [[unlikely]]
      return entry.member->name() <= name;
    return entry.hash < hash;
  }
  unsigned guess(const auto& first, const auto& last, std::uint64_t count) const {
    if (hash <= first.hash) return 0;
    if (hash >= last.hash) return static_cast<unsigned>(count);
    constexpr unsigned kHalf = 32;
    const std::uint64_t all = (last.hash - first.hash) >> kHalf;
    return static_cast<unsigned>(((hash - first.hash) >> kHalf) * count / (all + 1));
  }
};

// Of a cursor of scan(), which is below 2^63.
constexpr int kProcessBits = 24;
constexpr std::uint64_t kProcessMask = (std::uint64_t{1} << kProcessBits) - 1;
std::uint64_t place_of(std::uint64_t hash) { return hash >> (kProcessBits + 1); }

// For one member: see changes.h.
std::uint64_t stored_size_of(std::size_t name_size) {
  return sorted_set::change_size(name_size, true);
}

}  // namespace

std::uint64_t SortedSet::hash(std::string_view name) {
  static const SeededHash hash_of;
  return hash_of(name);
}

std::size_t SortedSet::memory_of_member(std::size_t name_size) {
  return Blob::bytes_for(name_size) + sizeof(ByScore::Entry) + sizeof(ByName::Entry);
}

// --- Search

SortedSet::Found SortedSet::find(std::string_view name) const {
  Found found;
  found.hash = hash(name);
  const ByName::Entry* const last = by_name_.find(UpToHash{found.hash, name});
  if (!last || last->hash != found.hash || last->member->name() != name) return found;
  found.member = last->member;
  return found;
}

std::uint64_t SortedSet::rank_of(const Blob& member) const {
  const auto last = by_score_.last(up_to(member.score(), member.name()));
  KV_CHECK(last.entry && last.entry->member == &member);
  return last.rank;
}

std::optional<double> SortedSet::score(std::string_view name) const {
  const Found found = find(name);
  if (!found.member) return std::nullopt;
  return found.member->score();
}

std::optional<std::uint64_t> SortedSet::rank(std::string_view name) const {
  const Found found = find(name);
  if (!found.member) return std::nullopt;
  return rank_of(*found.member);
}

SortedSet::Member SortedSet::at(std::uint64_t rank) const {
  const ByScore::Entry& entry = by_score_.at(rank);
  return {entry.score, entry.member->name()};
}

std::uint64_t SortedSet::count_below(double score, bool or_equal) const {
  const auto below = [=](const ByScore::Entry& entry) {
    return or_equal ? entry.score <= score : entry.score < score;
  };
  return by_score_.last(below).count();
}

std::uint64_t SortedSet::count_below_name(std::string_view name, bool or_equal) const {
  const auto below = [=](const ByScore::Entry& entry) {
    return or_equal ? entry.member->name() <= name : entry.member->name() < name;
  };
  return by_score_.last(below).count();
}

// A cursor is a place, the high bits of a hash, followed by this process's number: in another
// process, hashes are others. Members with one place are visited together.
std::uint64_t SortedSet::scan(std::uint64_t cursor, std::uint64_t count,
                              FunctionRef<void(const Member&)> visit) const {
  static const std::uint64_t process = (random_bits() & kProcessMask) | 1;
  const bool is_own = (cursor & kProcessMask) == process;
  const std::uint64_t from = is_own ? cursor >> kProcessBits : 0;
  const auto before = [=](const ByName::Entry& entry) { return place_of(entry.hash) < from; };
  std::uint64_t visited = 0, place = 0;
  for (auto at = by_name_.cursor(by_name_.last(before).count()); at.valid(); at.next()) {
    const std::uint64_t here = place_of(at.entry().hash);
    if (visited >= count && here != place) return here << kProcessBits | process;
    place = here;
    ++visited;
    visit({at.entry().member->score(), at.entry().member->name()});
  }
  return 0;
}

// --- Changes

void SortedSet::insert_by_score(double score, Blob* member) {
  try {
    by_score_.insert({score, member}, up_to(score, member->name()));
  } catch (...) {
    member->release();
    throw;
  }
}

void SortedSet::add(std::uint64_t hash, std::string_view name, double score) {
  Blob* const member = Blob::make(name, score);
  insert_by_score(score, member);
  try {
    by_name_.insert({hash, member}, UpToHash{hash, name});
  } catch (...) {
    by_score_.erase(up_to(score, member->name()));
    throw;
  }
  blob_bytes_ += member->bytes();
  stored_bytes_ += stored_size_of(name.size());
}

// What can fail is done before anything changes. A member that is in no other version of the set
// (its leaf is exclusive by then) gets another score; otherwise a new member replaces it. The old
// one is released last, because `name` may be its own.
void SortedSet::move(const Found& from, double score) {
  Blob* const old = from.member;
  const auto by_score = up_to(old->score(), old->name());
  by_score_.own_path(by_score);
  if (!old->is_shared()) {
    old->share();
    insert_by_score(score, old);
    by_score_.erase(by_score);
    old->set_score(score);
    return;
  }
  const auto by_name = UpToHash{from.hash, old->name()};
  by_name_.own_path(by_name);
  Blob* const member = Blob::make(old->name(), score);
  insert_by_score(score, member);
  by_name_.replace({from.hash, member}, by_name);
  by_score_.erase(by_score);
}

bool SortedSet::set(std::string_view name, double score) {
  KV_CHECK(!std::isnan(score));
  const Found found = find(name);
  if (!found.member) {
    add(found.hash, name, score);
    return true;
  }
  if (found.member->score() != score) move(found, score);
  return false;
}

bool SortedSet::erase(std::string_view name) {
  const Found found = find(name);
  if (!found.member) return false;
  const auto by_name = UpToHash{found.hash, found.member->name()};
  const auto by_score = up_to(found.member->score(), found.member->name());
  by_name_.own_path(by_name);
  by_score_.own_path(by_score);
  blob_bytes_ -= found.member->bytes();
  stored_bytes_ -= stored_size_of(name.size());
  by_name_.erase(by_name);
  by_score_.erase(by_score);
  return true;
}

// --- SortedSetBuilder

namespace {

constexpr unsigned kBucketBits = 12;

bool is_before(const auto& a, const auto& b) {
  return a.score < b.score || (a.score == b.score && a.member->name() < b.member->name());
}

}  // namespace

SortedSetBuilder::~SortedSetBuilder() {
  for (const Item& item : members_) item.member->release();
}

void SortedSetBuilder::add(const MemberChange& change) {
  const double score = change.score.value_or(std::nan(""));
  members_.push_back({SortedSet::hash(change.name), score, nullptr});
  try {
    members_.back().member = Blob::make(change.name, score);
  } catch (...) {
    members_.pop_back();
    throw;
  }
  blob_bytes_ += members_.back().member->bytes();
  stored_bytes_ += stored_size_of(change.name.size());
  const bool is_first = members_.size() == 1;
  in_order_ =
      in_order_ && change.score && (is_first || is_before(members_.rbegin()[1], members_.back()));
}

std::size_t SortedSetBuilder::memory() const {
  return blob_bytes_ + members_.capacity() * sizeof(members_[0]) +
         members_.size() * (sizeof(SortedSet::ByScore::Entry) + sizeof(SortedSet::ByName::Entry));
}

// Members with equal hash keep their order. They are first distributed to buckets, which fit into
// the processor's cache.
void SortedSetBuilder::sort_by_hash() {
  std::vector<std::size_t> ends((std::size_t{1} << kBucketBits) + 1);
  const auto bucket = [](const Item& item) { return item.hash >> (64 - kBucketBits); };
  for (const Item& item : members_) ++ends[bucket(item) + 1];
  for (std::size_t i = 1; i < ends.size(); ++i) ends[i] += ends[i - 1];
  const std::vector<std::size_t> begins = ends;
  std::vector<Item> sorted(members_.size());
  for (const Item& item : members_) sorted[ends[bucket(item)]++] = item;
  for (std::size_t i = 0; i + 1 < begins.size(); ++i) {
    std::stable_sort(sorted.begin() + static_cast<std::ptrdiff_t>(begins[i]),
                     sorted.begin() + static_cast<std::ptrdiff_t>(begins[i + 1]),
                     [](const Item& a, const Item& b) { return a.hash < b.hash; });
  }
  members_.swap(sorted);
}

void SortedSetBuilder::drop(const Item& item) {
  blob_bytes_ -= item.member->bytes();
  stored_bytes_ -= stored_size_of(item.member->name().size());
  item.member->release();
}

// For members with one hash, which nearly always have one name.
void SortedSetBuilder::keep_last(std::size_t begin, std::size_t end, std::size_t* kept) {
  const auto first = members_.begin() + static_cast<std::ptrdiff_t>(begin);
  const auto last = members_.begin() + static_cast<std::ptrdiff_t>(end);
  std::stable_sort(first, last, [](const Item& a, const Item& b) {
    return a.member->name() < b.member->name();
  });
  for (auto at = first; at != last; ++at) {
    const bool is_superseded = at + 1 != last && at[1].member->name() == at->member->name();
    if (is_superseded || std::isnan(at->score)) {
      drop(*at);
    } else {
      members_[(*kept)++] = *at;
    }
  }
}

// Keeps the last change of each name, unless it is a removal, in the order of the hashes.
void SortedSetBuilder::drop_superseded() {
  std::size_t kept = 0;
  for (std::size_t begin = 0, end = 0; begin < members_.size(); begin = end) {
    while (end < members_.size() && members_[end].hash == members_[begin].hash) ++end;
    if (end == begin + 1 && !std::isnan(members_[begin].score)) {
      members_[kept++] = members_[begin];
    } else {
      keep_last(begin, end, &kept);
    }
  }
  members_.resize(kept);
}

SortedSetBuilder::Scores SortedSetBuilder::sorted_by_score(Scores arrived) const {
  if (in_order_ && arrived.size() == members_.size()) return arrived;
  arrived.clear();
  for (const Item& item : members_) arrived.push_back({item.score, item.member});
  std::sort(arrived.begin(), arrived.end(),
            [](const auto& a, const auto& b) { return is_before(a, b); });
  return arrived;
}

SortedSet SortedSetBuilder::finish() {
  Scores arrived;
  arrived.reserve(members_.size());
  if (in_order_) {
    for (const Item& item : members_) arrived.push_back({item.score, item.member});
  }
  sort_by_hash();
  drop_superseded();
  const Scores by_score = sorted_by_score(std::move(arrived));
  std::vector<SortedSet::ByName::Entry> by_name;
  by_name.reserve(members_.size());
  for (const Item& item : members_) by_name.push_back({item.hash, item.member});
  SortedSet made;
  made.by_name_ = sorted_set::CountedTree<SortedSet::ByName>::build(by_name);
  members_.clear();  // the tree by score has their references now
  made.by_score_ = sorted_set::CountedTree<SortedSet::ByScore>::build(by_score);
  made.blob_bytes_ = std::exchange(blob_bytes_, 0);
  made.stored_bytes_ = std::exchange(stored_bytes_, 0);
  return made;
}

}  // namespace kvstore
